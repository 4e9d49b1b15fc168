"""What a turn says while it runs. The service numbers, stores and sends it."""

from dataclasses import dataclass
from datetime import datetime

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk, Citation
from kefu.domain.model import ModelUse
from kefu.domain.profile import ProfileChange
from kefu.domain.turn import Decision, DeltaKind, EventType, HandoffReason, QuickReply
from kefu.kit.jsonvalue import JsonObject

NO_MODEL = ModelUse()


@dataclass(frozen=True, slots=True)
class Said:
    """One checked sentence, with the citations that it is the first to use.

    ``asks``: it is the question of a flow. ``is_lead``: it only leads to the next one, and is nothing without it.
    """

    text: str
    kind: DeltaKind
    citations: tuple[Citation, ...] = ()
    asks: bool = False
    is_lead: bool = False


@dataclass(frozen=True, slots=True)
class HandoffRequested:
    """The conversation joins the queue. ``promised_at`` is what the customer was told; ``policy`` is the policy class."""

    reason: HandoffReason
    policy: str | None = None
    promised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GateReported:
    """What came of a tool that was asked for, that a write waits for the customer's yes, or a card behind a text; nothing
    hidden.
    """

    type: EventType
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two quotes, of two documents, that cannot both hold, with what each of them says of what differs."""

    kind: str
    chunks: tuple[Chunk, Chunk]
    quotes: tuple[str, str]
    says: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Finished:
    """The turn's end. ``open_question`` is what the next message may be answering."""

    decision: Decision
    confidence: float | None
    language: Language
    quick_replies: tuple[QuickReply, ...]
    open_question: str | None
    unanswered: str | None
    """The question that had no source, for the knowledge owner's list."""
    trace: JsonObject
    contradictions: tuple[Contradiction, ...] = ()
    """Contradictions between documents that this turn met, for the knowledge's owner."""
    dialogue: JsonObject | None = None
    """The flows as this turn leaves them; None: as they were."""
    profile: ProfileChange | None = None
    """What this turn does to what is remembered of the contact."""
    withdrawn: tuple[str, ...] = ()
    """Ids of writes that waited for a yes which nobody is asked for any more."""
    asked: str | None = None
    """The last question that was looked up, standing alone; None when there was none or it is not trusted."""
    model: ModelUse = NO_MODEL
    """Whether the turn needed a model, and what it asked of one."""


TurnEvent = Said | HandoffRequested | GateReported | Finished
Batch = tuple[TurnEvent, ...]
"""Events that are stored together: what is ready at one moment."""
