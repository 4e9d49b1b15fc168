"""The frozen input of one turn."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from kefu.dialogue.state import State, Utterance
from kefu.domain.action import AuthLevel
from kefu.domain.conversation import Hotlines, Message
from kefu.domain.profile import Profile
from kefu.domain.turn import Lease
from kefu.plugins.context import ToolContact

STRANGER = ToolContact("", None, AuthLevel.ANONYMOUS)
"""A contact of whom nothing is known."""
NOTHING_KNOWN = Profile()
"""The profile of a workspace that allows no fact."""


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
    contact: ToolContact = STRANGER
    """For whom the turn is; its segments say what may be shown."""
    zone: tzinfo = UTC
    """Where the workspace's days begin."""
    history: tuple[Utterance, ...] = ()
    """What was said before, oldest first; ``memory.context`` chooses from it what a model sees."""
    profile: Profile = NOTHING_KNOWN
    """What is remembered of the contact, without what has expired."""
    lease: Lease | None = None
    """What the turn holds the conversation by; a write is begun only under it."""
    hotlines: Hotlines = field(default_factory=dict)
    """Whom the workspace says to call, by policy class."""
    is_queued: bool = False
    """Whether the conversation waits for an agent: questions are answered still, and its place is said."""
    is_delivered: bool = False
    """Whether what is said is handed to a plugin's channel, beside the log."""
    plugin_version: int | None = None
    """Which switching of the workspace's plugins the turn goes by; None: whatever is known."""
    mood: float | None = None
    """How the newest message sounds, from 0 (calm) to 1 (furious); None when nobody has measured it."""

    @property
    def local_now(self) -> datetime:
        return self.now.astimezone(self.zone)
