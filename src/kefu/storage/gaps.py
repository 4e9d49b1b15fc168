"""Questions that the knowledge base could not answer: the review queue."""

from dataclasses import asdict

from sqlalchemy import Integer, Row, bindparam

from kefu.domain.knowledge import Gap
from kefu.storage.repository import Repository
from kefu.storage.tables import gaps

_ADD = Repository.insert(gaps)
_FIND = Repository.select(gaps, gaps.c.turn_id).where(gaps.c.turn_id == bindparam("of_turn"))
_LIST_WAITING = (
    Repository.select(gaps)
    .where(gaps.c.cluster_id.is_(None))
    .order_by(gaps.c.at, gaps.c.turn_id)
    .limit(bindparam("at_most", type_=Integer))
)
_LIST_OF_CLUSTER = (
    Repository.select(gaps)
    .where(gaps.c.cluster_id == bindparam("of_cluster"))
    .order_by(gaps.c.at.desc(), gaps.c.turn_id)
    .limit(bindparam("at_most", type_=Integer))
)
_ASSIGN = (
    Repository.update(gaps).where(gaps.c.turn_id == bindparam("of_turn")).values(cluster_id=bindparam("to_cluster"))
)
_LIST_NEWEST = Repository.select(gaps).order_by(gaps.c.at.desc()).limit(bindparam("at_most", type_=Integer))


class GapRepository(Repository):
    async def add(self, gap: Gap) -> None:
        """Store a gap; the same turn again changes nothing (jobs run at least once)."""
        if (await self._execute(_FIND, of_turn=gap.turn_id)).one_or_none() is None:
            await self._add(_ADD, asdict(gap))

    async def list_newest(self, *, limit: int = 100) -> list[Gap]:
        return [_to_gap(row) for row in await self._execute(_LIST_NEWEST, at_most=limit)]

    async def list_waiting(self, *, limit: int) -> list[Gap]:
        """Gaps that belong to no cluster yet, the oldest first."""
        return [_to_gap(row) for row in await self._execute(_LIST_WAITING, at_most=limit)]

    async def list_of_cluster(self, cluster_id: str, *, limit: int) -> list[Gap]:
        """The newest gaps of a cluster."""
        return [_to_gap(row) for row in await self._execute(_LIST_OF_CLUSTER, of_cluster=cluster_id, at_most=limit)]

    async def assign(self, gap: Gap, cluster_id: str) -> None:
        await self._execute(_ASSIGN, of_turn=gap.turn_id, to_cluster=cluster_id)


def _to_gap(row: Row[tuple[object, ...]]) -> Gap:
    return Gap(
        turn_id=row.turn_id,
        conversation_id=row.conversation_id,
        question=row.question,
        language=row.language,
        confidence=row.confidence,
        at=row.at,
    )
