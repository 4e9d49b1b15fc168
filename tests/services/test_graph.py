"""The graph of a snapshot: who may use an edge, what a list is answered with, what a removal takes away."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.domain.job import JobState
from kefu.domain.knowledge import Viewer
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import NullEmbedder
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.reader import NullReader
from kefu.services.documents import DocumentService
from kefu.services.graph import GraphService
from kefu.services.graph_build import GRAPH_JOB, GraphBuild
from kefu.services.job_runner import JobRunner
from kefu.services.jobs import JobService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database
from kefu.storage.vector_port import MemoryVectorStore
from tests.storage.seeds import seed
from tests.support.shared import shared_parser

pytest.importorskip("spacy")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
QUESTION = "哪些外套可以机洗？"
COATS = {"云峰": "可以", "松林": "不可以", "晨雾": "可以", "山岚": "可以"}


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> AsyncIterator["Shop"]:
    base = KnowledgeBaseService(
        database, embedder=NullEmbedder(), vectors=MemoryVectorStore(), clock=Clock(), parser=shared_parser()
    )
    yield Shop(database, base, workspace_id=(await seed(database)).workspace.id, folder=tmp_path)
    await base.aclose()


class Shop:
    """Coats that can be washed or not; one of them is shown to members only."""

    def __init__(self, database: Database, base: KnowledgeBaseService, *, workspace_id: str, folder: Path) -> None:
        self.database, self.base, self.workspace_id, self.folder = database, base, workspace_id, folder
        self.graph = GraphService(database, clock=Clock())

    async def read(self) -> None:
        for name, can in COATS.items():
            segments = "segments: [vip]\n" if name == "山岚" else ""
            head = f"---\nkey: {name}\nlang: zh\n{segments}---\n"
            (self.folder / f"{name}.md").write_text(f"{head}# {name}外套\n\n{name}外套{can}机洗。\n", encoding="utf-8")
        await self.base.add_paths(self.workspace_id, [self.folder])
        job = await self.graph.order_build(self.workspace_id)
        runner = JobRunner(self.database, {GRAPH_JOB: GraphBuild(self.database, clock=Clock()).execute}, clock=Clock())
        assert await runner.run_due() == 1
        done = await JobService(self.database).get(self.workspace_id, job.id)
        assert done.state is JobState.SUCCEEDED, done.error_detail

    async def index(self, *segments: str) -> KnowledgeIndex:
        return await self.base.index_for(self.workspace_id, viewer=Viewer(NOW, frozenset(segments)))

    async def listed(self, *segments: str) -> list[str]:
        index = await self.index(*segments)
        found = Finder(Calibrator.load(), NullReader()).find_now(QUESTION, language="zh", index=index)
        return sorted(quote.text for quote in found.quotes)


async def test_a_list_has_a_quote_for_each_member_that_its_viewer_may_see(shop: Shop) -> None:
    await shop.read()
    assert await shop.listed() == ["云峰外套可以机洗。", "晨雾外套可以机洗。"]
    assert await shop.listed("vip") == ["云峰外套可以机洗。", "山岚外套可以机洗。", "晨雾外套可以机洗。"]


async def test_a_removed_document_proves_nothing_at_once(shop: Shop) -> None:
    await shop.read()
    await shop.index()
    await DocumentService(shop.database, clock=Clock()).remove(shop.workspace_id, key="云峰", language="zh")
    assert "云峰外套可以机洗。" not in await shop.listed("vip")
    assert not [one for one in await shop.graph.list_live(shop.workspace_id) if one.subject.name == "云峰外套"]


async def test_what_is_read_is_not_read_again(shop: Shop) -> None:
    await shop.read()
    await shop.graph.order_if_due(shop.workspace_id)
    jobs = await JobService(shop.database).list_newest(shop.workspace_id, kind=GRAPH_JOB)
    assert [job.result["documents"] for job in jobs] == [len(COATS)]
