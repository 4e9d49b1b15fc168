"""Who sees a document, and when: drafts, dates, segments, removal before the next index is there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kefu.domain.knowledge import Viewer
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import NullEmbedder
from kefu.services.documents import DocumentService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database
from kefu.storage.vector_port import MemoryVectorStore
from tests.storage.seeds import seed
from tests.support.shared import shared_parser

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
QUESTION = "黑猫礼盒多少钱"
PAGE = "# 黑猫礼盒\n\n黑猫礼盒售价 99 元。\n"


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> AsyncIterator["Shop"]:
    found = await seed(database)
    base = KnowledgeBaseService(
        database, embedder=NullEmbedder(), vectors=MemoryVectorStore(), clock=Clock(), parser=shared_parser()
    )
    documents = DocumentService(database, clock=Clock())
    yield Shop(base, documents, workspace_id=found.workspace.id, folder=tmp_path)
    await base.aclose()


class Shop:
    def __init__(
        self, base: KnowledgeBaseService, documents: DocumentService, *, workspace_id: str, folder: Path
    ) -> None:
        self.base, self.workspace_id, self.folder = base, workspace_id, folder
        self.documents = documents

    async def add(self, *front: str, text: str = PAGE) -> int:
        head = "\n".join(("---", "key: gift", "lang: zh", *front, "---", ""))
        path = self.folder / "gift.md"
        path.write_text(head + text, encoding="utf-8")
        return (await self.base.add_paths(self.workspace_id, [path])).added

    async def finds(self, *segments: str, at: datetime = NOW) -> list[str]:
        index = await self.base.index_for(self.workspace_id, viewer=Viewer(at, frozenset(segments)))
        return [passage.chunk.text for passage in index.search(QUESTION, language="zh")]


async def test_a_document_is_shown_within_its_dates_only(shop: Shop) -> None:
    await shop.add("valid_from: 2026-05-01", "valid_until: 2026-06-10")
    assert await shop.finds()
    assert not await shop.finds(at=datetime(2026, 4, 30, tzinfo=UTC))
    assert not await shop.finds(at=datetime(2026, 6, 11, tzinfo=UTC))


async def test_a_document_is_shown_to_its_segments_only(shop: Shop) -> None:
    await shop.add("segments: [vip, staff]")
    assert not await shop.finds()
    assert not await shop.finds("guest")
    assert await shop.finds("guest", "vip")


async def test_what_a_viewer_may_not_see_takes_no_place_in_the_results(shop: Shop) -> None:
    await shop.add("segments: [vip]")
    (shop.folder / "open.md").write_text(
        "---\nlang: zh\n---\n# 黑猫礼盒\n\n黑猫礼盒多少钱要问白猫。\n", encoding="utf-8"
    )
    await shop.base.add_paths(shop.workspace_id, [shop.folder / "open.md"])
    index = await shop.base.index_for(shop.workspace_id, viewer=Viewer(NOW))
    (only,) = index.search(QUESTION, language="zh", limit=1)
    assert "白猫" in only.chunk.text


async def test_a_draft_is_not_answered_from_until_it_is_published(shop: Shop, database: Database) -> None:
    await shop.add()
    await shop.add("status: draft", text=PAGE.replace("99", "88"))
    assert "99" in (await shop.finds())[0]
    (draft,) = await shop.documents.list_drafts(shop.workspace_id)
    await shop.documents.publish(shop.workspace_id, key=draft.key, language="zh")
    await shop.base.refresh(shop.workspace_id)
    assert "88" in (await shop.finds())[0]
    assert await shop.documents.list_drafts(shop.workspace_id) == []


async def test_other_dates_for_the_same_text_make_no_version(shop: Shop) -> None:
    assert await shop.add() == 1
    assert await shop.add() == 0
    assert await shop.add("valid_until: 2026-05-30") == 1
    (document,) = await shop.documents.list_current(shop.workspace_id)
    assert document.version == 1
    await shop.base.refresh(shop.workspace_id)
    assert not await shop.finds()


async def test_a_removed_document_is_gone_before_the_next_index_is_built(shop: Shop, database: Database) -> None:
    await shop.add()
    before = await shop.base.refresh(shop.workspace_id)
    await shop.documents.remove(shop.workspace_id, key="gift", language="zh")
    async with database.read(shop.workspace_id) as unit:
        removed = await unit.documents.list_removed(after_version=before.version)
    assert before.search(QUESTION, language="zh")
    assert before.seen_by(Viewer(NOW), without=removed).search(QUESTION, language="zh") == []
    assert await shop.finds() == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("valid_from: soon", "valid_from"),
        ("segments: 7", "segments"),
        ("status: hidden", "status"),
        ("valid_until: 2020-01-01\nvalid_from: 2021-01-01", "valid_until"),
    ],
)
async def test_a_wrong_field_is_told(shop: Shop, line: str, reason: str) -> None:
    assert await shop.add(*line.splitlines()) == 0
    report = await shop.base.add_paths(shop.workspace_id, [shop.folder / "gift.md"])
    (error,) = report.errors
    assert (error.code, reason in error.detail) == ("document_invalid", True)
