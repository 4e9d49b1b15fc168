"""The present of the dialogue: which flows are open, what is known, what was asked. Plain data; JSON in state_json."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kefu.dialogue.flows.definition import Wording
from kefu.kit.jsonvalue import JsonObject, JsonValue

MAX_FRAMES = 3
AMENDABLE_TURNS = 3
"""Turns within which words of correction mean what was submitted last."""
CONVERSATION = "conversation"
"""The scope of slots that outlive their flow."""
OpenKind = Literal["slot", "confirmation", "review", "offer", "resume", "clarify", "close"]
EntryKind = Literal["read", "write", "said", "offer", "review", "again"]
SKIPPED, MENTIONED, PROFILE = "skipped", "mention", "profile"
"""Sources of a slot that the customer left out, of words that may name a choice which is not known yet, and of a value
that was remembered from another conversation.
"""


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A value and where it came from. ``span`` is (message, start, end) of the customer's words.

    ``valid_for`` is the hash of what its choices were made from: when that changes, the value is asked again. A value
    that is not resolved has only its words (``raw``): it was said before its choices were known.
    """

    value: JsonValue
    display: str
    source: str
    probability: float
    turn_id: str
    raw: str = ""
    span: tuple[int, int, int] | None = None
    is_resolved: bool = True
    valid_for: str = ""

    @property
    def is_skipped(self) -> bool:
        return self.source == SKIPPED

    @property
    def is_mention(self) -> bool:
        """Whether these are words that need not have named one of the choices."""
        return self.source == MENTIONED and not self.is_resolved


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What a step came to for one set of inputs. ``slots`` are those that its inputs were made of."""

    kind: EntryKind
    status: str
    value: JsonObject
    code: str
    at: datetime
    turn_id: str
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One flow that is open. The journal's keys are made of a step and the hash of the inputs that it read."""

    id: str
    flow: str
    version: str
    content_hash: str
    opened_by: str
    touched_at: datetime
    journal: Mapping[str, JournalEntry] = field(default_factory=dict)
    interrupted: int | None = None
    """Number of the turn in which another flow was put above; None: it was not, or has been resumed."""
    is_parked: bool = False
    """Whether the customer was asked to come back to it and has not said yes."""
    shown: Mapping[str, tuple["Shown", ...]] = field(default_factory=dict)
    """By slot, the choices that its tool gave last: what a later message may name."""
    next_flow: str = ""
    """A flow that was offered and accepted; it starts when this one is over."""

    @property
    def writes(self) -> tuple[JournalEntry, ...]:
        """What was written, oldest first."""
        return tuple(e for e in self.journal.values() if e.kind == "write" and e.status == "succeeded")


@dataclass(frozen=True, slots=True)
class Shown:
    """A choice as it was shown; ``words`` are further names for it."""

    id: str
    label: Wording
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What the next message may be answering. ``target`` is the offered flow or ``handoff``; ``entry`` the journal's
    key of an offer or a review.
    """

    kind: OpenKind
    turn_id: str
    frame_id: str = ""
    slot: str = ""
    choices: tuple[Shown, ...] = ()
    target: str = ""
    entry: str = ""
    repeats: int = 0
    said: str = ""
    """The words that could have meant any of the choices."""


@dataclass(frozen=True, slots=True)
class Done:
    """The last flow that has written something: the values that it submitted and the choices that it showed, by slot.

    ``turn`` is the number of the turn in which it ended.
    """

    flow: str
    values: Mapping[str, JsonValue]
    shown: Mapping[str, tuple[Shown, ...]]
    turn: int


@dataclass(frozen=True, slots=True)
class PendingReference:
    """The pending action whose confirmation is open. ``turn_id`` is the turn that showed it."""

    id: str
    tool: str
    arguments_hash: str
    frame_id: str
    entry: str
    turn_id: str
    expires_at: datetime
    confirmed_in: str = ""
    is_reviewed: bool = False
    """Whether the answers were shown with it: a no then means that one of them is to be changed."""


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Everything about flows that the next turn knows; stored with a turn's last event.

    ``slots`` are by scope (a frame's id, or ``conversation``) and name; ``counters`` by topic; ``facts`` are what is
    known of the conversation, such as the customer's name, read in expressions as ``facts.NAME``.
    """

    stack: tuple[Frame, ...] = ()
    slots: Mapping[str, Mapping[str, SlotValue]] = field(default_factory=dict)
    open: OpenQuestion | None = None
    pending: PendingReference | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    turns: int = 0
    last_turn: str = ""
    opened: int = 0
    """Frames that were ever opened: their ids are made from it."""
    done: Done | None = None

    @property
    def amendable(self) -> Done | None:
        """What the next message may want changed, though it is submitted: nothing has begun since."""
        is_near = self.done is not None and self.turns - self.done.turn < AMENDABLE_TURNS
        return self.done if is_near and not self.stack else None


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """What a turn brings: its time (aware, where the customer is), language, and what is known of the customer.

    ``policy`` holds the workspace's own values, read as ``policy.NAME``.
    """

    turn_id: str
    now: datetime
    language: Literal["zh", "en"]
    auth: Literal["anonymous", "identified", "verified"] = "anonymous"
    consents: frozenset[str] = frozenset()
    policy: JsonObject = field(default_factory=dict)
    profile: Mapping[str, SlotValue] = field(default_factory=dict)
    """What is remembered of the contact, read as ``profile.NAME``."""
