"""The job that keeps the list of gaps in order: new gaps find their cluster, open ones are asked again.

It is ordered when a question went unanswered and when what may be answered has changed. Nobody else puts gaps into
clusters, and only one such job a workspace is open at a time.
"""

import asyncio
from collections.abc import Sequence

import numpy as np

from kefu.dialogue.answer.finding import Finder, Finding
from kefu.dialogue.guard.personal import mask_personal
from kefu.domain.conversation import Language
from kefu.domain.improving import GapCluster, GapState, Nearest
from kefu.domain.job import JobDraft
from kefu.domain.knowledge import Gap, Viewer
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject
from kefu.knowledge.embedding import Embedder
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.partition import LANGUAGES
from kefu.knowledge.vocabulary import Vocabulary, to_vocabulary
from kefu.services.improving.clustering import Leaders
from kefu.services.improving.likeness import WORD_PLACES, Vectors, Wording, to_vectors
from kefu.services.job_run import JobRun
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database
from kefu.storage.gap_clusters import Leader

GAP_REVIEW = JobDraft("gap_review", "gaps")
EXAMPLES = 5
"""Different wordings of a cluster that are asked again, the newest ones."""
_BATCH = 256
_CHECKED = 200
_ROUNDS = 1_000
"""Batches of one job; what is left then waits for the next one."""


class GapReview:
    """Runs as a job."""

    def __init__(
        self, database: Database, *, knowledge: KnowledgeBaseService, finder: Finder, embedder: Embedder, clock: Clock
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._finder = finder
        self._embedder = embedder
        self._clock = clock

    async def run(self, run: JobRun) -> JsonObject:
        """Job handler. A second run finds nothing left to do."""
        workspace_id = run.job.workspace_id
        assigned = answered = checked = 0
        for _ in range(_ROUNDS):
            new = await self._assign(workspace_id)
            closed, asked = await self._ask_again(workspace_id)
            assigned, answered, checked = assigned + new, answered + closed, checked + asked
            await run.report(done=assigned + checked, total=0)
            if not new and not asked:
                break
        return {"assigned": assigned, "checked": checked, "answered": answered}

    async def _assign(self, workspace_id: str) -> int:
        """Give gaps that have none a cluster; returns how many that were."""
        async with self._database.read(workspace_id) as unit:
            waiting = await unit.gaps.list_waiting(limit=_BATCH)
            if not waiting:
                return 0
            stored = await unit.gap_clusters.list_leaders()
            terms = await unit.terms.list_all()
        vocabularies: dict[Language, Vocabulary] = {one: to_vocabulary(one, terms) for one in LANGUAGES}
        known, found, vectors = await asyncio.to_thread(self._compare, stored, waiting, vocabularies)
        await self._store(workspace_id, waiting, found, stored=stored, known=known, vectors=vectors)
        return len(waiting)

    def _compare(
        self, stored: Sequence[Leader], waiting: Sequence[Gap], vocabularies: dict[Language, Vocabulary]
    ) -> tuple[Vectors, Sequence[int], Vectors]:
        """The leaders' vectors, the leader of each waiting gap by its number, and the gaps' own vectors."""
        known = self._unpack(stored, vocabularies)
        new = self._encode([Wording(gap.question, gap.language) for gap in waiting], vocabularies)
        if known.meaning.shape[1] != new.meaning.shape[1]:  # the encoder went away in between: words alone
            known, new = _without_meaning(known), _without_meaning(new)
        return known, [int(one) for one in Leaders(known).assign(new)], new

    def _encode(self, wordings: Sequence[Wording], vocabularies: dict[Language, Vocabulary]) -> Vectors:
        return to_vectors(wordings, embedder=self._embedder, vocabularies=vocabularies)

    async def _store(
        self,
        workspace_id: str,
        waiting: Sequence[Gap],
        found: Sequence[int],
        *,
        stored: Sequence[Leader],
        known: Vectors,
        vectors: Vectors,
    ) -> None:
        clusters = [leader.cluster for leader in stored]
        async with self._database.write(workspace_id) as unit:
            version = await unit.workspaces.knowledge_version()
            for place, leader in enumerate(stored):
                if leader.encoder != self._encoder(known):
                    packed = _pack(known, place)
                    await unit.gap_clusters.set_vectors(leader.cluster.id, vectors=packed, encoder=self._encoder(known))
            for place, (gap, number) in enumerate(zip(waiting, found, strict=True)):
                if number == len(clusters):
                    cluster = _begin(gap)
                    await unit.gap_clusters.add(Leader(cluster, _pack(vectors, place), self._encoder(vectors)))
                    clusters.append(cluster)
                cluster = clusters[number]
                await unit.gaps.assign(gap, cluster.id)
                if cluster.state is GapState.ANSWERED and gap.at > cluster.changed_at:
                    # Not asked again of the same knowledge, which would close it again without a change.
                    await unit.gap_clusters.set_state(cluster, GapState.OPEN)
                    await unit.gap_clusters.set_nearest(cluster.id, version=version, nearest=cluster.nearest)
                    clusters[number] = await unit.gap_clusters.get(cluster.id)

    def _encoder(self, vectors: Vectors) -> str:
        return f"{self._embedder.name}-{self._embedder.version}" if vectors.meaning.shape[1] else "none"

    def _unpack(self, stored: Sequence[Leader], vocabularies: dict[Language, Vocabulary]) -> Vectors:
        """The leaders' vectors; those of another encoder are made anew."""
        wordings = [Wording(one.cluster.question, one.cluster.language) for one in stored]
        if not stored:
            return self._encode([], vocabularies)
        sizes = {len(one.vectors) for one in stored}
        name = f"{self._embedder.name}-{self._embedder.version}" if self._embedder.languages else "none"
        if {one.encoder for one in stored} != {name} or len(sizes) > 1:
            return self._encode(wordings, vocabularies)
        rows = np.stack([np.frombuffer(one.vectors, dtype=np.float16) for one in stored]).astype(np.float32)
        is_chinese = np.array([one.language == "zh" for one in wordings], dtype=bool)
        return Vectors(rows[:, WORD_PLACES:], rows[:, :WORD_PLACES], is_chinese)

    async def _ask_again(self, workspace_id: str) -> tuple[int, int]:
        """Ask open clusters of newer knowledge; (now answered, asked)."""
        index = await self._knowledge.refresh(workspace_id)
        async with self._database.read(workspace_id) as unit:
            clusters = await unit.gap_clusters.list_unchecked(version=index.version, limit=_CHECKED)
            gaps = [await unit.gaps.list_of_cluster(cluster.id, limit=8 * EXAMPLES) for cluster in clusters]
        seen = index.seen_by(Viewer(self._clock.now()))
        findings = [await asyncio.to_thread(self._find, _different(asked), seen) for asked in gaps]
        async with self._database.write(workspace_id) as unit:
            for cluster, found in zip(clusters, findings, strict=True):
                await unit.gap_clusters.set_nearest(cluster.id, version=index.version, nearest=_nearest(found))
                if found and all(finding.is_answerable for finding in found):
                    await unit.gap_clusters.set_state(cluster, GapState.ANSWERED)
        closed = sum(bool(found) and all(finding.is_answerable for finding in found) for found in findings)
        return closed, len(clusters)

    def _find(self, gaps: Sequence[Gap], index: KnowledgeIndex) -> list[Finding]:
        return [self._finder.find_now(gap.question, language=gap.language, index=index) for gap in gaps]


def _begin(gap: Gap) -> GapCluster:
    return GapCluster(
        id=new_id("gap"),
        question=mask_personal(gap.question),
        language=gap.language,
        state=GapState.OPEN,
        changed_at=gap.at,
    )


def _pack(vectors: Vectors, place: int) -> bytes:
    row = np.concatenate([vectors.words[place], vectors.meaning[place]])
    return row.astype(np.float16).tobytes()


def _without_meaning(vectors: Vectors) -> Vectors:
    return Vectors(vectors.meaning[:, :0], vectors.words, vectors.is_chinese)


def _different(gaps: Sequence[Gap]) -> list[Gap]:
    """The newest gap of each wording."""
    return list({gap.question.strip().lower(): gap for gap in reversed(gaps)}.values())[-EXAMPLES:]


def _nearest(findings: Sequence[Finding]) -> Nearest | None:
    """The document that some wording comes nearest to."""
    best = max((one for one in findings if one.quotes), key=lambda one: one.probability, default=None)
    if best is None:
        return None
    chunk = best.quotes[0].passage.chunk
    return Nearest(chunk.document_key, chunk.language, best.probability)
