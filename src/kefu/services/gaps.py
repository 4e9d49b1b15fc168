"""The list of questions that had no source."""

from collections.abc import Collection
from dataclasses import dataclass

from kefu.dialogue.guard.personal import mask_personal
from kefu.domain.errors import InvalidInputError
from kefu.domain.improving import GapCluster, GapCount, GapState
from kefu.domain.knowledge import Gap
from kefu.domain.turn import Event, EventType, OutboxEntry
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import as_object
from kefu.services.improving.gap_review import GAP_REVIEW
from kefu.services.jobs import order_in
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_EXAMPLES_READ = 40
_BY_HAND = frozenset({GapState.OPEN, GapState.ANSWERED, GapState.IGNORED})


@dataclass(frozen=True, slots=True)
class GapSummary:
    """One line of the list. ``examples`` are different wordings, the newest first, without personal data."""

    cluster: GapCluster
    count: GapCount
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GapList:
    """``waiting``: gaps that the next review will put into clusters; ``total``: clusters in the states asked for."""

    gaps: tuple[GapSummary, ...]
    total: int
    waiting: int


class GapService:
    """Fills the knowledge owner's list from finished turns, and shows it gathered."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def record(self, entry: OutboxEntry) -> None:
        """Outbox handler of ``question_unanswered``; running it twice records one gap."""
        async with self._database.write(entry.workspace_id) as unit:
            events = await unit.events.list_of_turn(str(entry.payload["turn_id"]))
            for event in events:
                if event.type is EventType.TURN_FINISHED:
                    await unit.gaps.add(_to_gap(event))
            await order_in(unit, GAP_REVIEW)

    async def ask_again(self, entry: OutboxEntry) -> None:
        """Outbox handler of ``knowledge_changed``."""
        async with self._database.write(entry.workspace_id) as unit:
            await order_in(unit, GAP_REVIEW)

    async def list_newest(self, workspace_id: str) -> list[Gap]:
        """One by one, as they were asked."""
        async with self._database.read(workspace_id) as unit:
            return await unit.gaps.list_newest()

    async def list_clusters(
        self, workspace_id: str, *, states: Collection[GapState], limit: int = 50, examples: int = 3
    ) -> GapList:
        """Those asked most in the last week first, then those asked most at all."""
        async with self._database.read(workspace_id) as unit:
            counts = await unit.gap_clusters.count(self._clock.now())
            clusters = [one for one in await unit.gap_clusters.list_clusters() if one.state in states]
            found = [GapSummary(one, counts[one.id]) for one in clusters if one.id in counts]
            found.sort(key=lambda one: (-one.count.recent, -one.count.count, one.cluster.id))
            shown = [await _with_examples(unit, one, examples) for one in found[:limit]]
            return GapList(tuple(shown), len(found), await unit.gap_clusters.count_waiting())

    async def get(self, workspace_id: str, cluster_id: str) -> GapSummary:
        """One cluster with its wordings. Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            cluster = await unit.gap_clusters.get(cluster_id)
            counts = await unit.gap_clusters.count(self._clock.now())
            nobody = GapCount(0, 0, 0, cluster.changed_at, cluster.changed_at)
            return await _with_examples(unit, GapSummary(cluster, counts.get(cluster_id, nobody)), _EXAMPLES_READ)

    async def set_state(self, workspace_id: str, cluster_id: str, state: GapState) -> GapSummary:
        """Ignore it, say that it is answered, or open it again. Raises NotFoundError, InvalidInputError."""
        if state not in _BY_HAND:
            raise InvalidInputError("A gap becomes drafted by a draft for it.", field="state")
        async with self._database.write(workspace_id) as unit:
            await unit.gap_clusters.set_state(await unit.gap_clusters.get(cluster_id), state)
        return await self.get(workspace_id, cluster_id)


async def _with_examples(unit: Unit, summary: GapSummary, limit: int) -> GapSummary:
    gaps = await unit.gaps.list_of_cluster(summary.cluster.id, limit=_EXAMPLES_READ)
    wordings = dict.fromkeys(mask_personal(gap.question) for gap in gaps)
    return GapSummary(summary.cluster, summary.count, tuple(wordings)[:limit])


def _to_gap(event: Event) -> Gap:
    confidence = as_object(event.data["reply"])["confidence"]
    return Gap(
        turn_id=str(event.turn_id),
        conversation_id=event.conversation_id,
        question=str(event.data["unanswered"]),
        language="en" if event.data["language"] == "en" else "zh",
        confidence=confidence if isinstance(confidence, float) else None,
        at=event.at,
    )
