"""Who writes over a plugin's channel, in which conversation, and how much of it was delivered there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, or_
from sqlalchemy.exc import IntegrityError

from kefu.domain.errors import ConflictError
from kefu.storage.repository import Repository
from kefu.storage.tables import channel_threads as table

_ADD = Repository.insert(table)
_FIND_PEER = Repository.select(table).where(
    table.c.inbox_id == bindparam("of_inbox"), table.c.peer == bindparam("of_peer")
)
_FIND = Repository.select(table).where(table.c.conversation_id == bindparam("of_id"))
_THIS = Repository.update(table).where(table.c.conversation_id == bindparam("of_id"))
_HOLD = (
    _THIS.where(or_(table.c.held_until.is_(None), table.c.held_until <= bindparam("now")))
    .values(held_until=bindparam("until", type_=table.c.held_until.type))
    .returning(table)
)
_DELIVERED = _THIS.where(table.c.held_until == bindparam("held")).values(
    delivered_seq=bindparam("seq"), held_until=bindparam("until", type_=table.c.held_until.type), error=bindparam("why")
)
_LET_GO = _THIS.where(table.c.held_until == bindparam("held")).values(held_until=None)


@dataclass(frozen=True, slots=True)
class ChannelThread:
    """``peer`` is who the channel says it is; ``delivered_seq``: up to which event the peer has got all there is."""

    conversation_id: str
    workspace_id: str
    inbox_id: str
    peer: str
    contact_id: str
    delivered_seq: int
    held_until: datetime | None
    error: str | None


class ChannelThreadRepository(Repository):
    async def find_peer(self, inbox_id: str, peer: str) -> ChannelThread | None:
        row = (await self._execute(_FIND_PEER, of_inbox=inbox_id, of_peer=peer)).one_or_none()
        return None if row is None else _to_thread(row)

    async def find(self, conversation_id: str) -> ChannelThread | None:
        row = (await self._execute(_FIND, of_id=conversation_id)).one_or_none()
        return None if row is None else _to_thread(row)

    async def add(self, *, conversation_id: str, inbox_id: str, peer: str, contact_id: str) -> ChannelThread:
        """Raises ConflictError when this peer has a conversation already."""
        row = {
            "conversation_id": conversation_id,
            "inbox_id": inbox_id,
            "peer": peer,
            "contact_id": contact_id,
            "delivered_seq": 0,
            "created_at": self._clock.now(),
        }
        try:
            await self._add(_ADD, row)
        except IntegrityError as error:
            raise ConflictError(f"{peer} writes in this inbox already.") from error
        return ChannelThread(conversation_id, self.workspace_id, inbox_id, peer, contact_id, 0, None, None)

    async def hold(self, conversation_id: str, *, until: datetime) -> ChannelThread | None:
        """Take the right to deliver, so that one process does at a time; None while another one has it."""
        values = {"of_id": conversation_id, "until": until, "now": self._clock.now()}
        row = (await self._execute(_HOLD, **values)).one_or_none()
        return None if row is None else _to_thread(row)

    async def note_delivered(
        self, thread: ChannelThread, *, seq: int, until: datetime, error: str | None = None
    ) -> bool:
        """Everything up to ``seq`` is with the peer, or, with an ``error``, never will be; hold on. False: not ours now."""
        values = {"of_id": thread.conversation_id, "held": thread.held_until, "seq": seq, "until": until, "why": error}
        return (await self._execute(_DELIVERED, **values)).rowcount > 0

    async def let_go(self, thread: ChannelThread) -> None:
        await self._execute(_LET_GO, of_id=thread.conversation_id, held=thread.held_until)


def _to_thread(row: Row[tuple[object, ...]]) -> ChannelThread:
    return ChannelThread(
        row.conversation_id,
        row.workspace_id,
        row.inbox_id,
        row.peer,
        row.contact_id,
        row.delivered_seq,
        row.held_until,
        row.error,
    )
