"""One turn: what came in, what was decided, what was said. Events are what is stored and sent."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kefu.domain.conversation import Handler, Language, Status
from kefu.kit.jsonvalue import JsonObject


class Decision(StrEnum):
    ANSWER = "answer"
    ASK = "ask"
    CLARIFY = "clarify"
    ABSTAIN = "abstain"
    REFUSE = "refuse"
    HANDOFF = "handoff"
    ACT = "act"


class EventType(StrEnum):
    MESSAGE_RECEIVED = "message_received"
    STATUS_CHANGED = "status_changed"
    CITATION_ADDED = "citation_added"
    ANSWER_DELTA = "answer_delta"
    CARD_ADDED = "card_added"
    TOOL_CALLED = "tool_called"
    CONFIRMATION_REQUESTED = "confirmation_requested"
    HANDOFF_REQUESTED = "handoff_requested"
    TURN_FINISHED = "turn_finished"
    TURN_FAILED = "turn_failed"


class DeltaKind(StrEnum):
    """Provenance of a sentence: nothing is said without one (law 3)."""

    TEMPLATE = "template"
    QUOTE = "quote"
    FACT = "fact"
    MODEL = "model"
    AGENT = "agent"


class HandoffReason(StrEnum):
    CUSTOMER_REQUEST = "customer_request"
    MISSING_KNOWLEDGE = "missing_knowledge"
    UNSUPPORTED_REQUEST = "unsupported_request"
    POLICY_RESTRICTION = "policy_restriction"
    TOOL_FAILURE = "tool_failure"
    PENDING_CLARIFICATION = "pending_clarification"
    USAGE_LIMIT = "usage_limit"


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event before it has a number."""

    type: EventType
    data: JsonObject
    turn_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A stored fact of one conversation; ``seq`` starts at 1 and has no gaps."""

    conversation_id: str
    seq: int
    type: EventType
    data: JsonObject
    turn_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class QuickReply:
    title: str
    choice: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to speak in a conversation. ``token`` is the fencing token: only the newest holder's writes land."""

    conversation_id: str
    token: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A side effect that leaves after commit, at least once, in order of ``id``."""

    id: str
    workspace_id: str
    topic: str
    payload: JsonObject
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxDraft:
    topic: str
    payload: JsonObject = field(default_factory=dict)
    delay: timedelta = timedelta()
    """How long after the commit it leaves, at the earliest."""


class TurnState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class TurnUse:
    """What finished turns asked of models: ``hard`` are those that rules and classifier left unsure, ``asked`` those in
    which a model spoke, ``ms`` what they waited for it before they spoke.
    """

    turns: int
    hard: int
    asked: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    ms: int

    @property
    def share_of_hard_turns(self) -> float:
        return self.hard / self.turns if self.turns else 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One inbound batch of messages and all it caused."""

    id: str
    conversation_id: str
    state: TurnState
    through_seq: int
    """Number of the newest visitor message that the turn answers."""
    decision: Decision | None
    confidence: float | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """What an append also does to the conversation's projection; None leaves a field as it is."""

    handler: Handler | None = None
    status: Status | None = None
    language: Language | None = None
    is_inbound: bool = False
    handled_seq: int | None = None
