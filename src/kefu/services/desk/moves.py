"""One change of who answers, or of a status: the conversation's log, the assignment and the desk's log, in one commit."""

from dataclasses import dataclass, field

from kefu.domain.action import PendingAction, PendingActionState
from kefu.domain.conversation import Conversation, Handler, Status
from kefu.domain.desk import Assignment, DeskEvent, DeskEventDraft, DeskEventType
from kefu.domain.turn import Change, Event
from kefu.kit.jsonvalue import JsonObject
from kefu.services.action_events import decided_event
from kefu.services.delivery import DeliveryService
from kefu.services.runner import TurnRunner
from kefu.services.turn_closing import close_running
from kefu.services.wire import status_event
from kefu.storage.unit import Unit

TAKEN_OVER = "turn_taken_over"
"""Code of ``turn_failed``: a person took the conversation while the assistant was speaking."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a conversation becomes, and how the desk's log tells of it."""

    handler: Handler
    status: Status
    assignment: Assignment
    type: DeskEventType
    data: JsonObject = field(default_factory=dict)
    withdrawn: tuple[PendingAction, ...] = ()
    """What waited for an agent's approval, and does so no longer."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What is to be told after the commit."""

    conversation_id: str
    events: list[Event]
    desk_events: list[DeskEvent]
    is_silenced: bool


async def make(unit: Unit, conversation: Conversation, move: Move) -> Moved:
    """Carry out a move on a locked conversation.

    When the assistant could have spoken until now, its lease's token is raised first: a sentence that is on its way
    is refused by the log, whoever sends it and however late.
    """
    is_silenced = conversation.handler is not Handler.AGENT and move.handler is Handler.AGENT
    is_silenced = is_silenced or move.status is Status.RESOLVED
    events: list[Event] = []
    if is_silenced:
        await unit.conversations.fence(conversation.id)
        events += await close_running(unit, conversation, code=TAKEN_OVER)
    is_changed = (conversation.handler, conversation.status) != (move.handler, move.status)
    change = Change(
        handler=move.handler, status=move.status, handled_seq=conversation.inbound_seq if is_silenced else None
    )
    drafts = [status_event(move.status, move.handler)] if is_changed else []
    events += await unit.events.append(conversation.id, drafts, change=change)
    await unit.assignments.put(move.assignment)
    told = [decided_event(action, PendingActionState.EXPIRED) for action in move.withdrawn]
    desk_events = await unit.desk_events.append(DeskEventDraft(move.type, conversation.id, move.data), *told)
    return Moved(conversation.id, events, desk_events, is_silenced)


async def tell(workspace_id: str, moved: Moved, *, delivery: DeliveryService, runner: TurnRunner) -> None:
    """After the commit: listeners hear of it, and a turn that runs somewhere stops."""
    if moved.is_silenced:
        await runner.silence(moved.conversation_id)
    await delivery.publish(moved.events)
    await delivery.publish_desk(workspace_id, moved.desk_events)
