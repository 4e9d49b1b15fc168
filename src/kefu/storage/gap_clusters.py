"""Gaps that ask the same, each gathered around its first question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, case, func

from kefu.domain.errors import NotFoundError
from kefu.domain.improving import GapCluster, GapCount, GapState, Nearest
from kefu.storage.repository import Repository
from kefu.storage.tables import gap_clusters, gaps

WEEK = timedelta(days=7)
_IS_THIS = gap_clusters.c.id == bindparam("of_id")
_STATES = gap_clusters.c.state.in_(bindparam("of_states", expanding=True))
_AT_MOST = bindparam("at_most", type_=Integer)
_ADD = Repository.insert(gap_clusters)
_GET = Repository.select(gap_clusters).where(_IS_THIS)
_LIST = Repository.select(gap_clusters).order_by(gap_clusters.c.id)
_SET = Repository.update(gap_clusters).where(_IS_THIS)
_SET_STATE = _SET.values(state=bindparam("to_state"), changed_at=bindparam("now"), draft_key=bindparam("to_draft"))
_SET_VECTORS = _SET.values(vectors=bindparam("new_vectors"), encoder=bindparam("new_encoder"))
_SET_NEAREST = _SET.values(
    checked_version=bindparam("version"),
    nearest_key=bindparam("key"),
    nearest_language=bindparam("in_language"),
    nearest_probability=bindparam("probability"),
)
_LIST_UNCHECKED = (
    Repository.select(gap_clusters)
    .where(
        gap_clusters.c.state.in_((GapState.OPEN, GapState.DRAFTED)),
        gap_clusters.c.checked_version < bindparam("version", type_=Integer),
    )
    .order_by(gap_clusters.c.id)
    .limit(_AT_MOST)
)
_HAS_OPEN = (
    Repository.select(gap_clusters, gap_clusters.c.id)
    .where(gap_clusters.c.state.in_((GapState.OPEN, GapState.DRAFTED)))
    .limit(1)
)
_FIND_DRAFTED = Repository.select(gap_clusters).where(
    gap_clusters.c.draft_key == bindparam("of_draft"), gap_clusters.c.language == bindparam("of_language")
)


def _count_if(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_COUNT = (
    Repository.select(
        gaps,
        gaps.c.cluster_id,
        func.count().label("asked"),
        _count_if(gaps.c.at > bindparam("since")).label("recent"),
        _count_if((gaps.c.at > bindparam("before")) & (gaps.c.at <= bindparam("since"))).label("earlier"),
        func.min(gaps.c.at).label("first_seen"),
        func.max(gaps.c.at).label("last_seen"),
    )
    .where(gaps.c.cluster_id.is_not(None))
    .group_by(gaps.c.cluster_id)
)
_COUNT_WAITING = Repository.select(gaps, func.count().label("waiting")).where(gaps.c.cluster_id.is_(None))


@dataclass(frozen=True, slots=True)
class Leader:
    """A cluster with the vectors of its first question, and the encoder that made them."""

    cluster: GapCluster
    vectors: bytes
    encoder: str


class GapClusterRepository(Repository):
    async def add(self, leader: Leader) -> None:
        cluster = leader.cluster
        values = {
            "id": cluster.id,
            "question": cluster.question,
            "language": cluster.language,
            "state": cluster.state,
            "vectors": leader.vectors,
            "encoder": leader.encoder,
            "checked_version": cluster.checked_version,
            "changed_at": cluster.changed_at,
        }
        await self._add(_ADD, values)

    async def get(self, cluster_id: str) -> GapCluster:
        row = (await self._execute(_GET, of_id=cluster_id)).one_or_none()
        if row is None:
            raise NotFoundError("gap", cluster_id)
        return _to_cluster(row)

    async def list_leaders(self) -> list[Leader]:
        """All clusters in the order in which they began."""
        return [Leader(_to_cluster(row), row.vectors, row.encoder) for row in await self._execute(_LIST)]

    async def list_clusters(self) -> list[GapCluster]:
        return [_to_cluster(row) for row in await self._execute(_LIST)]

    async def list_unchecked(self, *, version: int, limit: int) -> list[GapCluster]:
        """Open or drafted ones that were not yet asked of this knowledge version."""
        return [_to_cluster(row) for row in await self._execute(_LIST_UNCHECKED, version=version, at_most=limit)]

    async def has_open(self) -> bool:
        return (await self._execute(_HAS_OPEN)).first() is not None

    async def list_drafted(self, key: str, language: str) -> list[GapCluster]:
        """The clusters for which this document was drafted."""
        return [_to_cluster(row) for row in await self._execute(_FIND_DRAFTED, of_draft=key, of_language=language)]

    async def set_state(self, cluster: GapCluster, state: GapState, *, draft_key: str | None = None) -> None:
        """``draft_key`` None keeps the one that is there."""
        draft = draft_key or cluster.draft_key
        await self._execute(_SET_STATE, of_id=cluster.id, to_state=state, to_draft=draft, now=self._clock.now())

    async def set_vectors(self, cluster_id: str, *, vectors: bytes, encoder: str) -> None:
        await self._execute(_SET_VECTORS, of_id=cluster_id, new_vectors=vectors, new_encoder=encoder)

    async def set_nearest(self, cluster_id: str, *, version: int, nearest: Nearest | None) -> None:
        await self._execute(
            _SET_NEAREST,
            of_id=cluster_id,
            version=version,
            key=None if nearest is None else nearest.key,
            in_language=None if nearest is None else nearest.language,
            probability=None if nearest is None else nearest.probability,
        )

    async def count(self, now: datetime) -> Mapping[str, GapCount]:
        """How often each cluster was asked, by its id."""
        rows = await self._execute(_COUNT, since=now - WEEK, before=now - 2 * WEEK)
        return {
            row.cluster_id: GapCount(int(row.asked), int(row.recent), int(row.earlier), row.first_seen, row.last_seen)
            for row in rows
        }

    async def count_waiting(self) -> int:
        """Gaps that belong to no cluster yet."""
        return int((await self._execute(_COUNT_WAITING)).scalar_one())


def _to_cluster(row: Row[tuple[object, ...]]) -> GapCluster:
    has_nearest = row.nearest_key is not None
    return GapCluster(
        id=row.id,
        question=row.question,
        language=row.language,
        state=GapState(row.state),
        changed_at=row.changed_at,
        checked_version=row.checked_version,
        nearest=Nearest(row.nearest_key, row.nearest_language, row.nearest_probability) if has_nearest else None,
        draft_key=row.draft_key,
    )
