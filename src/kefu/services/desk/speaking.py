"""What agents write: replies that the customer sees, notes that no customer ever sees, and labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kefu.domain.conversation import Author, Conversation, Message, MessageDraft, Status
from kefu.domain.desk import DeskEventDraft, DeskEventType
from kefu.domain.errors import IdempotencyConflictError, InvalidInputError
from kefu.domain.turn import Change, EventDraft, EventType
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject
from kefu.services.channel_orders import deliver_later
from kefu.services.delivery import DeliveryService
from kefu.services.desk.permission import get_agent, require_holder
from kefu.services.drafts import MAX_TEXT, check_draft, hash_of
from kefu.services.principal import Operator
from kefu.services.wire import message_to_json, status_event
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_MAX_LABELS, _MAX_LABEL = 20, 60


@dataclass(frozen=True, slots=True)
class WrittenReply:
    message: Message
    is_new: bool


class SpeakingService:
    """A reply goes into the conversation's log; notes and labels only into the desk's."""

    def __init__(self, database: Database, *, delivery: DeliveryService, clock: Clock) -> None:
        self._database = database
        self._delivery = delivery
        self._clock = clock

    async def reply(self, operator: Operator, conversation_id: str, *, client_id: str, text: str) -> WrittenReply:
        """Say something to the customer, once for each ``client_id``. Raises ConversationNotHeldError."""
        draft = MessageDraft(client_id=client_id, author=Author.AGENT, text=text)
        check_draft(draft)
        async with self._database.write(operator.workspace_id) as unit:
            agent = await get_agent(unit, operator)
            conversation = await unit.conversations.lock(conversation_id)
            repeated = await _find_repeated(unit, conversation, draft)
            if repeated is not None:
                return WrittenReply(repeated, is_new=False)
            assignment = require_holder(agent, conversation, await unit.assignments.find(conversation_id))
            if assignment.promised_at is not None:
                await unit.assignments.put(replace(assignment, promised_at=None))  # the promise is kept
            woken = [] if conversation.status is Status.OPEN else [status_event(Status.OPEN, conversation.handler)]
            message = self._message(conversation, draft, seq=conversation.last_seq + len(woken) + 1)
            await unit.messages.add(message, body_hash=hash_of(draft))
            said = EventDraft(EventType.MESSAGE_RECEIVED, {"message": message_to_json(message), "agent_id": agent.id})
            change = Change(status=Status.OPEN if woken else None)
            events = await unit.events.append(conversation.id, [*woken, said], change=change)
            await deliver_later(unit, conversation.id)
            data: JsonObject = {"message": message_to_json(message), "handler": "agent", "agent_id": agent.id}
            told = await unit.desk_events.append(DeskEventDraft(DeskEventType.MESSAGE_ARRIVED, conversation.id, data))
        await self._delivery.publish(events)
        await self._delivery.publish_desk(operator.workspace_id, told)
        return WrittenReply(message, is_new=True)

    async def add_note(self, operator: Operator, conversation_id: str, *, text: str) -> JsonObject:
        """Keep a private note: ``{"id", "text", "agent_id", "agent_name", "after_seq"}``."""
        if not text.strip() or len(text) > MAX_TEXT:
            raise InvalidInputError(f"A note has 1 to {MAX_TEXT} characters.", field="text")
        async with self._database.write(operator.workspace_id) as unit:
            agent = await get_agent(unit, operator)
            conversation = await unit.conversations.lock(conversation_id)
            note: JsonObject = {
                "id": new_id("note"),
                "text": text,
                "agent_id": agent.id,
                "agent_name": agent.name,
                "after_seq": conversation.last_seq,
            }
            draft = DeskEventDraft(DeskEventType.NOTE_ADDED, conversation.id, {"note": note})
            told = await unit.desk_events.append(draft)
        await self._delivery.publish_desk(operator.workspace_id, told)
        return note

    async def set_labels(self, operator: Operator, conversation_id: str, labels: Sequence[str]) -> list[str]:
        """Replace the labels; returns them as they are kept: trimmed, in lower case, each once."""
        kept = sorted({" ".join(label.split()).lower() for label in labels} - {""})
        if len(kept) > _MAX_LABELS or any(len(label) > _MAX_LABEL for label in kept):
            raise InvalidInputError(f"At most {_MAX_LABELS} labels of {_MAX_LABEL} characters.", field="labels")
        async with self._database.write(operator.workspace_id) as unit:
            agent = await get_agent(unit, operator)
            await unit.conversations.lock(conversation_id)
            await unit.assignments.set_labels(conversation_id, kept)
            data: JsonObject = {"labels": [*kept], "agent_id": agent.id}
            told = await unit.desk_events.append(DeskEventDraft(DeskEventType.LABELS_CHANGED, conversation_id, data))
        await self._delivery.publish_desk(operator.workspace_id, told)
        return kept

    def _message(self, conversation: Conversation, draft: MessageDraft, *, seq: int) -> Message:
        return Message(
            id=new_id("msg"),
            conversation_id=conversation.id,
            seq=seq,
            client_id=draft.client_id,
            author=draft.author,
            text=draft.text,
            created_at=self._clock.now(),
        )


async def _find_repeated(unit: Unit, conversation: Conversation, draft: MessageDraft) -> Message | None:
    found = await unit.messages.find_sent(conversation.id, draft.client_id)
    if found is None:
        return None
    message, body_hash = found
    if body_hash != hash_of(draft):
        raise IdempotencyConflictError(client_id=draft.client_id)
    return message
