"""Bodies about what is remembered of contacts."""

from datetime import datetime

from pydantic import BaseModel

from kefu.domain.conversation import Language
from kefu.domain.profile import Consent, ContactFact, FactSource, Profile
from kefu.kit.jsonvalue import JsonValue


class FactBody(BaseModel):
    """One fact, with the turn that it comes from."""

    name: str
    title: dict[Language, str]
    value: str | int | float | bool
    display: str
    source: FactSource
    conversation_id: str
    turn_id: str
    at: datetime
    expires_at: datetime | None


class ProfileResponse(BaseModel):
    """``consent`` null: the contact was not asked yet, or has not answered."""

    consent: Consent | None
    facts: list[FactBody]

    @classmethod
    def of(cls, profile: Profile) -> "ProfileResponse":
        return cls(consent=profile.consent, facts=[_to_body(fact, profile) for fact in profile.facts])


class ForgottenResponse(BaseModel):
    """How many facts were deleted."""

    forgotten: int


def _to_body(fact: ContactFact, profile: Profile) -> FactBody:
    allowed = profile.find_allowed(fact.name)
    return FactBody(
        name=fact.name,
        title={} if allowed is None else dict(allowed.title),
        value=_plain(fact.value),
        display=fact.display,
        source=fact.source,
        conversation_id=fact.conversation_id,
        turn_id=fact.turn_id,
        at=fact.at,
        expires_at=fact.expires_at,
    )


def _plain(value: JsonValue) -> str | int | float | bool:
    return value if isinstance(value, str | int | float | bool) else str(value)
