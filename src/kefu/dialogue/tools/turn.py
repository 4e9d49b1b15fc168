"""For whom, where and when the gate is asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kefu.domain.action import Caller
from kefu.domain.conversation import Language
from kefu.domain.turn import Lease
from kefu.plugins.context import ToolContact


class ShownAction(Protocol):
    """What the log says of a pending action that was shown: a ``Pending`` is one, and so is a reference to it."""

    @property
    def id(self) -> str: ...

    @property
    def arguments_hash(self) -> str: ...


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
    pending: ShownAction | None = None
    lease: Lease | None = None
    """When given, a write is begun only while this worker holds the conversation."""
