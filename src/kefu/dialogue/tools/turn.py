"""For whom, where and when the gate is asked."""

from dataclasses import dataclass
from datetime import datetime

from kefu.dialogue.tools.results import Pending
from kefu.domain.action import Caller
from kefu.domain.conversation import Language
from kefu.domain.turn import Lease
from kefu.plugins.context import ToolContact


@dataclass(frozen=True, slots=True)
class GateTurn:
    """One turn as the gate sees it.

    ``pending`` is the action that the conversation's log says was shown to the customer, and ``confirmed_hash`` the
    ``arguments_hash`` that this turn's messages say yes to. Both must come from the log, never from a model.
    """

    workspace_id: str
    conversation_id: str
    turn_id: str
    contact: ToolContact
    now: datetime
    language: Language
    caller: Caller = Caller.FLOW
    confirmed_hash: str | None = None
    pending: Pending | None = None
    lease: Lease | None = None
    """When given, a write is begun only while this worker holds the conversation."""
