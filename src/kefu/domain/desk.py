"""The agents' side: who answers, who waits, what agents note for one another, and the log of all of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kefu.domain.conversation import Conversation, Language
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonObject

HEARTBEAT_LIFETIME = timedelta(seconds=90)
"""An agent who has not been heard of for so long counts as offline, whatever was said last."""


class AgentState(StrEnum):
    """Whether an agent takes conversations: ``away`` is logged in and takes none."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class DeskEventType(StrEnum):
    """What happened at the desk. None of it is part of a conversation's own log: visitors read that one."""

    CONVERSATION_QUEUED = "conversation_queued"
    MESSAGE_ARRIVED = "message_arrived"
    CONVERSATION_TAKEN = "conversation_taken"
    CONVERSATION_TRANSFERRED = "conversation_transferred"
    CONVERSATION_RETURNED = "conversation_returned"
    CONVERSATION_RESOLVED = "conversation_resolved"
    CONVERSATION_REOPENED = "conversation_reopened"
    CONVERSATION_SNOOZED = "conversation_snoozed"
    CONVERSATION_RATED = "conversation_rated"
    NOTE_ADDED = "note_added"
    LABELS_CHANGED = "labels_changed"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_DECIDED = "approval_decided"
    WRITE_UNKNOWN = "write_unknown"
    WRITE_SETTLED = "write_settled"


class DeskView(StrEnum):
    """Which list: who waits, what agents hold, what sleeps, what is done, all that was ever handed off."""

    WAITING = "waiting"
    HELD = "held"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Agent:
    """A person of the company who answers customers. ``state`` is what they said, ``seen_at`` when last."""

    id: str
    workspace_id: str
    name: str
    languages: tuple[Language, ...]
    teams: tuple[str, ...]
    state: AgentState
    seen_at: datetime | None
    created_at: datetime

    def presence(self, now: datetime) -> AgentState:
        """What counts: a state that nobody has confirmed of late is offline."""
        is_heard = self.seen_at is not None and now - self.seen_at <= HEARTBEAT_LIFETIME
        return self.state if is_heard else AgentState.OFFLINE


@dataclass(frozen=True, slots=True)
class Team:
    """A group of agents to which conversations are assigned."""

    id: str
    workspace_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which agent or team is to answer a conversation. ``due_at`` orders the queue: the promise, else the time of
    joining; ``taken_at`` is since when the agent holds it.
    """

    conversation_id: str
    reason: HandoffReason | None
    is_waiting: bool
    queued_at: datetime | None
    due_at: datetime | None
    promised_at: datetime | None
    agent_id: str | None = None
    team_id: str | None = None
    taken_at: datetime | None = None
    snoozed_until: datetime | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class DeskItem:
    """One line of an agent's list."""

    conversation: Conversation
    assignment: Assignment | None
    place: int | None
    """1 is the next; None when the conversation does not wait."""
    labels: tuple[str, ...] = ()
    preview: str = ""
    """The customer's newest message."""


@dataclass(frozen=True, slots=True)
class DeskEventDraft:
    type: DeskEventType
    conversation_id: str
    data: JsonObject


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """A stored fact of one workspace's desk; ``seq`` starts at 1 and has no gaps."""

    seq: int
    type: DeskEventType
    conversation_id: str
    data: JsonObject
    at: datetime


@dataclass(frozen=True, slots=True)
class CannedResponse:
    """A text that agents keep ready, by key and language; ``{customer}``, ``{agent}`` and ``{inbox}`` are filled in."""

    key: str
    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """Which conversations an agent wants to see; None leaves a side open."""

    agent_id: str | None = None
    team_id: str | None = None
    inbox_id: str | None = None
    language: Language | None = None
    label: str | None = None
    reason: HandoffReason | None = None
