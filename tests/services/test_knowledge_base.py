"""Documents come in, versions are kept, and the newest snapshot answers without a gap."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from kefu.domain.errors import NotFoundError
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import Embedder, NullEmbedder, Vectors
from kefu.services import knowledge_base
from kefu.services.documents import DocumentService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database
from kefu.storage.vector_port import MemoryVectorStore, VectorCollection, VectorStoreError
from tests.knowledge.chunks import TopicEmbedder
from tests.support.shared import shared_parser


class Away(MemoryVectorStore):
    """A vector store that can be away."""

    is_away = True

    def collection(self, name: str, *, dimension: int) -> VectorCollection:
        if self.is_away:
            raise VectorStoreError("away")
        return super().collection(name, dimension=dimension)


class SlowEmbedder(TopicEmbedder):
    """Waits at the gate, so that a build takes as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        self.gate.wait(10)
        return super().embed(texts)


class Later(Clock):
    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
async def workspace(database: Database) -> str:
    async with database.platform() as platform:
        return (await platform.create_workspace(slug="shop", name="Shop")).id


@pytest.fixture
async def service(database: Database) -> AsyncIterator[KnowledgeBaseService]:
    service = make(database)
    yield service
    await service.aclose()


@pytest.fixture
def documents(database: Database) -> DocumentService:
    return DocumentService(database, clock=Clock())


def make(
    database: Database, *, embedder: Embedder | None = None, vectors: MemoryVectorStore | None = None
) -> KnowledgeBaseService:
    return KnowledgeBaseService(
        database,
        embedder=embedder or NullEmbedder(),
        vectors=vectors or MemoryVectorStore(),
        clock=Clock(),
        parser=shared_parser(),
    )


def page(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


async def test_import_reports_bad_files_and_goes_on(
    service: KnowledgeBaseService, documents: DocumentService, *, workspace: str, tmp_path: Path
) -> None:
    page(tmp_path / "kb", "a/fees.zh.md", "# 运费\n\n满 99 元包邮。")
    page(tmp_path / "kb", "faq.jsonl", '{"id":"1","question":"能退吗","answer":"能。"}\n{"id":"2"}')
    page(tmp_path / "kb", ".hidden.md", "no")
    (tmp_path / "kb/old.md").write_bytes("返品は七日以内に".encode("shift_jis"))
    seen: list[tuple[int, int]] = []
    report = await service.add_paths(
        workspace, [tmp_path / "kb", tmp_path / "gone.md"], progress=lambda done, total: seen.append((done, total))
    )
    assert (report.added, report.unchanged) == (1, 0)
    assert [(Path(error.path).name, error.code) for error in report.errors] == [
        ("faq.jsonl", "document_invalid"),
        ("old.md", "unknown_encoding"),
        ("gone.md", "unreadable"),
    ]
    assert seen[-1] == (4, 4)
    assert [document.key for document in await documents.list_current(workspace)] == ["a/fees"]


async def test_two_files_with_one_key_are_not_mixed(
    service: KnowledgeBaseService, workspace: str, tmp_path: Path
) -> None:
    page(tmp_path, "a.md", "---\nkey: k\n---\none two")
    page(tmp_path, "b.md", "---\nkey: k\n---\nthree four")
    report = await service.add_paths(workspace, [tmp_path])
    assert (report.added, len(report.errors)) == (1, 1)
    assert "already that of" in report.errors[0].detail


async def test_what_has_not_changed_makes_no_version(
    service: KnowledgeBaseService, documents: DocumentService, *, workspace: str, tmp_path: Path
) -> None:
    path = page(tmp_path, "fees.md", "Shipping costs 8 yuan.")
    await service.add_paths(workspace, [path])
    before = await service.index_for(workspace)
    assert (await service.add_paths(workspace, [path])).unchanged == 1
    assert await service.index_for(workspace) is before
    page(tmp_path, "fees.md", "Shipping costs 9 yuan.")
    assert (await service.add_paths(workspace, [path])).added == 1
    (document,) = await documents.list_current(workspace)
    assert (document.version, document.text) == (2, "Shipping costs 9 yuan.")


async def test_new_knowledge_answers_and_removed_knowledge_is_silent(
    service: KnowledgeBaseService, documents: DocumentService, *, workspace: str, tmp_path: Path
) -> None:
    assert (await service.index_for(workspace)).search("shipping", language="en") == []
    await service.add_paths(workspace, [page(tmp_path, "fees.md", "Shipping costs 8 yuan.")])
    (found,) = (await service.index_for(workspace)).search("shipping", language="en")
    assert found.chunk.document_key == "fees"
    await documents.remove(workspace, key="fees", language="en")
    with pytest.raises(NotFoundError):
        await documents.remove(workspace, key="fees", language="en")
    assert (await service.refresh(workspace)).search("shipping", language="en") == []


async def test_the_old_snapshot_serves_while_one_build_makes_the_new(
    database: Database, workspace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge_base, "_PATIENCE_S", 0.01)
    embedder = SlowEmbedder()
    service = make(database, embedder=embedder)
    await service.add_paths(workspace, [page(tmp_path, "a.md", "A refund takes five days.")])
    old = await service.index_for(workspace)
    embedder.gate.clear()
    await service.add_paths(workspace, [page(tmp_path, "b.md", "Parcels ship every day.")])
    calls = embedder.calls
    assert await asyncio.gather(*[service.index_for(workspace) for _ in range(5)]) == [old] * 5
    embedder.gate.set()
    new = await service.refresh(workspace)
    assert new.version > old.version
    assert embedder.calls == calls + 1
    await service.aclose()


async def test_first_questions_share_one_build(database: Database, workspace: str, tmp_path: Path) -> None:
    embedder = SlowEmbedder()
    service = make(database, embedder=embedder)
    await service.add_paths(workspace, [page(tmp_path, "a.md", "A refund takes five days.")])
    indexes = await asyncio.gather(*[service.index_for(workspace) for _ in range(5)])
    assert len({id(index) for index in indexes}) == embedder.calls == 1
    await service.aclose()


async def test_vectors_of_deleted_texts_are_forgotten(database: Database, workspace: str, tmp_path: Path) -> None:
    vectors = MemoryVectorStore()
    service = make(database, embedder=TopicEmbedder(), vectors=vectors)
    path = page(tmp_path, "a.md", "A refund takes five days.")
    await service.add_paths(workspace, [path, page(tmp_path, "b.md", "Parcels ship every day.")])
    await service.refresh(workspace)
    for text in ("A refund takes six days.", "A refund takes seven days."):
        path.write_text(text)
        await service.add_paths(workspace, [path])
        await service.refresh(workspace)
    index = await service.index_for(workspace)
    kept = vectors.collection(f"kb_{workspace}-topics-1", dimension=4).list_ids()
    assert index.vector_ids <= kept
    assert len(kept) == 3 * 2  # the two in use and the one of the snapshot before, each as page and as quote
    await service.aclose()


async def test_an_index_without_its_vector_store_is_built_again_later(
    database: Database, workspace: str, tmp_path: Path
) -> None:
    vectors, clock = Away(), Later()
    service = KnowledgeBaseService(
        database, embedder=TopicEmbedder(), vectors=vectors, clock=clock, parser=shared_parser()
    )
    await service.add_paths(workspace, [page(tmp_path, "a.md", "A refund takes five days.")])
    degraded = await service.index_for(workspace)
    assert degraded.is_degraded
    assert degraded.search("refund", language="en")
    vectors.is_away = False
    assert await service.index_for(workspace) is degraded
    clock.seconds = 31.0
    assert not (await service.index_for(workspace)).is_degraded
    await service.aclose()


async def test_workspaces_do_not_see_each_other(
    database: Database, service: KnowledgeBaseService, documents: DocumentService, *, workspace: str, tmp_path: Path
) -> None:
    async with database.platform() as platform:
        other = (await platform.create_workspace(slug="other", name="Other")).id
    await service.add_paths(workspace, [page(tmp_path, "a.md", "A refund takes five days.")])
    assert (await service.index_for(other)).size == 0
    assert await documents.list_current(other) == []
