"""What a workspace knows: files come in, versions are kept, a searchable snapshot is served."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from cachetools import LRUCache

from kefu.domain.errors import UnavailableError
from kefu.domain.job import JobState
from kefu.domain.knowledge import Chunk, Term, Viewer
from kefu.domain.policy import AnswerPolicy
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import Embedder, NullEmbedder
from kefu.knowledge.index import KnowledgeIndex, to_label
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.services.encoders import Encoders
from kefu.services.imports import FileError, FileNote, ImportProgress, ImportReport, import_here
from kefu.services.indexing import Indexing, Knowledge, to_draft
from kefu.services.jobs import order_in
from kefu.storage.database import Database
from kefu.storage.vector_port import VectorStore

__all__ = ["FileError", "FileNote", "ImportProgress", "ImportReport", "KnowledgeBaseService"]

_SNAPSHOTS = 64
"""Workspaces whose index stays in memory; the least used one is built again when it is asked for."""
_BUILDS = 2
_PATIENCE_S = 1.0
"""How long a question waits for newer knowledge before the older snapshot answers it."""
_RETRY_S = 30.0
"""After this long, what waits for the vector store, for the encoder or for a job is tried again."""

OnBuilt = Callable[[str], Awaitable[None]]
"""Told the workspace whose index was built."""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Shelf:
    """One workspace's snapshot and the build that will replace it.

    ``wanted``: the encoder's label in the database when it was made. ``job``: makes what is missing; while it is named
    no build does. ``remark``: what answers lack meanwhile.
    """

    index: KnowledgeIndex | None = None
    built_at: float = 0.0
    wanted: str | None = None
    job: str | None = None
    remark: str | None = None
    building: asyncio.Task[KnowledgeIndex] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


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
        open_builtin: Callable[[], Embedder] = NullEmbedder,
        on_built: OnBuilt | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._parser = parser
        encoders = Encoders(embedder, open_builtin=open_builtin)
        self.indexing = Indexing(database, encoders=encoders, vectors=vectors)
        self._on_built = on_built
        self._shelves: LRUCache[str, _Shelf] = LRUCache(maxsize=_SNAPSHOTS)
        self._builds = asyncio.Semaphore(_BUILDS)

    async def add_paths(
        self, workspace_id: str, paths: Sequence[Path], *, progress: ImportProgress | None = None
    ) -> ImportReport:
        """Import files and folders; a bad file is reported and the rest goes on. Unchanged text makes no version."""
        return await import_here(
            self._database,
            self._parser,
            workspace_id=workspace_id,
            paths=paths,
            clock=self._clock,
            progress=progress,
        )

    async def index_for(self, workspace_id: str, *, viewer: Viewer | None = None) -> KnowledgeIndex:
        """The snapshot of the current knowledge, as a viewer may search it; without one: all of it, as its owner sees it.

        While a newer snapshot is built for longer than a second, the one before answers, without the documents that
        were removed since. At most one build for each workspace, in a thread; the very first call waits for its build.
        """
        shelf = self._shelves.setdefault(workspace_id, _Shelf())
        building, removed, policy = await self._start_if_outdated(workspace_id, shelf)
        if building is not None and shelf.index is not None:
            await asyncio.wait({building}, timeout=_PATIENCE_S)
        index = shelf.index
        if index is None:
            index = await asyncio.shield(building or self._start(workspace_id, shelf))
        index = index.held_to(policy)
        return index if viewer is None else index.seen_by(viewer, without=removed)

    async def refresh(self, workspace_id: str) -> KnowledgeIndex:
        """The snapshot of the newest version, however long its build takes; what a job must do first is not waited for."""
        shelf = self._shelves.setdefault(workspace_id, _Shelf())
        building, *_ = await self._start_if_outdated(workspace_id, shelf)
        if building is not None:
            await asyncio.shield(building)
        return await self.index_for(workspace_id)

    async def switch(self, workspace_id: str) -> KnowledgeIndex:
        """Answer by the configured encoder from now on: first its snapshot is made, then all processes hear of it.

        Raises UnavailableError, and nothing has changed, when the vector store or the encoder is away.
        """
        shelf = self._shelves.setdefault(workspace_id, _Shelf())
        encoders = self.indexing.encoders
        label = await asyncio.to_thread(encoders.get_label)
        async with shelf.lock:
            knowledge = await self.indexing.read(workspace_id)
            index = await self.indexing.build(workspace_id, knowledge, embedder=encoders.configured, before=shelf.index)
            if index.is_degraded:
                raise UnavailableError("The vector store or the encoder went away before the switch.")
            async with self._database.write(workspace_id) as unit:
                await unit.workspaces.set_encoder(label)
            shelf.wanted, shelf.job, shelf.remark = label, None, None
            shelf.index, shelf.built_at = index, self._clock.monotonic()
        return index

    def list_remarks(self) -> dict[str, str]:
        """By workspace: what its answers lack in this process. ``older_encoder``, ``older_version`` or ``words_only``."""
        return {workspace_id: shelf.remark for workspace_id, shelf in self._shelves.items() if shelf.remark is not None}

    async def preview(self, workspace_id: str, chunks: Sequence[Chunk], *, terms: Sequence[Term]) -> KnowledgeIndex:
        """An index of other chunks than the current ones, to be tried and thrown away.

        Vectors that the store has are shared; others are made in memory. Raises UnavailableError.
        """
        state = await self.indexing.read_state(workspace_id)
        async with self._builds:
            index = await self.indexing.preview(workspace_id, Knowledge(0, state.encoder, chunks, terms))
        return index.held_to(state.policy)

    async def aclose(self) -> None:
        """Stop the builds, give the vector store back and end the reading process."""
        builds = [shelf.building for shelf in self._shelves.values() if shelf.building is not None]
        for build in builds:
            build.cancel()
        await asyncio.gather(*builds, return_exceptions=True)
        await self.indexing.aclose()
        await asyncio.to_thread(self._parser.close)

    async def _start_if_outdated(
        self, workspace_id: str, shelf: _Shelf
    ) -> tuple[asyncio.Task[KnowledgeIndex] | None, frozenset[str], AnswerPolicy | None]:
        """A build if one is due, the documents that the snapshot still has although they were removed, the policy."""
        removed: frozenset[str] = frozenset()
        async with self._database.read(workspace_id) as unit:
            state = await unit.workspaces.knowledge_state()
            if shelf.index is not None and shelf.index.version != state.version:
                removed = await unit.documents.list_removed(after_version=shelf.index.version)
        is_due = self._is_outdated(shelf, version=state.version, wanted=state.encoder)
        return (self._start(workspace_id, shelf) if is_due else None), removed, state.policy

    def _is_outdated(self, shelf: _Shelf, *, version: int, wanted: str | None) -> bool:
        if shelf.index is None:
            return True
        is_patient = self._clock.monotonic() - shelf.built_at <= _RETRY_S
        if shelf.job is not None and is_patient:
            return False
        if shelf.index.version != version or shelf.wanted != wanted:
            return True
        return (shelf.index.is_degraded or shelf.job is not None) and not is_patient

    def _start(self, workspace_id: str, shelf: _Shelf) -> asyncio.Task[KnowledgeIndex]:
        if shelf.building is None or shelf.building.done():
            shelf.building = asyncio.create_task(self._build(workspace_id, shelf), name=f"index:{workspace_id}")
        return shelf.building

    async def _build(self, workspace_id: str, shelf: _Shelf) -> KnowledgeIndex:
        try:
            async with shelf.lock, self._builds:
                index = await self._read_and_build(workspace_id, shelf)
        except UnavailableError as error:
            if shelf.index is None:
                raise
            # The older snapshot goes on answering; the next question starts another build.
            log.warning("index_not_rebuilt", workspace_id=workspace_id, code=error.code, detail=error.detail)
            return shelf.index
        await self._tell_built(workspace_id)
        return index

    async def _tell_built(self, workspace_id: str) -> None:
        """What follows from a new snapshot must not keep it from answering; the next one is told of again."""
        if self._on_built is None:
            return
        try:
            await self._on_built(workspace_id)
        except UnavailableError as error:
            log.warning("built_index_not_told", workspace_id=workspace_id, code=error.code, detail=error.detail)

    async def _read_and_build(self, workspace_id: str, shelf: _Shelf) -> KnowledgeIndex:
        knowledge, before = await self.indexing.read(workspace_id), shelf.index
        embedder = await asyncio.to_thread(self.indexing.encoders.find, knowledge.encoder)
        shelf.job = await self._find_job(workspace_id, shelf, knowledge, embedder=embedder)
        if shelf.job is not None:
            embedder = NullEmbedder()
        if shelf.job is not None and before is not None:
            index = before
        else:
            index = await self.indexing.build(workspace_id, knowledge, embedder=embedder, before=before)
            shelf.wanted = await self._adopt(workspace_id, knowledge, index)
        shelf.index, shelf.built_at = index, self._clock.monotonic()
        shelf.remark = await self._to_remark(workspace_id, shelf, index)
        return index

    async def _adopt(self, workspace_id: str, knowledge: Knowledge, index: KnowledgeIndex) -> str | None:
        """The first vectors of a workspace decide which encoder answers until a job changes it."""
        if knowledge.encoder is not None or not index.encoder:
            return knowledge.encoder
        async with self._database.write(workspace_id) as unit:
            return await unit.workspaces.adopt_encoder(index.encoder)

    async def _find_job(
        self, workspace_id: str, shelf: _Shelf, knowledge: Knowledge, *, embedder: Embedder
    ) -> str | None:
        """The job that makes what is missing, if that is much. One that was stopped, or failed, is not ordered again.

        One that is through may have filled another process's embedded store: then the build fills this one's.
        """
        if shelf.job is not None:
            async with self._database.read(workspace_id) as unit:
                job = await unit.jobs.get(shelf.job)
            return None if job.state is JobState.SUCCEEDED else job.id
        if not await self.indexing.is_too_much(workspace_id, knowledge, embedder=embedder, before=shelf.index):
            return None
        label = await asyncio.to_thread(to_label, embedder)
        async with self._database.write(workspace_id) as unit:
            job = await order_in(unit, to_draft(label))
        log.info("reindex_ordered", workspace_id=workspace_id, job=job.id, encoder=label)
        return job.id

    async def _to_remark(self, workspace_id: str, shelf: _Shelf, index: KnowledgeIndex) -> str | None:
        encoders = self.indexing.encoders
        if encoders.is_none or not index.size:
            return None
        if shelf.job is not None and index.encoder:
            return "older_version"
        remark = None if index.encoder else "words_only"
        if index.encoder and not await asyncio.to_thread(encoders.is_configured, index.encoder):
            remark = "older_encoder"
        if remark is not None:
            log.warning(
                "knowledge_not_by_configured_encoder", workspace_id=workspace_id, answers=remark, was=shelf.wanted
            )
        return remark
