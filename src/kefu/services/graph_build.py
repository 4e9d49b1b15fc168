"""The job ``graph``: what is not read yet is read, document by document, each in a transaction of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kefu.domain.conversation import Language
from kefu.domain.errors import NotFoundError
from kefu.domain.graph import Edge
from kefu.domain.job import JobProblem
from kefu.domain.knowledge import Chunk, Document, Term
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.knowledge.errors import GraphReadingError
from kefu.knowledge.graph.assembly import Entities, to_edges, to_proof
from kefu.knowledge.graph.drafts import EXTRACTOR_VERSION, EdgeDraft, Name, Text, key_of
from kefu.knowledge.graph.process import GraphProcess
from kefu.services.job_run import JobRun
from kefu.storage.database import Database
from kefu.storage.unit import Unit

GRAPH_JOB = "graph"
OpenProcess = Callable[[Mapping[Language, Sequence[Name]]], GraphProcess]


class GraphBuild:
    """Keeps the graph as the documents are. A second run goes on where the first ended: what is read is marked."""

    def __init__(self, database: Database, *, clock: Clock, open_process: OpenProcess = GraphProcess) -> None:
        self._database = database
        self._clock = clock
        self._open_process = open_process

    async def execute(self, run: JobRun) -> JsonObject:
        """The handler. A document that cannot be read is a problem of the job, and is not tried again as it is."""
        workspace_id = run.job.workspace_id
        async with self._database.read(workspace_id) as unit:
            terms = await unit.terms.list_all()
            reading = reading_of(terms)
            unread = await unit.graph_edges.list_unread(reading)
            names = await _names(unit, terms)
        edges = 0
        with self._open_process(names) as process:
            for done, document_id in enumerate(unread):
                problems: list[JobProblem] = []
                try:
                    edges += await self._read(workspace_id, document_id, process=process, reading=reading)
                except GraphReadingError as error:
                    if not done and not edges:
                        raise
                    problems = [JobProblem(document_id, error.code, error.detail)]
                    await self._mark(workspace_id, document_id, reading)
                await run.report(done=done + 1, total=len(unread), problems=problems)
        if unread:
            await self._finish(workspace_id)
        return {"documents": len(unread), "edges": edges}

    async def _read(self, workspace_id: str, document_id: str, *, process: GraphProcess, reading: str) -> int:
        async with self._database.read(workspace_id) as unit:
            chunks = await unit.document_lists.list_chunks_of(document_id)
        drafts = await asyncio.to_thread(process.read, [Text.of(chunk) for chunk in chunks])
        async with self._database.write(workspace_id) as unit:
            document = await _find_current(unit, document_id)
            if document is None:
                return 0
            stored = await self._store(unit, document, chunks, drafts)
            await unit.graph_edges.mark_read(document_id, reading)
            return stored

    async def _store(self, unit: Unit, document: Document, chunks: Sequence[Chunk], drafts: Sequence[EdgeDraft]) -> int:
        """New edges in place of those nobody has judged; what was judged follows its sentence into the new version."""
        by_id = {chunk.id: chunk for chunk in chunks}
        entities = Entities(unit.workspace_id, await unit.graph_entities.list_all())
        edges = to_edges(drafts, by_id, entities=entities, now=self._clock.now())
        added = [(key_of(entity.name, entity.language), entity) for entity in entities.added]
        await unit.graph_entities.add(added)
        curated = await unit.graph_edges.list_curated(document.key, document.language)
        again = {edge.fact: edge for edge in edges}
        for edge in curated:
            await unit.graph_edges.replace(_anchored(edge, again.get(edge.fact), chunks))
        judged = {edge.fact for edge in curated}
        new = [edge for edge in edges if edge.fact not in judged]
        await unit.graph_edges.replace_proposed(document, new)
        return len(new)

    async def _mark(self, workspace_id: str, document_id: str, reading: str) -> None:
        async with self._database.write(workspace_id) as unit:
            if await _find_current(unit, document_id) is not None:
                await unit.graph_edges.mark_read(document_id, reading)

    async def _finish(self, workspace_id: str) -> None:
        async with self._database.write(workspace_id) as unit:
            await unit.graph_entities.drop_unused()
            await unit.workspaces.bump_knowledge_version()


def reading_of(terms: Sequence[Term]) -> str:
    """Names the rules and the dictionary that documents are read with: another makes each be read anew."""
    words = sorted([term.language, term.text, term.kind.value] for term in terms)
    return sha256_of([EXTRACTOR_VERSION, words])


async def _names(unit: Unit, terms: Sequence[Term]) -> dict[Language, list[Name]]:
    """The workspace's dictionary, and the names that earlier readings found."""
    names: dict[Language, list[Name]] = {"zh": [], "en": []}
    for term in terms:
        names[term.language] += [Name(phrase, term.kind) for phrase in (term.text, *term.synonyms)]
    for entity in await unit.graph_entities.list_all():
        names[entity.language] += [Name(phrase, entity.kind) for phrase in (entity.name, *entity.aliases)]
    return names


async def _find_current(unit: Unit, document_id: str) -> Document | None:
    try:
        document = await unit.documents.get(document_id)
    except NotFoundError:
        return None
    return document if document.is_current else None


def _anchored(edge: Edge, again: Edge | None, chunks: Sequence[Chunk]) -> Edge:
    """A judged edge at its place in the new version; without one it is kept, and proves nothing."""
    if again is not None:
        return replace(edge, proof=again.proof)
    proof = edge.proof
    if proof is None:
        return edge
    for chunk in chunks:
        place = chunk.text.find(proof.sentence)
        if place >= 0:
            start = chunk.start + place
            found = to_proof(chunk, start=start, end=start + len(proof.sentence))
            return replace(edge, proof=found)
    return edge
