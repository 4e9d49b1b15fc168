"""Messages that come in over a plugin's channel: checked, told apart by who writes, and then on the way of all messages."""

from collections.abc import Sequence

import structlog

from kefu.domain.conversation import Author, ChannelKind, Contact, Inbox, InboxProfile, MessageDraft
from kefu.domain.errors import (
    ConflictError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.plugins.channels import Channel, Inbound, InboundMessage, WebhookAnswer, WebhookRequest
from kefu.plugins.errors import PluginFailedError
from kefu.plugins.host import Lane
from kefu.plugins.manifest import Plugin
from kefu.services.drafts import MAX_TEXT
from kefu.services.plugin_work.calling import PluginCaller
from kefu.services.principal import Visitor
from kefu.services.receiving import ReceivingService
from kefu.storage.channel_threads import ChannelThread
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_MOST_MESSAGES = 100
"""Of one call."""
_LONGEST_PEER = 200
_LONGEST_CHOICE = 200
_STATUSES = range(200, 300)
log = structlog.get_logger(__name__)


class ChannelService:
    def __init__(self, database: Database, caller: PluginCaller, *, receiving: ReceivingService, clock: Clock) -> None:
        self._database = database
        self._caller = caller
        self._receiving = receiving
        self._clock = clock

    async def add_inbox(self, workspace_id: str, *, plugin: str, channel: str, slug: str, name: str) -> Inbox:
        """An entry for a plugin's channel. Raises NotFoundError, ConflictError when the plugin is off or the slug taken."""
        found, _ = await self._caller.open(workspace_id, plugin)
        if find_channel(found, channel) is None:
            raise NotFoundError("channel", f"{plugin}/{channel}")
        inbox = Inbox(
            id=new_id("inb"),
            workspace_id=workspace_id,
            slug=slug,
            name=name,
            channel=ChannelKind.PLUGIN,
            burst_window_ms=0,
            profile=InboxProfile(),
            plugin_channel=f"{plugin}/{channel}",
        )
        async with self._database.write(workspace_id) as unit:
            if await unit.workspaces.find_inbox(slug) is not None:
                raise ConflictError(f"There is an inbox {slug} already.")
            await unit.workspaces.add_inbox(inbox)
        return inbox

    async def receive(self, plugin_name: str, inbox_id: str, request: WebhookRequest) -> WebhookAnswer:
        """Store all messages of a call, each once; only then is it answered.

        Raises NotFoundError (no such inbox, or its plugin is off), UnauthenticatedError (the signature), PluginFailedError,
        and what ``ReceivingService`` raises; the other system tries again.
        """
        inbox = await self._find_inbox(plugin_name, inbox_id)
        try:
            plugin, context = await self._caller.open(inbox.workspace_id, plugin_name)
        except ConflictError as error:
            raise NotFoundError("inbox", inbox_id) from error
        channel = channel_of(plugin, inbox)
        if await self._call(plugin, channel, channel.verify, request, context) is not True:
            raise UnauthenticatedError("The signature of the call is not right.")
        inbound = _checked(await self._call(plugin, channel, channel.receive, request, context), plugin)
        for message in inbound.messages:
            await self._take(inbox, message)
        return inbound.answer

    async def _find_inbox(self, plugin: str, inbox_id: str) -> Inbox:
        async with self._database.platform_view() as platform:
            workspace_id = await platform.find_workspace_of_inbox(inbox_id)
        if workspace_id is None:
            raise NotFoundError("inbox", inbox_id)
        async with self._database.read(workspace_id) as unit:
            inbox = await unit.workspaces.get_inbox(inbox_id)
        if inbox.plugin_channel is None or inbox.plugin_channel.partition("/")[0] != plugin:
            raise NotFoundError("inbox", inbox_id)
        return inbox

    async def _call(self, plugin: Plugin, channel: Channel, *call: object) -> object:
        function, *arguments = call
        return await self._caller.call(
            plugin.name,
            function,  # type: ignore[arg-type]  # one of the channel's own
            *arguments,
            seconds=channel.seconds,
            lane=Lane.DELIVERY,
        )

    async def _take(self, inbox: Inbox, message: InboundMessage) -> None:
        """One message. A call that is made twice stores it once; what cannot be a message is left out, and logged."""
        draft = MessageDraft(
            client_id=f"ch_{sha256_of([inbox.id, message.id])[:40]}",
            author=Author.VISITOR,
            text=message.text.replace("\x00", "")[:MAX_TEXT],
            choice=message.choice,
            attachments=message.attachments,
        )
        thread = await self._thread(inbox, message)
        visitor = Visitor(inbox.workspace_id, inbox.id, thread.contact_id)
        try:
            await self._receiving.receive(visitor, thread.conversation_id, draft)
        except IdempotencyConflictError:
            log.warning("channel_message_changed", inbox=inbox.id, message=message.id)
        except InvalidInputError as error:
            log.warning("channel_message_left_out", inbox=inbox.id, message=message.id, reason=error.detail)

    async def _thread(self, inbox: Inbox, message: InboundMessage) -> ChannelThread:
        """The conversation of who writes, begun with the first message. Raises UnavailableError: then it is tried again."""
        async with self._database.read(inbox.workspace_id) as unit:
            known = await unit.channel_threads.find_peer(inbox.id, message.peer)
        if known is not None:
            return known
        try:
            # Looked for once more where it is written: what another call has just begun is not there for readers yet.
            async with self._database.write(inbox.workspace_id) as unit:
                known = await unit.channel_threads.find_peer(inbox.id, message.peer)
                return known or await self._begin(unit, inbox, message)
        except ConflictError as error:
            raise UnavailableError("Another call of the same peer is under way.", retry_after=1.0) from error

    async def _begin(self, unit: Unit, inbox: Inbox, message: InboundMessage) -> ChannelThread:
        external = message.external_id
        contact = None if external is None else await unit.contacts.find_external(external)
        if contact is None:
            contact = Contact(new_id("cont"), inbox.workspace_id, inbox.id, external, self._clock.now(), frozenset())
            await unit.contacts.add(contact)
        conversation = await unit.conversations.create(inbox_id=inbox.id, contact_id=contact.id, language=None)
        return await unit.channel_threads.add(
            conversation_id=conversation.id, inbox_id=inbox.id, peer=message.peer, contact_id=contact.id
        )


def find_channel(plugin: Plugin, name: str) -> Channel | None:
    return next((channel for channel in plugin.channels if channel.name == name), None)


def channel_of(plugin: Plugin, inbox: Inbox) -> Channel:
    """Raises NotFoundError: its plugin has no such channel any more."""
    name = (inbox.plugin_channel or "").partition("/")[2]
    channel = find_channel(plugin, name)
    if channel is None:
        raise NotFoundError("channel", inbox.plugin_channel or "")
    return channel


def _checked(found: object, plugin: Plugin) -> Inbound:
    """Raises PluginFailedError."""
    if not isinstance(found, Inbound) or not isinstance(found.answer, WebhookAnswer):
        raise PluginFailedError(f"{plugin.name}: its channel gave a {type(found).__name__}, not an Inbound.")
    messages: Sequence[object] = found.messages
    if len(messages) > _MOST_MESSAGES or found.answer.status not in _STATUSES:
        raise PluginFailedError(
            f"{plugin.name}: a call has at most {_MOST_MESSAGES} messages and a status from 200 to 299."
        )
    for message in messages:
        if not isinstance(message, InboundMessage) or not _is_whole(message):
            raise PluginFailedError(
                f"{plugin.name}: a message has an id, a peer of 1 to {_LONGEST_PEER} characters and a text."
            )
    return found


def _is_whole(message: InboundMessage) -> bool:
    try:
        is_named = len(message.id) > 0 and 0 < len(message.peer) <= _LONGEST_PEER
        return is_named and len(message.text) >= 0 and len(message.choice or "") <= _LONGEST_CHOICE
    except TypeError:
        return False
