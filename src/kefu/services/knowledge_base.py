"""What a workspace knows: files come in, versions are kept, a searchable snapshot is served."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from cachetools import LRUCache

from kefu.dialogue.answer.units import quotable
from kefu.domain.errors import UnavailableError
from kefu.domain.graph import Edge
from kefu.domain.knowledge import Chunk, Term, Viewer
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import Embedder
from kefu.knowledge.fusion import load_fusion
from kefu.knowledge.index import KnowledgeIndex, build_index
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.services.knowledge_import import FileError, FileNote, ImportProgress, ImportReport, KnowledgeImport
from kefu.storage.database import Database
from kefu.storage.vector_port import VectorCollection, VectorStore, VectorStoreError

__all__ = ["FileError", "FileNote", "ImportProgress", "ImportReport", "KnowledgeBaseService"]

_SNAPSHOTS = 64
"""Workspaces whose index stays in memory; the least used one is built again when it is asked for."""
_BUILDS = 2
_PATIENCE_S = 1.0
"""How long a question waits for newer knowledge before the older snapshot answers it."""
_DEGRADED_RETRY_S = 30.0
"""After this long, an index that was built without the vector store is tried again."""

OnBuilt = Callable[[str], Awaitable[None]]
"""Told the workspace whose index was built."""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Shelf:
    """One workspace's snapshot and the build that will replace it."""

    index: KnowledgeIndex | None = None
    built_at: float = 0.0
    building: asyncio.Task[KnowledgeIndex] | None = None


class KnowledgeBaseService:
    """Keeps documents, and an immutable search index of each workspace by its knowledge_version."""

    def __init__(
        self,
        database: Database,
        *,
        embedder: Embedder,
        vectors: VectorStore,
        clock: Clock,
        parser: ParserProcess,
        on_built: OnBuilt | None = None,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._vectors = vectors
        self._clock = clock
        self._parser = parser
        self._on_built = on_built
        self._fusion = load_fusion()
        self._shelves: LRUCache[str, _Shelf] = LRUCache(maxsize=_SNAPSHOTS)
        self._builds = asyncio.Semaphore(_BUILDS)

    async def add_paths(
        self, workspace_id: str, paths: Sequence[Path], *, progress: ImportProgress | None = None
    ) -> ImportReport:
        """Import files and folders; a bad file is reported and the rest goes on. Unchanged text makes no version."""
        run = KnowledgeImport(self._database, parser=self._parser, workspace_id=workspace_id, clock=self._clock)
        return await run.execute(paths, progress=progress)

    async def index_for(self, workspace_id: str, *, viewer: Viewer | None = None) -> KnowledgeIndex:
        """The snapshot of the current knowledge, as a viewer may search it; without one: all of it, as its owner sees it.

        While a newer snapshot is built for longer than a second, the one before answers, without the documents that
        were removed since. At most one build for each workspace, in a thread; the very first call waits for its build.
        """
        shelf = self._shelves.setdefault(workspace_id, _Shelf())
        building, removed = await self._start_if_outdated(workspace_id, shelf)
        if building is not None and shelf.index is not None:
            await asyncio.wait({building}, timeout=_PATIENCE_S)
        index = shelf.index
        if index is None:
            index = await asyncio.shield(building or self._start(workspace_id, shelf))
        return index if viewer is None else index.seen_by(viewer, without=removed)

    async def refresh(self, workspace_id: str) -> KnowledgeIndex:
        """The snapshot of the newest version, however long its build takes."""
        shelf = self._shelves.setdefault(workspace_id, _Shelf())
        building, _ = await self._start_if_outdated(workspace_id, shelf)
        if building is not None:
            await asyncio.shield(building)
        return await self.index_for(workspace_id)

    async def aclose(self) -> None:
        """Stop the builds, give the vector store back and end the reading process."""
        builds = [shelf.building for shelf in self._shelves.values() if shelf.building is not None]
        for build in builds:
            build.cancel()
        await asyncio.gather(*builds, return_exceptions=True)
        await asyncio.to_thread(self._vectors.close)
        await asyncio.to_thread(self._parser.close)

    async def _start_if_outdated(
        self, workspace_id: str, shelf: _Shelf
    ) -> tuple[asyncio.Task[KnowledgeIndex] | None, frozenset[str]]:
        """A build if one is due, and the documents that the snapshot still has although they were removed."""
        removed: frozenset[str] = frozenset()
        async with self._database.read(workspace_id) as unit:
            version = await unit.workspaces.knowledge_version()
            if shelf.index is not None and shelf.index.version != version:
                removed = await unit.documents.list_removed(after_version=shelf.index.version)
        return (self._start(workspace_id, shelf) if self._is_outdated(shelf, version) else None), removed

    def _is_outdated(self, shelf: _Shelf, version: int) -> bool:
        if shelf.index is None or shelf.index.version != version:
            return True
        return shelf.index.is_degraded and self._clock.monotonic() - shelf.built_at > _DEGRADED_RETRY_S

    def _start(self, workspace_id: str, shelf: _Shelf) -> asyncio.Task[KnowledgeIndex]:
        if shelf.building is None or shelf.building.done():
            shelf.building = asyncio.create_task(self._build(workspace_id, shelf), name=f"index:{workspace_id}")
        return shelf.building

    async def _build(self, workspace_id: str, shelf: _Shelf) -> KnowledgeIndex:
        try:
            async with self._builds:
                index = await self._read_and_build(workspace_id, shelf.index)
            if self._on_built is not None:
                await self._on_built(workspace_id)
        except UnavailableError as error:
            if shelf.index is None:
                raise
            # The older snapshot goes on answering; the next question starts another build.
            log.warning("index_not_rebuilt", workspace_id=workspace_id, code=error.code, detail=error.detail)
            return shelf.index
        shelf.index, shelf.built_at = index, self._clock.monotonic()
        return index

    async def _read_and_build(self, workspace_id: str, before: KnowledgeIndex | None) -> KnowledgeIndex:
        async with self._database.read(workspace_id) as unit:
            version = await unit.workspaces.knowledge_version()
            chunks = await unit.document_lists.list_chunks()
            terms = await unit.terms.list_all()
            edges = await unit.graph_edges.list_live()
        in_use = frozenset() if before is None else before.vector_ids
        return await asyncio.to_thread(
            self._build_now, workspace_id, chunks, terms=terms, edges=edges, version=version, in_use=in_use
        )

    def _build_now(
        self,
        workspace_id: str,
        chunks: Sequence[Chunk],
        *,
        terms: Sequence[Term],
        edges: Sequence[Edge],
        version: int,
        in_use: frozenset[str],
    ) -> KnowledgeIndex:
        def open_collection() -> VectorCollection:
            name = f"kb_{workspace_id}-{self._embedder.name}-{self._embedder.version}"
            return self._vectors.collection(name, dimension=self._embedder.dimension)

        index = build_index(
            chunks,
            workspace_id=workspace_id,
            version=version,
            embedder=self._embedder,
            open_vectors=open_collection,
            fusion=self._fusion,
            quotable=quotable,
            terms=terms,
            edges=edges,
        )
        if index.vector_ids and not index.is_degraded:
            _forget_unused(open_collection(), index.vector_ids | in_use, workspace_id=workspace_id)
        return index


def _forget_unused(collection: VectorCollection, needed: frozenset[str], *, workspace_id: str) -> None:
    """Delete vectors that neither the new snapshot nor the one still in use needs."""
    try:
        collection.delete(sorted(collection.list_ids() - needed))
    except VectorStoreError as error:
        # They cost disk only, and the next build deletes what is left over.
        log.warning("vectors_not_removed", workspace_id=workspace_id, detail=error.detail)
