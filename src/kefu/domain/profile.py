"""What is remembered of a contact beyond one conversation: typed facts from a list of allowed ones, with consent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonValue

FactSource = Literal["flow", "statement"]


class Consent(StrEnum):
    """What a contact said when asked whether facts may be kept."""

    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AllowedFact:
    """A fact that a workspace may remember. ``type`` is a type of slot; ``cues`` are the words by which customers say
    it (我穿…, "I wear …"); ``values`` are the words of an enum's values. ``lasts`` None: until it is forgotten.
    """

    name: str
    type: str
    title: Mapping[Language, str]
    cues: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lasts: timedelta | None = None
    needs_consent: bool = True


@dataclass(frozen=True, slots=True)
class ContactFact:
    """One fact with the turn that it comes from. The last value wins; earlier ones stay in the events."""

    name: str
    value: JsonValue
    display: str
    source: FactSource
    conversation_id: str
    turn_id: str
    at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A contact's facts that have not expired, and which may be kept."""

    allowed: tuple[AllowedFact, ...] = ()
    facts: tuple[ContactFact, ...] = ()
    consent: Consent | None = None

    def find_allowed(self, name: str) -> AllowedFact | None:
        return next((fact for fact in self.allowed if fact.name == name), None)


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a turn does to a profile. ``waiting`` are facts that wait for the contact's consent."""

    kept: tuple[ContactFact, ...] = ()
    forgotten: tuple[str, ...] = ()
    consent: Consent | None = None
    waiting: tuple[ContactFact, ...] = ()

    @property
    def is_stored(self) -> bool:
        """Whether anything is to be written beside the event."""
        return bool(self.kept or self.forgotten or self.consent)
