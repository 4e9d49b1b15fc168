"""Steps 1 to 12 of a turn from the outside: take the lease, run the dialogue, commit what it says, let go."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from kefu.dialogue.context import NOTHING_KNOWN, STRANGER, TurnContext
from kefu.dialogue.events import Batch
from kefu.dialogue.state import fold, to_history
from kefu.dialogue.taping.context_json import Begin
from kefu.dialogue.taping.tape import Tape
from kefu.dialogue.turn import Engine
from kefu.domain.action import AuthLevel
from kefu.domain.conversation import Author, Contact, Conversation, Handler, Inbox, Message
from kefu.domain.knowledge import Viewer
from kefu.domain.turn import Change, Lease
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.plugins.context import ToolContact
from kefu.services.abilities import AbilityService
from kefu.services.delivery import DeliveryService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.services.turn_closing import close_running
from kefu.services.turn_run import TurnRun, control_channel
from kefu.storage.bus import Bus
from kefu.storage.database import Database
from kefu.storage.unit import Unit

LEASE_LIFETIME = timedelta(seconds=12)
RECENT_EVENTS = 120
"""How far back a turn looks into the log; how the dialogue was left is found however old it is."""
RECENT_NUMBERS = 1500
"""How far back a turn looks for what was said: some 200 turns, which are messages among other events."""
_MAX_TURNS = 100
"""Turns in a row of one conversation before the task lets others go first."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that holds the lease. ``begin`` says what of the log it has seen."""

    lease: Lease
    context: TurnContext
    begin: Begin
    inbox: Inbox


class TurnService:
    """Owns the transactions of a turn. None is open while the dialogue thinks or a model speaks."""

    def __init__(
        self,
        *,
        database: Database,
        bus: Bus,
        engine: Engine,
        knowledge: KnowledgeBaseService,
        abilities: AbilityService,
        delivery: DeliveryService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._bus = bus
        self._engine = engine
        self._knowledge = knowledge
        self._abilities = abilities
        self._delivery = delivery
        self._clock = clock

    async def run_pending(self, workspace_id: str, conversation_id: str, *, may_begin: Callable[[], bool]) -> None:
        """Answer until no visitor message is left, or another worker or a person holds the conversation.

        ``may_begin`` is asked before each turn, when the conversation is locked; no turn begins after it said no.
        Raises UnavailableError when a turn has to wait; then anybody may try it.
        """
        for _ in range(_MAX_TURNS):
            begun = await self._begin(workspace_id, conversation_id, may_begin)
            if begun is None:
                return
            tape = Tape()
            run = TurnRun(
                begun.context,
                lease=begun.lease,
                begin=begun.begin,
                tape=tape,
                burst_window=timedelta(milliseconds=begun.inbox.burst_window_ms),
                lease_lifetime=LEASE_LIFETIME,
                database=self._database,
                delivery=self._delivery,
                bus=self._bus,
                clock=self._clock,
            )
            if not await run.execute(self._speak(begun.context, tape)):
                return

    async def _speak(self, context: TurnContext, tape: Tape) -> AsyncGenerator[Batch, None]:
        """The dialogue on the knowledge of this moment; a part of the run, so that its failure has an ending too."""
        viewer = Viewer(context.now, context.contact.segments)
        index = await self._knowledge.index_for(context.workspace_id, viewer=viewer)
        abilities = await self._abilities.of(context.workspace_id, version=context.plugin_version)
        extensions = self._abilities.extensions_of(context.workspace_id)
        async with aclosing(self._engine.run(context, index, abilities, extensions, tape=tape)) as batches:
            async for batch in batches:
                yield batch

    async def _begin(self, workspace_id: str, conversation_id: str, may_begin: Callable[[], bool]) -> Begun | None:
        async with self._database.write(workspace_id) as unit:
            conversation = await unit.conversations.lock(conversation_id)
            if conversation.inbound_seq <= conversation.handled_seq or not may_begin():
                return None
            if conversation.handler is Handler.AGENT:
                await _leave_to_person(unit, conversation)
                return None
            lease = await unit.conversations.acquire_lease(conversation_id, lifetime=LEASE_LIFETIME)
            if lease is None:
                return None
            events = await close_running(unit, conversation, code="turn_interrupted")
            if events:
                conversation = await unit.conversations.get(conversation_id)
            begun = await self._open(unit, conversation, lease)
            if begun is None:
                await unit.conversations.release_lease(lease)
        await self._delivery.publish(events)
        return begun

    async def _open(self, unit: Unit, conversation: Conversation, lease: Lease) -> Begun | None:
        said = await unit.messages.list_since(
            conversation.id, floor=conversation.last_seq - RECENT_NUMBERS, handled_seq=conversation.handled_seq
        )
        messages = tuple(one for one in said if _is_unanswered(one, conversation))
        if not messages:
            return None
        turn_id = new_id("turn")
        await unit.turns.open(turn_id, conversation.id, through_seq=conversation.inbound_seq)
        past = await unit.events.list_recent(conversation.id, floor=conversation.last_seq - RECENT_EVENTS)
        inbox, plugin_version = await unit.workspaces.get_entry(conversation.inbox_id)
        known = await unit.profiles.find(conversation.contact_id)
        context = TurnContext(
            turn_id=turn_id,
            workspace_id=conversation.workspace_id,
            conversation_id=conversation.id,
            inbox_name=inbox.name,
            hotlines=inbox.hotlines,
            messages=messages,
            state=fold(past),
            history=to_history(one for one in said if not _is_unanswered(one, conversation)),
            now=self._clock.now(),
            contact=STRANGER if known is None else _to_tool_contact(known[0]),
            profile=NOTHING_KNOWN if known is None else known[1],
            zone=UTC if inbox.hours is None else ZoneInfo(inbox.hours.time_zone),
            lease=lease,
            is_queued=conversation.handler is Handler.QUEUE,
            is_delivered=inbox.plugin_channel is not None,
            plugin_version=plugin_version,
        )
        begin = Begin(conversation.last_seq, conversation.handled_seq, conversation.inbound_seq)
        return Begun(lease, context, begin, inbox)


def _to_tool_contact(contact: Contact) -> ToolContact:
    """A contact is identified once the shop has vouched for it."""
    level = AuthLevel.ANONYMOUS if contact.external_id is None else AuthLevel.IDENTIFIED
    return ToolContact(contact.id, contact.external_id, level, contact.segments)


async def _leave_to_person(unit: Unit, conversation: Conversation) -> None:
    await unit.events.append(conversation.id, [], change=Change(handled_seq=conversation.inbound_seq))


def _is_unanswered(message: Message, conversation: Conversation) -> bool:
    return message.author is Author.VISITOR and message.seq > conversation.handled_seq


__all__ = ["LEASE_LIFETIME", "TurnService", "control_channel"]
