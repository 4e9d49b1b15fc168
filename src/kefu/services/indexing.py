"""How a snapshot of the search is made: from the rows of one knowledge version, with the vectors of one encoder."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from kefu.dialogue.answer.units import quotable
from kefu.domain.graph import Edge
from kefu.domain.job import JobDraft
from kefu.domain.knowledge import Chunk, Term
from kefu.knowledge.embedding import Embedder, EmbedderError
from kefu.knowledge.fusion import load_fusion
from kefu.knowledge.index import KnowledgeIndex, build_index, list_texts, to_label
from kefu.knowledge.semantic import find_missing, to_batches
from kefu.services.encoders import Encoders
from kefu.storage.database import Database
from kefu.storage.vector_overlay import VectorOverlay
from kefu.storage.vector_port import VectorCollection, VectorStore, VectorStoreError
from kefu.storage.workspaces import KnowledgeState

AT_ONCE = 20_000
"""Texts without a vector that a build embeds by itself (a minute or so); more are the work of a ``reindex`` job."""
REINDEX = "reindex"
_MANY = 2_000
"""New chunks from which on it is worth counting their texts."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is to be indexed. ``encoder``: the label of the one that answers now; None before the first vectors."""

    version: int
    encoder: str | None
    chunks: Sequence[Chunk]
    terms: Sequence[Term]
    edges: Sequence[Edge] = ()


@dataclass(frozen=True, slots=True)
class Filling:
    """Texts that a collection still lacks, to be embedded batch by batch; ``total`` counts those it has as well."""

    texts: dict[str, str]
    missing: Sequence[str]
    collection: VectorCollection
    embedder: Embedder

    @property
    def total(self) -> int:
        return len(self.texts)

    @property
    def batches(self) -> list[Sequence[str]]:
        return list(to_batches(self.missing))

    def embed(self, batch: Sequence[str]) -> None:
        self.collection.upsert(batch, self.embedder.embed([self.texts[name] for name in batch]))


def to_draft(label: str) -> JobDraft:
    """The order to fill the collection of an encoder and to answer by it."""
    return JobDraft(REINDEX, label, {"encoder": label})


class Indexing:
    """Reads in a transaction, works in a thread."""

    def __init__(self, database: Database, *, encoders: Encoders, vectors: VectorStore) -> None:
        self._database = database
        self._vectors = vectors
        self._fusion = load_fusion()
        self.encoders = encoders

    async def read_state(self, workspace_id: str) -> KnowledgeState:
        async with self._database.read(workspace_id) as unit:
            return await unit.workspaces.knowledge_state()

    async def read(self, workspace_id: str) -> Knowledge:
        async with self._database.read(workspace_id) as unit:
            state = await unit.workspaces.knowledge_state()
            return Knowledge(
                state.version,
                state.encoder,
                await unit.document_lists.list_chunks(),
                await unit.terms.list_all(),
                await unit.graph_edges.list_live(),
            )

    async def build(
        self, workspace_id: str, knowledge: Knowledge, *, embedder: Embedder, before: KnowledgeIndex | None
    ) -> KnowledgeIndex:
        """A snapshot with the vectors of this encoder; what the collection lacks is embedded first."""
        return await asyncio.to_thread(self._build, workspace_id, knowledge, embedder=embedder, before=before)

    async def preview(self, workspace_id: str, knowledge: Knowledge) -> KnowledgeIndex:
        """A snapshot to be thrown away: vectors that the collection lacks are made in memory."""
        embedder = await asyncio.to_thread(self.encoders.find, knowledge.encoder)
        return await asyncio.to_thread(self._preview, workspace_id, knowledge, embedder)

    async def find_filling(self, workspace_id: str, knowledge: Knowledge, *, embedder: Embedder) -> Filling:
        """What a build with this encoder would have to embed. Raises VectorStoreError and EmbedderError."""
        return await asyncio.to_thread(self._find_filling, workspace_id, knowledge.chunks, embedder)

    async def is_too_much(
        self, workspace_id: str, knowledge: Knowledge, *, embedder: Embedder, before: KnowledgeIndex | None
    ) -> bool:
        """Whether the vectors that are missing should be the work of a job."""
        known = before.size if before is not None and before.encoder else 0
        if len(knowledge.chunks) - known < _MANY or not embedder.languages:
            return False
        try:
            filling = await self.find_filling(workspace_id, knowledge, embedder=embedder)
        except (VectorStoreError, EmbedderError):
            return False  # then words are indexed alone, which needs no job
        return len(filling.missing) > AT_ONCE

    async def aclose(self) -> None:
        await asyncio.to_thread(self._vectors.close)
        self.encoders.close()

    def _open(self, workspace_id: str, embedder: Embedder) -> VectorCollection:
        return self._vectors.collection(f"kb_{workspace_id}-{to_label(embedder)}", dimension=embedder.dimension)

    def _find_filling(self, workspace_id: str, chunks: Sequence[Chunk], embedder: Embedder) -> Filling:
        texts = list_texts(chunks, embedder=embedder, quotable=quotable)
        collection = self._open(workspace_id, embedder)
        return Filling(texts, find_missing(list(texts), collection) if texts else [], collection, embedder)

    def _build(
        self, workspace_id: str, knowledge: Knowledge, *, embedder: Embedder, before: KnowledgeIndex | None
    ) -> KnowledgeIndex:
        index = self._index(
            workspace_id, knowledge, embedder, lambda: self._open(workspace_id, embedder), before=before
        )
        if index.encoder:
            in_use = before.vector_ids if before is not None else frozenset()
            _forget_unused(self._open(workspace_id, embedder), index.vector_ids | in_use, workspace_id=workspace_id)
        return index

    def _preview(self, workspace_id: str, knowledge: Knowledge, embedder: Embedder) -> KnowledgeIndex:
        def open_overlay() -> VectorCollection:
            return VectorOverlay(self._open(workspace_id, embedder), dimension=embedder.dimension)

        return self._index(workspace_id, knowledge, embedder, open_overlay, before=None)

    def _index(
        self,
        workspace_id: str,
        knowledge: Knowledge,
        embedder: Embedder,
        open_vectors: Callable[[], VectorCollection],
        *,
        before: KnowledgeIndex | None,
    ) -> KnowledgeIndex:
        return build_index(
            knowledge.chunks,
            workspace_id=workspace_id,
            version=knowledge.version,
            embedder=embedder,
            open_vectors=open_vectors,
            fusion=self._fusion,
            quotable=quotable,
            terms=knowledge.terms,
            edges=knowledge.edges,
            before=before,
        )


def _forget_unused(collection: VectorCollection, needed: frozenset[str], *, workspace_id: str) -> None:
    """Delete vectors that neither the new snapshot nor the one still in use needs."""
    try:
        collection.delete(sorted(collection.list_ids() - needed))
    except VectorStoreError as error:
        # They cost disk only, and the next build deletes what is left over.
        log.warning("vectors_not_removed", workspace_id=workspace_id, detail=error.detail)
