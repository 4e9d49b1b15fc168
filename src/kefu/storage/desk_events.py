"""The desk's log of one workspace: numbered without gaps, read by agents only."""

from sqlalchemy import Integer, Row, bindparam

from kefu.domain.desk import DeskEvent, DeskEventDraft, DeskEventType
from kefu.storage.repository import Repository
from kefu.storage.tables import desk_events, workspaces

_AT_MOST = bindparam("at_most", type_=Integer)
_ADVANCE = (
    Repository.update_own(workspaces)
    .values(desk_seq=workspaces.c.desk_seq + bindparam("count", type_=Integer))
    .returning(workspaces.c.desk_seq)
)
_GET_LAST = Repository.select_own(workspaces, workspaces.c.desk_seq)
_ADD = Repository.insert(desk_events)
_LIST_AFTER = (
    Repository.select(desk_events)
    .where(desk_events.c.seq > bindparam("after"))
    .order_by(desk_events.c.seq)
    .limit(_AT_MOST)
)
_LIST_OF_CONVERSATION = (
    Repository.select(desk_events)
    .where(desk_events.c.conversation_id == bindparam("of_conversation"))
    .order_by(desk_events.c.seq.desc())
    .limit(_AT_MOST)
)
_LIST_RECENT = (
    Repository.select(desk_events)
    .where(desk_events.c.type == bindparam("of_type"))
    .order_by(desk_events.c.seq.desc())
    .limit(_AT_MOST)
)


class DeskEventRepository(Repository):
    async def append(self, *drafts: DeskEventDraft) -> list[DeskEvent]:
        """Number and store. The update of the workspace's row hands out the numbers."""
        now = self._clock.now()
        last = int((await self._execute(_ADVANCE, count=len(drafts))).scalar_one())
        stored = [
            DeskEvent(seq, draft.type, draft.conversation_id, draft.data, now)
            for seq, draft in enumerate(drafts, start=last - len(drafts) + 1)
        ]
        rows = [
            {"seq": one.seq, "type": one.type, "conversation_id": one.conversation_id, "data": one.data, "at": one.at}
            for one in stored
        ]
        await self._add(_ADD, *rows)
        return stored

    async def last_seq(self) -> int:
        """The number of the newest event; 0 before the first."""
        return int((await self._execute(_GET_LAST)).scalar_one())

    async def list_after(self, seq: int, *, limit: int) -> list[DeskEvent]:
        return [_to_event(row) for row in await self._execute(_LIST_AFTER, after=seq, at_most=limit)]

    async def list_of_conversation(self, conversation_id: str, *, limit: int) -> list[DeskEvent]:
        """The newest ones, in order of their numbers."""
        rows = await self._execute(_LIST_OF_CONVERSATION, of_conversation=conversation_id, at_most=limit)
        return [_to_event(row) for row in rows][::-1]

    async def list_recent(self, kind: DeskEventType, *, limit: int) -> list[DeskEvent]:
        """The newest of one type, the newest first."""
        return [_to_event(row) for row in await self._execute(_LIST_RECENT, of_type=kind, at_most=limit)]


def _to_event(row: Row[tuple[object, ...]]) -> DeskEvent:
    return DeskEvent(
        seq=row.seq,
        type=DeskEventType(row.type),
        conversation_id=row.conversation_id,
        data=row.data,
        at=row.at,
    )
