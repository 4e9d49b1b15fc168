"""Step 1: a message is stored once, numbered, and only then acknowledged."""

from dataclasses import dataclass

from kefu.domain.conversation import Conversation, Handler, Message, MessageDraft, Status
from kefu.domain.errors import IdempotencyConflictError, NotFoundError, TooManyRequestsError
from kefu.domain.turn import Change, Event, EventDraft, EventType
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.services.delivery import DeliveryService
from kefu.services.drafts import check_draft, hash_of
from kefu.services.principal import Visitor
from kefu.services.runner import TurnRunner
from kefu.services.waiting import notice
from kefu.services.wire import message_to_json, status_event
from kefu.storage.database import Database
from kefu.storage.rates import RateLimits
from kefu.storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Received:
    """``is_for_assistant`` False: a person holds the conversation, no reply will come from this message."""

    message: Message
    is_new: bool
    is_for_assistant: bool


class ReceivingService:
    """Idempotent by (workspace, conversation, client_id)."""

    def __init__(
        self,
        database: Database,
        *,
        delivery: DeliveryService,
        runner: TurnRunner,
        limits: RateLimits,
        clock: Clock,
    ) -> None:
        self._database = database
        self._limits = limits
        self._delivery = delivery
        self._runner = runner
        self._clock = clock

    async def receive(self, visitor: Visitor, conversation_id: str, draft: MessageDraft) -> Received:
        """Store a visitor's message and start its turn. When this returns, the message is durable.

        Raises MessageTooLongError, InvalidInputError, NotFoundError, IdempotencyConflictError, TooManyRequestsError and
        DrainingError. A repeated send is answered without counting against the rate.
        """
        check_draft(draft)
        async with self._database.write(visitor.workspace_id) as unit:
            conversation = await unit.conversations.lock(conversation_id)
            if conversation.contact_id != visitor.contact_id:
                raise NotFoundError("conversation", conversation_id)
            repeated = await _find_repeated(unit, conversation, draft)
            if repeated is not None:
                return repeated
            self._runner.require_open()
            await self._require_rate(visitor)
            received, events = await self._store(unit, conversation, draft)
            noticed = await notice(unit, conversation, received.message)
        await self._delivery.publish(events)
        await self._delivery.publish_desk(visitor.workspace_id, noticed)
        if received.is_for_assistant:
            await self._runner.wake(visitor.workspace_id, conversation_id)
        return received

    async def _require_rate(self, visitor: Visitor) -> None:
        retry_after = await self._limits.hit_message(visitor.contact_id)
        if retry_after is not None:
            raise TooManyRequestsError(retry_after=retry_after)

    async def _store(self, unit: Unit, conversation: Conversation, draft: MessageDraft) -> tuple[Received, list[Event]]:
        woken = [] if conversation.status is Status.OPEN else [status_event(Status.OPEN, conversation.handler)]
        seq = conversation.last_seq + len(woken) + 1
        message = Message(
            id=new_id("msg"),
            conversation_id=conversation.id,
            seq=seq,
            client_id=draft.client_id,
            author=draft.author,
            text=draft.text,
            choice=draft.choice,
            attachments=draft.attachments,
            created_at=self._clock.now(),
        )
        is_for_assistant = conversation.handler is not Handler.AGENT
        await unit.messages.add(message, body_hash=hash_of(draft))
        events = await unit.events.append(
            conversation.id,
            [*woken, EventDraft(EventType.MESSAGE_RECEIVED, {"message": message_to_json(message)})],
            change=Change(
                status=Status.OPEN if woken else None,
                is_inbound=True,
                handled_seq=None if is_for_assistant else seq,
            ),
        )
        return Received(message, is_new=True, is_for_assistant=is_for_assistant), events


async def _find_repeated(unit: Unit, conversation: Conversation, draft: MessageDraft) -> Received | None:
    found = await unit.messages.find_sent(conversation.id, draft.client_id)
    if found is None:
        return None
    message, body_hash = found
    if body_hash != hash_of(draft):
        raise IdempotencyConflictError(client_id=draft.client_id)
    return Received(message, is_new=False, is_for_assistant=conversation.handler is not Handler.AGENT)
