"""The frozen input of one turn."""

from dataclasses import dataclass
from datetime import datetime

from kefu.dialogue.state import State
from kefu.domain.conversation import Message


@dataclass(frozen=True, slots=True)
class TurnContext:
    """Everything a turn may depend on, beside the knowledge snapshot and the model."""

    turn_id: str
    workspace_id: str
    conversation_id: str
    inbox_name: str
    messages: tuple[Message, ...]
    """The visitor's messages that this turn answers, oldest first; never empty."""
    state: State
    now: datetime
    segments: frozenset[str] = frozenset()
    """The segments that the contact belongs to: what may be shown to them."""
    is_queued: bool = False
    """Whether the conversation waits for an agent: questions are answered still, and its place is said."""
    mood: float | None = None
    """How the newest message sounds, from 0 (calm) to 1 (furious); None when nobody has measured it."""
