"""The queue as it is now: joining it, and what a customer may be told about it."""

from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import HandoffRequested
from kefu.dialogue.outlook import Outlook
from kefu.domain.conversation import Conversation, Handler, Inbox, Language, Message, Status
from kefu.domain.desk import HEARTBEAT_LIFETIME, Assignment, DeskEvent, DeskEventDraft, DeskEventType
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.services.wire import message_to_json
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_RECENT_TAKEN = 20
_RECENT = timedelta(hours=24)
_FEWEST = 3
"""Real waits below which none is told: a middle of two says nothing."""
_NO_ZONE = "UTC"


class WaitingService:
    """Reads the queue when a turn hands off, or answers somebody who waits; no other turn pays for it."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self, context: TurnContext, language: Language) -> Outlook:
        """Where the conversation stands in the queue, or would stand if it joined now."""
        async with self._database.read(context.workspace_id) as unit:
            conversation = await unit.conversations.get(context.conversation_id)
            inbox = await unit.workspaces.get_inbox(conversation.inbox_id)
            return await look(unit, inbox, conversation.id, language=language, at=self._clock.now())


async def look(unit: Unit, inbox: Inbox, conversation_id: str, *, language: Language, at: datetime) -> Outlook:
    """As ``WaitingService.look``, inside a transaction."""
    online = await unit.presence.list_online(since=at - HEARTBEAT_LIFETIME)
    is_staffed = any(language in agent.languages or not agent.languages for agent in online)
    hours = inbox.hours
    is_open = hours is None or hours.is_open(at)
    promised_at = None if hours is None or (is_open and is_staffed) else hours.promise(at)
    own = await unit.assignments.find(conversation_id)
    if own is not None and own.is_waiting:
        promised_at = own.promised_at
    due = (own.due_at if own is not None and own.is_waiting else None) or promised_at or at
    return Outlook(
        place=await unit.assignments.count_waiting(due_before=due) + 1,
        wait=await _recent_wait(unit, at),
        is_open=is_open,
        is_staffed=is_staffed,
        promised_at=promised_at,
        time_zone=_NO_ZONE if hours is None else hours.time_zone,
    )


async def join(unit: Unit, conversation: Conversation, handoff: HandoffRequested, *, at: datetime) -> list[DeskEvent]:
    """Let a conversation wait; its handler is the caller's to change. Who waits already keeps the place."""
    promised_at = handoff.promised_at
    before = await unit.assignments.find(conversation.id)
    if before is not None and before.is_waiting:
        assignment = replace(before, reason=handoff.reason, policy=handoff.policy)
    else:
        assignment = Assignment(
            conversation_id=conversation.id,
            reason=handoff.reason,
            is_waiting=True,
            queued_at=at,
            due_at=promised_at or at,
            promised_at=promised_at,
            policy=handoff.policy,
        )
    await unit.assignments.put(assignment)
    return await unit.desk_events.append(queued_event(assignment))


async def notice(unit: Unit, conversation: Conversation, message: Message) -> list[DeskEvent]:
    """Tell the desk of a message in a conversation that waits, is held, sleeps or was done; of no other one."""
    if conversation.handler is Handler.ASSISTANT and conversation.status is not Status.SNOOZED:
        return []
    data: JsonObject = {"message": message_to_json(message), "handler": conversation.handler.value}
    drafts = [DeskEventDraft(DeskEventType.MESSAGE_ARRIVED, conversation.id, data)]
    if conversation.status is Status.SNOOZED:
        reopened: JsonObject = {"agent_id": None}
        drafts.insert(0, DeskEventDraft(DeskEventType.CONVERSATION_REOPENED, conversation.id, reopened))
    return await unit.desk_events.append(*drafts)


def rejoin(assignment: Assignment, *, at: datetime, team_id: str) -> Assignment:
    """The assignment of a conversation that waits again, for a team, at the place that it had."""
    return replace(
        assignment,
        is_waiting=True,
        queued_at=assignment.queued_at or at,
        due_at=assignment.due_at or at,
        team_id=team_id,
        agent_id=None,
        taken_at=None,
        snoozed_until=None,
    )


def queued_event(assignment: Assignment) -> DeskEventDraft:
    promised_at = assignment.promised_at
    return DeskEventDraft(
        DeskEventType.CONVERSATION_QUEUED,
        assignment.conversation_id,
        {
            "reason": None if assignment.reason is None else assignment.reason.value,
            "policy": assignment.policy,
            "promised_at": None if promised_at is None else promised_at.isoformat(),
            "team_id": assignment.team_id,
        },
    )


async def _recent_wait(unit: Unit, at: datetime) -> timedelta | None:
    """The middle of the waits of those who were taken of late, without those who had a promised time."""
    taken = await unit.desk_events.list_recent(DeskEventType.CONVERSATION_TAKEN, limit=_RECENT_TAKEN)
    recent = (event.data["waited_seconds"] for event in taken if at - event.at <= _RECENT)
    waits = [float(seconds) for seconds in recent if isinstance(seconds, int | float)]
    return timedelta(seconds=median(waits)) if len(waits) >= _FEWEST else None
