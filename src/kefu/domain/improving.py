"""What makes knowledge better: gaps that ask the same, questions that were really asked, what is wrong with documents."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonObject


class GapState(StrEnum):
    """``open`` until somebody acts; ``drafted``: a draft waits; ``answered``: the knowledge answers now."""

    OPEN = "open"
    DRAFTED = "drafted"
    ANSWERED = "answered"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The document that comes nearest to answering, with the probability that it does."""

    key: str
    language: Language
    probability: float


@dataclass(frozen=True, slots=True)
class GapCluster:
    """Gaps that ask the same. ``question`` is the first wording; ``checked_version``: the knowledge last asked for it."""

    id: str
    question: str
    language: Language
    state: GapState
    changed_at: datetime
    checked_version: int = 0
    nearest: Nearest | None = None
    draft_key: str | None = None
    """The document that was drafted for it, in ``language``."""


@dataclass(frozen=True, slots=True)
class GapCount:
    """How often a cluster was asked: in all, in the last seven days, and in the seven days before those."""

    count: int
    recent: int
    earlier: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that a customer really asked, standing alone, and what became of it. Untrusted text is none."""

    turn_id: str
    conversation_id: str
    text: str
    language: Language
    at: datetime
    is_answered: bool
    is_handed_off: bool
    probability: float
    segments: frozenset[str]
    documents: tuple[str, ...]
    """Ids of the document versions that the turn cited."""


class FindingKind(StrEnum):
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    ENDED = "ended"
    ENDING = "ending"
    PASSED_DATE = "passed_date"
    UNCHANGED = "unchanged"
    TRANSLATION_MISSING = "translation_missing"
    TRANSLATION_OLDER = "translation_older"


class FindingState(StrEnum):
    OPEN = "open"
    DISMISSED = "dismissed"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class FindingDraft:
    """``fingerprint`` names what was found by its content: the same thing found again is the same finding."""

    kind: FindingKind
    fingerprint: str
    subjects: tuple[JsonObject, ...]
    """Document versions it is about: key, language, version, document_id, validity."""
    evidence: JsonObject


@dataclass(frozen=True, slots=True)
class KnowledgeFinding:
    """Something about the knowledge that its owner should look at. A dismissed one does not come back."""

    id: str
    kind: FindingKind
    state: FindingState
    fingerprint: str
    subjects: tuple[JsonObject, ...]
    evidence: JsonObject
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime
