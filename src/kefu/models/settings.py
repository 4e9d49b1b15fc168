"""Which model to ask, and how long to wait for it."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from kefu.domain.errors import ConfigurationError
from kefu.domain.model import Tier
from kefu.models.addresses import find_address_problem

_NEAREST: dict[Tier, tuple[Tier, ...]] = {
    Tier.ECONOMY: (Tier.ECONOMY, Tier.STANDARD, Tier.COMPLEX),
    Tier.STANDARD: (Tier.STANDARD, Tier.ECONOMY, Tier.COMPLEX),
    Tier.COMPLEX: (Tier.COMPLEX, Tier.STANDARD, Tier.ECONOMY),
}
"""A tier is what a call may cost, so the cheaper neighbour stands in first."""


class ModelSettings(BaseModel):
    """``KEFU_MODEL_*``. Nothing set means no model: kefu then answers by rules, retrieval and quotes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(
        default="",
        description="Address of any OpenAI-compatible endpoint, up to and without /chat/completions; "
        "for example https://api.openai.com/v1. Empty: no model is used.",
    )
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of that endpoint; empty if it asks for none.")
    economy: str = Field(default="", description="Name of the cheapest model: commands, titles, rewriting.")
    standard: str = Field(default="", description="Name of the model that answers.")
    complex: str = Field(default="", description="Name of the model for hard questions.")
    connect_timeout: float = Field(default=3.0, gt=0, description="Seconds to wait for a connection.")
    first_token_timeout: float = Field(default=15.0, gt=0, description="Seconds to wait for the first token.")
    gap_timeout: float = Field(default=10.0, gt=0, description="Seconds to wait for each further token.")
    total_timeout: float = Field(default=120.0, gt=0, description="Seconds for a whole call, its retries included.")
    max_retries: int = Field(default=2, ge=0, le=5, description="Further attempts, all before the first token.")
    retry_budget: float = Field(
        default=5.0, ge=0, description="Seconds a call may spend waiting between attempts; a longer Retry-After fails."
    )

    command_timeout: float = Field(
        default=3.0, gt=0, le=30, description="Seconds that a hard turn waits for a model to read it."
    )
    loop_timeout: float = Field(
        default=20.0, gt=0, le=30, description="Seconds in which a model may look things up with tools in one turn."
    )
    loop_tokens: int = Field(
        default=12_000, ge=1_000, le=100_000, description="Tokens, prompts included, that it may use for that."
    )
    memory_tokens: int = Field(
        default=1500, ge=100, le=100_000, description="Tokens of the past that a model is shown with a question."
    )

    @property
    def is_configured(self) -> bool:
        return bool(self.base_url)

    def name_for(self, tier: Tier) -> str:
        """Return the provider's name of the tier's model, or of the nearest tier that has one; "" if none has."""
        names = {Tier.ECONOMY: self.economy, Tier.STANDARD: self.standard, Tier.COMPLEX: self.complex}
        return next((names[near] for near in _NEAREST[tier] if names[near]), "")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if problem := self._address_problem() or self._name_problem() or self._time_problem():
            raise ConfigurationError(problem)
        return self

    def _address_problem(self) -> str | None:
        if not self.base_url:
            return None
        return find_address_problem(self.base_url, group="KEFU_MODEL", endpoint="/chat/completions")

    def _name_problem(self) -> str | None:
        has_name = bool(self.name_for(Tier.STANDARD))
        if self.base_url and not has_name:
            return "Set KEFU_MODEL_STANDARD to the name of a model at KEFU_MODEL_BASE_URL."
        if not self.base_url and (has_name or self.api_key.get_secret_value()):
            return "Set KEFU_MODEL_BASE_URL as well, or unset the other KEFU_MODEL_* settings."
        return None

    def _time_problem(self) -> str | None:
        limits = {
            "KEFU_MODEL_CONNECT_TIMEOUT": self.connect_timeout,
            "KEFU_MODEL_FIRST_TOKEN_TIMEOUT": self.first_token_timeout,
            "KEFU_MODEL_GAP_TIMEOUT": self.gap_timeout,
        }
        name = next((name for name, seconds in limits.items() if seconds > self.total_timeout), None)
        return f"Lower {name} to KEFU_MODEL_TOTAL_TIMEOUT ({self.total_timeout:g} s) or less." if name else None
