"""What was said in a conversation, handed to the plugin's channel that it came over: in order, tried again until it is there.

The log is what is delivered; the outbox only says that there is more of it. A thread remembers up to which event its peer
has everything, and one process at a time delivers it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import structlog

from kefu.domain.conversation import Author, Inbox
from kefu.domain.errors import ConflictError, UnavailableError
from kefu.domain.turn import Event, EventType, OutboxEntry, QuickReply
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.plugins.channels import ChannelError, OutboundMessage
from kefu.plugins.errors import PluginFailedError
from kefu.plugins.host import Lane
from kefu.services.plugin_work.calling import PluginCaller
from kefu.services.plugin_work.channels import channel_of
from kefu.storage.channel_threads import ChannelThread
from kefu.storage.database import Database

_HELD = timedelta(seconds=60)
_EVENTS = 100
_MOST_ATTEMPTS = 12
"""Tries of one message, over some three hours; then the next one has its turn."""
log = structlog.get_logger(__name__)


class ChannelDelivery:
    def __init__(self, database: Database, caller: PluginCaller, *, clock: Clock) -> None:
        self._database = database
        self._caller = caller
        self._clock = clock

    async def deliver(self, entry: OutboxEntry) -> None:
        """Hand over all that the peer has not got. Raises UnavailableError while the other system does not take it."""
        conversation_id = str(entry.payload["conversation_id"])
        async with self._database.write(entry.workspace_id) as unit:
            thread = await unit.channel_threads.hold(conversation_id, until=self._clock.now() + _HELD)
            if thread is None:
                raise UnavailableError("Another process delivers this conversation.", retry_after=2.0)
            inbox = await unit.workspaces.get_inbox(thread.inbox_id)
        try:
            while events := await self._read(thread):
                for event in events:
                    thread = await self._hand_over(thread, inbox, event, attempts=entry.attempts)
        finally:
            async with self._database.write(entry.workspace_id) as unit:
                await unit.channel_threads.let_go(thread)

    async def _read(self, thread: ChannelThread) -> list[Event]:
        async with self._database.read(thread.workspace_id) as unit:
            return await unit.events.list_after(thread.conversation_id, thread.delivered_seq, limit=_EVENTS)

    async def _hand_over(self, thread: ChannelThread, inbox: Inbox, event: Event, *, attempts: int) -> ChannelThread:
        error: str | None = None
        for message in to_outbound(event, thread.peer):
            try:
                await self._call(thread, inbox, message)
            except (ChannelError, PluginFailedError) as failure:
                if not _is_final(failure) and attempts < _MOST_ATTEMPTS:
                    raise UnavailableError(f"The channel does not take it: {failure}", retry_after=2.0) from failure
                error = str(failure)[:500]
                log.warning("channel_message_lost", conversation=thread.conversation_id, seq=event.seq, reason=error)
        until = self._clock.now() + _HELD
        async with self._database.write(thread.workspace_id) as unit:
            if not await unit.channel_threads.note_delivered(thread, seq=event.seq, until=until, error=error):
                raise UnavailableError("Another process has taken over this conversation.", retry_after=2.0)
        return replace(thread, delivered_seq=event.seq, held_until=until)

    async def _call(self, thread: ChannelThread, inbox: Inbox, message: OutboundMessage) -> None:
        """Raises ChannelError, PluginFailedError, and UnavailableError while the plugin is off."""
        name = (inbox.plugin_channel or "").partition("/")[0]
        try:
            plugin, context = await self._caller.open(thread.workspace_id, name)
        except ConflictError as error:
            raise UnavailableError(error.detail, retry_after=60.0) from error
        channel = channel_of(plugin, inbox)
        await self._caller.call(name, channel.deliver, message, context, seconds=channel.seconds, lane=Lane.DELIVERY)


def to_outbound(event: Event, peer: str) -> Iterator[OutboundMessage]:
    """What of an event is for the customer: the end of a turn, and what an agent writes."""
    match event.type:
        case EventType.TURN_FINISHED:
            yield from _reply(event, peer)
        case EventType.TURN_FAILED if str(event.data.get("text") or ""):
            identity = f"{event.conversation_id}:{event.seq}"
            yield OutboundMessage(identity, peer, str(event.data["text"]), Author.ASSISTANT.value)
        case EventType.MESSAGE_RECEIVED:
            message = as_object(event.data["message"])
            if message["author"] == Author.AGENT:
                yield OutboundMessage(str(message["id"]), peer, str(message["text"]), Author.AGENT.value)


def _reply(event: Event, peer: str) -> Iterator[OutboundMessage]:
    message, reply = as_object(event.data["message"]), as_object(event.data["reply"])
    if not message["text"]:
        return
    language = event.data.get("language")
    pressed = [as_object(one) for one in as_list(reply.get("quick_replies", []))]
    cards: list[JsonObject] = [as_object(one) for one in as_list(reply.get("cards", []))]
    yield OutboundMessage(
        id=str(message["id"]),
        peer=peer,
        text=str(message["text"]),
        author=Author.ASSISTANT.value,
        language="en" if language == "en" else "zh" if language == "zh" else None,
        quick_replies=tuple(QuickReply(str(one["title"]), str(one["choice"])) for one in pressed),
        cards=tuple(cards),
    )


def _is_final(failure: ChannelError | PluginFailedError) -> bool:
    return isinstance(failure, ChannelError) and failure.is_final
