"""Another encoder: the older one answers until the new vectors are there, then every process switches, and nothing mixes."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kefu.domain.conversation import Language
from kefu.domain.job import Job, JobState
from kefu.kit.clock import Clock
from kefu.knowledge import semantic
from kefu.knowledge.embedding import Embedder, EmbedderError, NullEmbedder, Vectors
from kefu.knowledge.index import KnowledgeIndex
from kefu.services import indexing, knowledge_base
from kefu.services.indexing import REINDEX
from kefu.services.job_runner import JobRunner
from kefu.services.jobs import JobService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.services.reindexing import ReindexService
from kefu.storage.database import Database
from kefu.storage.vector_port import MemoryVectorStore
from tests.knowledge.chunks import TopicEmbedder
from tests.storage.seeds import seed
from tests.support.shared import shared_parser

PAGES = 12


@dataclass
class Wide(TopicEmbedder):
    """Vectors of another length: comparing them with the other encoder's is an error in numpy. Waits at its gate."""

    dimension: int = 7
    name: str = "wide"
    gate: threading.Event = field(default_factory=threading.Event)

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.gate.wait(20)
        return super().embed(texts)

    def embed_now(self, text: str, *, side: object) -> Vectors:
        vector: Vectors = super().embed([text])[0]
        return vector


class Kept(MemoryVectorStore):
    """Outlives the processes that use it."""

    def close(self) -> None:
        return


@dataclass
class Process:
    """What one process has: a service, its jobs, and the encoder that its settings name."""

    base: KnowledgeBaseService
    jobs: JobService
    reindexing: ReindexService
    runner: JobRunner

    async def close(self) -> None:
        await self.runner.aclose()
        await self.base.aclose()


def start(
    database: Database,
    embedder: Embedder,
    *,
    vectors: Kept,
    open_builtin: Callable[[], Embedder] = NullEmbedder,
) -> Process:
    base = KnowledgeBaseService(
        database,
        embedder=embedder,
        vectors=vectors,
        clock=Clock(),
        parser=shared_parser(),
        open_builtin=open_builtin,
    )
    jobs = JobService(database)
    reindexing = ReindexService(base, jobs=jobs)
    return Process(base, jobs, reindexing, JobRunner(database, {REINDEX: reindexing.run}, clock=Clock()))


@pytest.fixture
async def workspace(database: Database, tmp_path: Path, vectors: Kept) -> str:
    """Indexed by the encoder ``topics-1``."""
    workspace_id = (await seed(database)).workspace.id
    process = start(database, TopicEmbedder(), vectors=vectors)
    for number in range(PAGES):
        (tmp_path / f"p{number}.md").write_text(f"A refund of order {number} takes five days.")
    await process.base.add_paths(workspace_id, [tmp_path])
    assert (await process.base.refresh(workspace_id)).encoder == "topics-1"
    await process.close()
    return workspace_id


@pytest.fixture
def vectors() -> Kept:
    return Kept()


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic, "EMBED_BATCH", 4)


def search(index: KnowledgeIndex) -> float:
    """How near in meaning the best passage is; by words alone 0."""
    return index.search("refund of my order", language="en")[0].semantic


async def finished(process: Process, job: Job, state: JobState = JobState.SUCCEEDED) -> Job:
    async with asyncio.timeout(30):
        while True:
            found = await process.jobs.get(job.workspace_id, job.id)
            if found.state.is_over:
                assert found.state is state, found
                return found
            await asyncio.sleep(0.01)


async def test_searches_go_on_and_never_mix_while_the_encoder_changes(
    database: Database, workspace: str, vectors: Kept
) -> None:
    wide = Wide()
    process = start(database, wide, vectors=vectors, open_builtin=TopicEmbedder)
    beside = start(database, wide, vectors=vectors, open_builtin=TopicEmbedder)
    job = await process.reindexing.order_if_changed(workspace)
    assert job is not None
    process.runner.start()
    seen: dict[str, list[str]] = {"here": [], "beside": []}
    async with asyncio.timeout(30):
        while not all(found[-1:] == ["wide-1"] for found in seen.values()):
            for name, one in (("here", process), ("beside", beside)):
                index = await one.base.index_for(workspace)
                assert search(index) > 0.9
                seen[name].append(index.encoder)
            await asyncio.sleep(0.001)
            if len(seen["here"]) == 20:
                assert set(seen["here"] + seen["beside"]) == {"topics-1"}
                assert process.base.list_remarks() == {workspace: "older_encoder"}
                wide.gate.set()
    for found in seen.values():
        assert found == sorted(found), "once switched, nobody goes back"
    done = await finished(process, job)
    assert (done.done, done.total, done.result["encoder"]) == (PAGES * 2, PAGES * 2, "wide-1")
    assert process.base.list_remarks() == beside.base.list_remarks() == {}
    assert await process.reindexing.order_if_changed(workspace) is None
    await process.close()
    await beside.close()


async def test_without_the_older_encoder_words_answer_until_it_is_through(
    database: Database, workspace: str, vectors: Kept
) -> None:
    wide = Wide()
    wide.gate.set()
    process = start(database, wide, vectors=vectors)
    assert search(await process.base.index_for(workspace)) == 0.0
    assert process.base.list_remarks() == {workspace: "words_only"}
    await process.reindexing.order_if_changed(workspace)
    assert await process.runner.run_due() == 1
    assert search(await process.base.index_for(workspace)) > 0.9
    assert process.base.list_remarks() == {}
    await process.close()


async def test_a_stopped_job_keeps_its_vectors_and_the_next_goes_on(
    database: Database, workspace: str, vectors: Kept
) -> None:
    @dataclass
    class Counting(Wide):
        batches: int = 0
        job: Job | None = None

        def embed(self, texts: Sequence[str]) -> Vectors:
            self.batches += 1
            if self.batches == 2 and self.job is not None:
                asyncio.run_coroutine_threadsafe(process.jobs.cancel(workspace, self.job.id), loop).result(10)
                threading.Event().wait(0.6)  # a report is written at most twice a second
            return super().embed(texts)

    loop, counting = asyncio.get_running_loop(), Counting()
    counting.gate.set()
    process = start(database, counting, vectors=vectors)
    counting.job = await process.reindexing.order(workspace)
    await process.runner.run_due()
    stopped = await finished(process, counting.job, JobState.CANCELLED)
    assert (await process.base.index_for(workspace)).encoder == ""
    counting.asked.clear()
    job = await process.reindexing.order(workspace)
    await process.runner.run_due()
    done = await finished(process, job)
    assert stopped.done == 8
    assert done.result["embedded"] == len(set(counting.asked)) == PAGES * 2 - 8
    await process.close()


async def test_a_worker_with_other_settings_leaves_the_job_alone(
    database: Database, workspace: str, vectors: Kept
) -> None:
    process, other = start(database, Wide(), vectors=vectors), start(database, TopicEmbedder(), vectors=vectors)
    job = await process.reindexing.order(workspace)
    await other.runner.run_due()
    left = await other.jobs.get(workspace, job.id)
    assert (left.state, left.error_code) == (JobState.QUEUED, "unavailable")
    assert (await other.base.index_for(workspace)).encoder == "topics-1"
    await process.close()
    await other.close()


async def test_a_large_import_is_embedded_by_a_job_while_words_answer(
    database: Database, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "AT_ONCE", 10)
    monkeypatch.setattr(indexing, "_MANY", 5)
    process = start(database, TopicEmbedder(), vectors=Kept())
    assert search(await process.base.index_for(workspace)) == 0.0
    (job,) = await process.jobs.list_newest(workspace, kind=REINDEX)
    assert process.base.list_remarks() == {workspace: "words_only"}
    await process.runner.run_due()
    assert (await process.jobs.get(workspace, job.id)).total == PAGES * 2
    assert search(await process.base.index_for(workspace)) > 0.9
    await process.close()


async def test_a_process_with_its_own_vectors_fills_them_once_another_s_job_is_through(
    database: Database, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "AT_ONCE", 10)
    monkeypatch.setattr(indexing, "_MANY", 5)
    monkeypatch.setattr(knowledge_base, "_RETRY_S", 0.0)
    here, beside = (start(database, TopicEmbedder(), vectors=Kept()) for _ in range(2))
    assert search(await beside.base.index_for(workspace)) == 0.0
    assert search(await beside.base.refresh(workspace)) == 0.0
    (job,) = await here.jobs.list_newest(workspace, kind=REINDEX)
    await here.runner.run_due()
    await finished(here, job)
    assert search(await beside.base.refresh(workspace)) > 0.9
    assert len(await here.jobs.list_newest(workspace, kind=REINDEX)) == 1
    await here.close()
    await beside.close()


async def test_an_encoder_that_is_away_keeps_no_server_from_starting(database: Database, workspace: str) -> None:
    class Away(NullEmbedder):
        languages: frozenset[Language] = frozenset({"en"})
        name = "other"

        def __getattribute__(self, wanted: str) -> object:
            if wanted == "version":
                raise EmbedderError("away")
            return super().__getattribute__(wanted)

    process = start(database, Away(), vectors=Kept())
    assert await process.reindexing.order_if_changed(workspace) is None
    assert search(await process.base.refresh(workspace)) == 0.0
    await process.close()
