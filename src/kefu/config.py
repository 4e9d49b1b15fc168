"""All settings, from the environment (prefix ``KEFU_``); read once, checked together, printed without secrets."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict

from kefu.domain.errors import ConfigurationError
from kefu.egress.settings import EgressSettings
from kefu.knowledge.embedding import EmbedderSettings
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.reader import ReaderSettings
from kefu.models.settings import ModelSettings
from kefu.services.mcp.settings import McpSettings
from kefu.services.source_settings import SourceSettings
from kefu.services.tokens import random_key, require_strong_key
from kefu.storage.settings import StorageSettings

_PREFIX = "KEFU_"
_ELSEWHERE = frozenset({"KEFU_DATA", "KEFU_ENCODER_DIR", "KEFU_AGENT_KEY"})
_TESTS = "KEFU_TEST_"
"""Variables of our own tools (evals, encoder, `kefu inbox`, tests) that are not the server's."""


class SettingDoc(NamedTuple):
    """One row of docs/operate/configuration.md."""

    name: str
    description: str
    default: str


class ServerSettings(BaseModel):
    """How the edge behaves."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port to listen on.")
    public_url: str = Field(
        default="",
        description="The address that browsers use, for example https://chat.example.com; empty: host and port.",
    )
    allowed_origins: str = Field(
        default="",
        description="Comma-separated exact origins (scheme://host[:port]) of pages that may embed the widget or call the "
        "API from a browser, beside the server's own.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs visitor tokens: at least 32 random bytes. Empty: made once and kept in the data folder "
        "(SQLite only; several workers need a common one).",
    )
    identity_key: SecretStr = Field(
        default=SecretStr(""), description="The shop signs visitors' identities with it; at least 32 random bytes."
    )
    api_key: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer key of the OpenAI-compatible endpoint for servers; at least 32 random bytes. Empty: visitor "
        "tokens only.",
    )
    messages_per_minute: int = Field(default=20, ge=1, description="Messages that one contact may send in a minute.")
    visitors_per_minute: int = Field(default=30, ge=1, description="Tokens that one address may ask for in a minute.")
    max_connections: int = Field(default=2_000, ge=1, description="Open streams (SSE and WebSocket) of one process.")
    slow_reader_seconds: float = Field(
        default=10.0,
        gt=0,
        le=120,
        description="Time for a reader to take what waits for it; then its connection is reset, and it resumes by number.",
    )
    agent_grace_seconds: float = Field(
        default=30.0,
        gt=0,
        le=80,
        description="Time for an agent whose connection was lost to come back; then they count as offline.",
    )
    drain_seconds: float = Field(default=20.0, gt=0, le=120, description="Time for running turns to end at SIGTERM.")
    graph_automatic: bool = Field(
        default=True,
        description="Read new versions of documents into the knowledge graph, in a job after each index build.",
    )
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="Least level to log.")


class Settings(StorageSettings, ServerSettings, BaseSettings):
    """Everything that can be set. Unknown ``KEFU_`` variables stop start-up."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="_", env_nested_max_split=1, extra="forbid", frozen=True
    )

    model: ModelSettings = Field(default_factory=ModelSettings, description="The language model.")
    embedder: EmbedderSettings = Field(default_factory=EmbedderSettings, description="The encoder of the search.")
    reader: ReaderSettings = Field(default_factory=ReaderSettings, description="The reading of what was found.")
    parser: ParserSettings = Field(default_factory=ParserSettings, description="The reading of files.")
    egress: EgressSettings = Field(default_factory=EgressSettings, description="What is fetched from named addresses.")
    sources: SourceSettings = Field(default_factory=SourceSettings, description="Sources, and files that are sent.")
    mcp: McpSettings = Field(default_factory=McpSettings, description="The Model Context Protocol.")

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, value: str) -> str:
        for origin in filter(None, (part.strip() for part in value.split(","))):
            if not origin.startswith(("http://", "https://")) or "/" in origin.partition("://")[2] or "*" in origin:
                raise ValueError(f"{origin!r} is no exact origin like https://shop.example.com")
        return value

    @property
    def origins(self) -> frozenset[str]:
        """Exact origins that browsers may come from, our own included."""
        own = self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"
        extra = {f"http://localhost:{self.port}"} if not self.public_url and self.host == "127.0.0.1" else set()
        listed = {part.strip() for part in self.allowed_origins.split(",") if part.strip()}
        return frozenset({own, *extra, *listed})

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment. Raises ConfigurationError with one sentence that says what to change."""
        names = {doc.name for doc in cls.documented()}
        for name in os.environ if environment is None else environment:
            if name.startswith(_PREFIX) and name not in names | _ELSEWHERE and not name.startswith(_TESTS):
                raise ConfigurationError(f"{name} is not a setting: remove it or see `docs/operate/configuration.md`.")
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = _PREFIX + "_".join(str(part) for part in first["loc"]).upper()
            raise ConfigurationError(f"{name}: {first['msg']}.") from error

    @classmethod
    def documented(cls) -> list[SettingDoc]:
        """Every variable with its meaning and default, in order."""
        rows: list[SettingDoc] = []
        for group, prefix in (
            (StorageSettings, _PREFIX),
            (ServerSettings, _PREFIX),
            (ModelSettings, _PREFIX + "MODEL_"),
            (EmbedderSettings, _PREFIX + "EMBEDDER_"),
            (ReaderSettings, _PREFIX + "READER_"),
            (ParserSettings, _PREFIX + "PARSER_"),
            (SourceSettings, _PREFIX + "SOURCES_"),
            (EgressSettings, _PREFIX + "EGRESS_"),
            (McpSettings, _PREFIX + "MCP_"),
        ):
            rows.extend(_to_docs(group, prefix))
        return rows

    def visitor_key(self) -> bytes:
        """The key of visitor tokens: configured, or made once for the embedded database."""
        configured = self.secret_key.get_secret_value()
        if configured:
            return require_strong_key(configured, name="KEFU_SECRET_KEY")
        if self.database_url and not self.database_url.startswith("sqlite"):
            raise ConfigurationError("With PostgreSQL set KEFU_SECRET_KEY: every worker must sign with the same key.")
        return require_strong_key(_kept_key(self.data_dir / "secret.key"), name="the key in the data folder")

    def optional_key(self, name: str) -> bytes | None:
        """``identity_key`` or ``api_key`` as bytes; None when it is not set."""
        value: SecretStr = getattr(self, name)
        text = value.get_secret_value()
        return require_strong_key(text, name=_PREFIX + name.upper()) if text else None


def _to_docs(group: type[BaseModel], prefix: str) -> list[SettingDoc]:
    return [
        SettingDoc(prefix + name.upper(), field.description or "", _shown(field.default))
        for name, field in group.model_fields.items()
    ]


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr) or value is PydanticUndefined:
        return ""
    return str(value)


def _kept_key(path: Path) -> str:
    """Read the key, or make it: readable by the owner only, complete or absent."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(random_key(secrets.token_bytes(48)))
        try:
            os.link(part, path)  # fails if another process was first: then its key counts
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_text().strip()
