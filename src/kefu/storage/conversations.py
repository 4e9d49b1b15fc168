"""Conversations and the lease that says who may speak in them.

The lease follows Kleppmann's fencing-token scheme: every acquisition raises ``lease_token``; each write of a turn
carries the token it holds, and the update of the conversation's row refuses an older one. A holder that was paused
past its lease can therefore not write, whatever its clock says.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Row, bindparam, null, or_

from kefu.domain.conversation import Conversation, Handler, Language, Rating, Status
from kefu.domain.errors import NotFoundError
from kefu.domain.turn import Lease
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import conversations, ratings

_IS_THIS = conversations.c.id == bindparam("of_id")
_IS_FREE = or_(conversations.c.lease_expires_at.is_(None), conversations.c.lease_expires_at < bindparam("now"))
_ADD = Repository.insert(conversations)
_GET = Repository.select(conversations).where(_IS_THIS)
_LOCK = _GET.with_for_update()
_ACQUIRE = (
    Repository.update(conversations)
    .where(_IS_THIS, _IS_FREE)
    .values(lease_token=conversations.c.lease_token + 1, lease_expires_at=bindparam("until"))
    .returning(conversations.c.lease_token)
)
_EXTEND = (
    Repository.update(conversations)
    .where(_IS_THIS, conversations.c.lease_token == bindparam("of_token"))
    .values(lease_expires_at=bindparam("until"))
)
_FENCE = (
    Repository.update(conversations)
    .where(_IS_THIS)
    .values(lease_token=conversations.c.lease_token + 1, lease_expires_at=null())
)
_STOP = Repository.update(conversations).where(_IS_THIS).values(stopped_seq=conversations.c.inbound_seq)
_ADD_RATING = Repository.insert(ratings)
_DELETE_RATING = Repository.delete(ratings).where(ratings.c.conversation_id == bindparam("of_conversation"))


class ConversationRepository(Repository):
    async def create(self, *, inbox_id: str, contact_id: str, language: Language | None) -> Conversation:
        now = self._clock.now()
        values = {
            "id": new_id("conv"),
            "inbox_id": inbox_id,
            "contact_id": contact_id,
            "status": Status.OPEN,
            "handler": Handler.ASSISTANT,
            "language": language,
            "created_at": now,
            "updated_at": now,
        }
        await self._add(_ADD, values)
        return await self.get(str(values["id"]))

    async def get(self, conversation_id: str) -> Conversation:
        rows = await self._execute(_GET, of_id=conversation_id)
        return self._one(conversation_id, rows.one_or_none())

    async def lock(self, conversation_id: str) -> Conversation:
        """The conversation with its row locked until the transaction ends (SQLite: the only writer is us)."""
        rows = await self._execute(_LOCK, of_id=conversation_id)
        return self._one(conversation_id, rows.one_or_none())

    async def acquire_lease(self, conversation_id: str, *, lifetime: timedelta) -> Lease | None:
        """Take the right to speak, or None while another holds it."""
        now = self._clock.now()
        rows = await self._execute(_ACQUIRE, of_id=conversation_id, now=now, until=now + lifetime)
        token = rows.scalar_one_or_none()
        return None if token is None else Lease(conversation_id, int(token), now + lifetime)

    async def renew_lease(self, lease: Lease, *, lifetime: timedelta) -> bool:
        """Hold on for longer; False when the lease is no longer ours."""
        return await self._extend(lease, self._clock.now() + lifetime)

    async def release_lease(self, lease: Lease) -> None:
        """Give the conversation free for the next turn."""
        await self._extend(lease, None)

    async def fence(self, conversation_id: str) -> None:
        """Take the right to speak from whoever has it: no write of a turn that runs now lands any more."""
        await self._execute(_FENCE, of_id=conversation_id)

    async def stop(self, conversation_id: str) -> None:
        """Say that the turn of the newest visitor message shall say no more, whether it has begun or not."""
        await self._execute(_STOP, of_id=conversation_id)

    async def rate(self, rating: Rating) -> None:
        """Store a rating; a second one replaces the first."""
        await self._execute(_DELETE_RATING, of_conversation=rating.conversation_id)
        await self._add(_ADD_RATING, asdict(rating))

    async def _extend(self, lease: Lease, until: datetime | None) -> bool:
        rows = await self._execute(_EXTEND, of_id=lease.conversation_id, of_token=lease.token, until=until)
        return rows.rowcount == 1

    @staticmethod
    def _one(conversation_id: str, row: Row[tuple[object, ...]] | None) -> Conversation:
        if row is None:
            raise NotFoundError("conversation", conversation_id)
        return to_conversation(row)


def to_conversation(row: Row[tuple[object, ...]]) -> Conversation:
    return Conversation(
        id=row.id,
        workspace_id=row.workspace_id,
        inbox_id=row.inbox_id,
        contact_id=row.contact_id,
        status=Status(row.status),
        handler=Handler(row.handler),
        language=row.language,
        last_seq=row.last_seq,
        inbound_seq=row.inbound_seq,
        handled_seq=row.handled_seq,
        stopped_seq=row.stopped_seq,
        created_at=row.created_at,
    )
