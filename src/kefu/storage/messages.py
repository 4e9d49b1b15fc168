"""Messages of one workspace."""

from dataclasses import asdict

from sqlalchemy import Row, and_, bindparam, or_

from kefu.domain.conversation import Attachment, Author, Message
from kefu.domain.errors import NotFoundError
from kefu.storage.repository import Repository
from kefu.storage.tables import messages

_OF_CONVERSATION = messages.c.conversation_id == bindparam("of_conversation")
_ADD = Repository.insert(messages)
_FIND_SENT = Repository.select(messages).where(_OF_CONVERSATION, messages.c.client_id == bindparam("of_client"))
_LIST_UNHANDLED = (
    Repository.select(messages)
    .where(_OF_CONVERSATION, messages.c.author == Author.VISITOR, messages.c.seq > bindparam("handled_seq"))
    .order_by(messages.c.seq)
)
_LIST_SINCE = (
    Repository.select(messages)
    .where(
        _OF_CONVERSATION,
        or_(
            messages.c.seq > bindparam("floor"),
            and_(messages.c.author == Author.VISITOR, messages.c.seq > bindparam("handled_seq")),
        ),
    )
    .order_by(messages.c.seq)
)
_GET = Repository.select(messages).where(messages.c.id == bindparam("of_id"))
_FIND_BEFORE = (
    Repository.select(messages)
    .where(_OF_CONVERSATION, messages.c.author == bindparam("of_author"), messages.c.seq < bindparam("before"))
    .order_by(messages.c.seq.desc())
    .limit(1)
)


class MessageRepository(Repository):
    async def add(self, message: Message, *, body_hash: str) -> None:
        """Store one message. ``body_hash`` tells a repeated send from a different one."""
        values = {
            "id": message.id,
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "client_id": message.client_id,
            "author": message.author,
            "text": message.text,
            "choice": message.choice,
            "attachments": [asdict(attachment) for attachment in message.attachments],
            "body_hash": body_hash,
            "created_at": message.created_at,
        }
        await self._add(_ADD, values)

    async def find_sent(self, conversation_id: str, client_id: str) -> tuple[Message, str] | None:
        """The message that was stored under this client_id, with its body hash."""
        row = (await self._execute(_FIND_SENT, of_conversation=conversation_id, of_client=client_id)).one_or_none()
        return None if row is None else (_to_message(row), row.body_hash)

    async def list_unhandled(self, conversation_id: str, *, handled_seq: int) -> list[Message]:
        """Visitor messages that no turn has answered yet, oldest first."""
        rows = await self._execute(_LIST_UNHANDLED, of_conversation=conversation_id, handled_seq=handled_seq)
        return [_to_message(row) for row in rows]

    async def list_since(self, conversation_id: str, *, floor: int, handled_seq: int) -> list[Message]:
        """All messages with a number above ``floor``, and the visitor's that no turn has answered yet, oldest first."""
        values = {"of_conversation": conversation_id, "floor": floor, "handled_seq": handled_seq}
        return [_to_message(row) for row in await self._execute(_LIST_SINCE, **values)]

    async def get(self, message_id: str) -> Message:
        """Raises NotFoundError."""
        row = (await self._execute(_GET, of_id=message_id)).one_or_none()
        if row is None:
            raise NotFoundError("message", message_id)
        return _to_message(row)

    async def find_before(self, message: Message, *, author: Author) -> Message | None:
        """What this author had written last before a message, in the same conversation."""
        values = {"of_conversation": message.conversation_id, "of_author": author, "before": message.seq}
        row = (await self._execute(_FIND_BEFORE, **values)).one_or_none()
        return None if row is None else _to_message(row)


def _to_message(row: Row[tuple[object, ...]]) -> Message:
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        client_id=row.client_id,
        author=Author(row.author),
        text=row.text,
        choice=row.choice,
        attachments=tuple(Attachment(**attachment) for attachment in row.attachments),
        created_at=row.created_at,
    )
