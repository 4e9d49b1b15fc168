"""The job that reads all of a workspace's knowledge and writes down what its owner should look at."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict

import orjson

from kefu.domain.conversation import Language
from kefu.domain.improving import AskedQuestion, FindingDraft, FindingKind, FindingState
from kefu.domain.job import JobDraft
from kefu.domain.knowledge import Chunk, Document, Term
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.knowledge.embedding import Embedder
from kefu.knowledge.partition import LANGUAGES
from kefu.knowledge.vocabulary import Vocabulary, to_vocabulary
from kefu.services.improving.comparing import find_contradictions, find_duplicates, to_sentences
from kefu.services.improving.coverage import measure_coverage
from kefu.services.improving.staleness import find_stale, find_translations
from kefu.services.job_run import JobRun
from kefu.storage.database import Database
from kefu.storage.unit import Unit

KNOWLEDGE_REVIEW = JobDraft("knowledge_review", "knowledge")
ASKED = 2_000
"""Turns whose questions are looked at, the newest ones."""
MOST_FINDINGS = 1_000
"""Of one kind and language in one review: past it, the knowledge needs another cure than a list."""
_OPEN_READ = 5_000
_STEPS = 4


class KnowledgeReview:
    """Runs as a job. What is found again is the same finding; what is found no more is fixed."""

    def __init__(self, database: Database, *, embedder: Embedder, clock: Clock) -> None:
        self._database = database
        self._embedder = embedder
        self._clock = clock

    async def run(self, run: JobRun) -> JsonObject:
        """Job handler; its result holds the number of findings by kind, and the coverage."""
        workspace_id = run.job.workspace_id
        async with self._database.read(workspace_id) as unit:
            chunks = await unit.document_lists.list_chunks()
            documents = await unit.document_lists.list_current()
            terms = await unit.terms.list_all()
            asked = await unit.asked_questions.list_newest(limit=ASKED)
        drafts: list[FindingDraft] = []
        for done, step in enumerate(self._steps(chunks, documents, asked, terms=terms)):
            await run.report(done=done, total=_STEPS)
            drafts += await asyncio.to_thread(_bounded, step)
        counts = await self._store(workspace_id, drafts, documents)
        coverage = await self._coverage(workspace_id, asked, documents, terms=terms)
        await run.report(done=_STEPS, total=_STEPS)
        return {"findings": counts, "coverage": coverage}

    def _steps(
        self,
        chunks: Sequence[Chunk],
        documents: Sequence[Document],
        asked: Sequence[AskedQuestion],
        *,
        terms: Sequence[Term],
    ) -> Iterator[Callable[[], Iterable[FindingDraft]]]:
        now = self._clock.now()
        yield lambda: [*find_stale(documents, asked, now), *find_translations(documents)]
        for language in LANGUAGES:
            own = [chunk for chunk in chunks if chunk.language == language]
            vocabulary = to_vocabulary(language, terms)
            yield lambda own=own, vocabulary=vocabulary: find_duplicates(own, vocabulary)  # type: ignore[misc]
            yield lambda own=own, vocabulary=vocabulary: find_contradictions(to_sentences(own), vocabulary)  # type: ignore[misc]

    async def _store(
        self, workspace_id: str, drafts: Sequence[FindingDraft], documents: Sequence[Document]
    ) -> JsonObject:
        current = {document.id for document in documents}
        found = {draft.fingerprint for draft in drafts}
        counts: dict[str, int] = {}
        async with self._database.write(workspace_id) as unit:
            for draft in drafts:
                counts[draft.kind.value] = counts.get(draft.kind.value, 0) + 1
                await unit.knowledge_findings.record(draft)
            fixed = await _close(unit, found=found, current=current)
        return {**counts, "fixed": fixed}

    async def _coverage(
        self, workspace_id: str, asked: Sequence[AskedQuestion], documents: Sequence[Document], *, terms: Sequence[Term]
    ) -> JsonObject:
        cited = {document for question in asked for document in question.documents}
        async with self._database.read(workspace_id) as unit:
            keys = {document_id: (await unit.documents.get(document_id)).key for document_id in cited}
        vocabularies: dict[Language, Vocabulary] = {one: to_vocabulary(one, terms) for one in LANGUAGES}
        coverage = await asyncio.to_thread(
            measure_coverage, asked, documents, keys=keys, embedder=self._embedder, vocabularies=vocabularies
        )
        plain: JsonObject = orjson.loads(orjson.dumps(asdict(coverage)))
        return plain


def _bounded(step: Callable[[], Iterable[FindingDraft]]) -> list[FindingDraft]:
    return [draft for draft, _ in zip(step(), range(MOST_FINDINGS), strict=False)]


async def _close(unit: Unit, *, found: set[str], current: set[str]) -> int:
    """Open findings that are no more. A contradiction may have been met by a turn only: it stays while both texts do."""
    fixed = 0
    for finding in await unit.knowledge_findings.list_newest(
        state=FindingState.OPEN, kinds=tuple(FindingKind), limit=_OPEN_READ
    ):
        stands = finding.fingerprint in found or (
            finding.kind is FindingKind.CONTRADICTION
            and all(subject["document_id"] in current for subject in finding.subjects)
        )
        if not stands:
            await unit.knowledge_findings.set_state(finding.id, FindingState.FIXED)
            fixed += 1
    return fixed
