"""The job ``reindex``: fill the configured encoder's collection while the older one answers, then switch at once."""

import asyncio

import structlog

from kefu.domain.errors import UnavailableError
from kefu.domain.job import Job
from kefu.kit.jsonvalue import JsonObject
from kefu.knowledge.embedding import EmbedderError
from kefu.services.indexing import to_draft
from kefu.services.job_run import JobRun
from kefu.services.jobs import JobService
from kefu.services.knowledge_base import KnowledgeBaseService

log = structlog.get_logger(__name__)
_ROUNDS = 10
"""Knowledge may change while it is embedded; what is new then is embedded in the next round, the rest by the build."""


class ReindexService:
    """Vectors are kept as they are made, so a job that was stopped or whose worker died goes on where it was."""

    def __init__(self, knowledge: KnowledgeBaseService, *, jobs: JobService) -> None:
        self._knowledge = knowledge
        self._indexing = knowledge.indexing
        self._jobs = jobs

    async def order(self, workspace_id: str) -> Job:
        """Index a workspace by the configured encoder. Raises ConfigurationError without one, EmbedderError while it is away."""
        label = await asyncio.to_thread(self._indexing.encoders.get_label)
        return await self._jobs.order(workspace_id, to_draft(label))

    async def order_if_changed(self, workspace_id: str) -> Job | None:
        """Order it when another encoder than the configured one made the vectors. For the start of a server.

        An encoder that is away is no reason not to start: words answer, and a person can order it later.
        """
        encoders = self._indexing.encoders
        label = (await self._indexing.read_state(workspace_id)).encoder
        if label is None or encoders.is_none or await asyncio.to_thread(encoders.is_configured, label):
            return None
        try:
            return await self.order(workspace_id)
        except EmbedderError as error:
            log.warning("reindex_not_ordered", workspace_id=workspace_id, detail=error.detail)
            return None

    async def run(self, run: JobRun) -> JsonObject:
        """The handler. Progress counts texts that have their vector."""
        encoders, label = self._indexing.encoders, str(run.job.payload["encoder"])
        if encoders.is_none or not await asyncio.to_thread(encoders.is_configured, label):
            raise UnavailableError(f"This worker's encoder is not {label}: its KEFU_EMBEDDER_* settings differ.")
        embedded = 0
        for _ in range(_ROUNDS):
            new = await self._fill(run)
            embedded += new
            if not new:
                break
        index = await self._knowledge.switch(run.job.workspace_id)
        return {"encoder": label, "embedded": embedded, "chunks": index.size, "version": index.version}

    async def _fill(self, run: JobRun) -> int:
        """Embed what is missing now; returns how many texts that were."""
        workspace_id = run.job.workspace_id
        knowledge = await self._indexing.read(workspace_id)
        filling = await self._indexing.find_filling(
            workspace_id, knowledge, embedder=self._indexing.encoders.configured
        )
        done = filling.total - len(filling.missing)
        await run.report(done=done, total=filling.total)
        for batch in filling.batches:
            await asyncio.to_thread(filling.embed, batch)
            done += len(batch)
            await run.report(done=done, total=filling.total)
        return len(filling.missing)
