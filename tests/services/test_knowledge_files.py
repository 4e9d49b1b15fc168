"""A folder of awkward files: what can be read is stored, each of the others is told by its code, the server stays small."""

from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from kefu.kit.clock import Clock
from kefu.knowledge.embedding import NullEmbedder
from kefu.services.documents import DocumentService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database
from kefu.storage.vector_port import MemoryVectorStore
from tests.support.awkward import OK, write_folder
from tests.support.shared import shared_parser

MIB = 1024 * 1024


@pytest.fixture
async def workspace(sqlite_database: Database) -> str:
    async with sqlite_database.platform() as platform:
        return (await platform.create_workspace(slug="shop", name="Shop")).id


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url, clock=Clock())
    yield database
    await database.aclose()


def resident() -> int:
    return psutil.Process().memory_info().rss


@pytest.mark.slow
async def test_every_awkward_file_is_read_or_refused_by_its_code(
    sqlite_database: Database, workspace: str, tmp_path: Path
) -> None:
    expected = write_folder(tmp_path / "kb")
    service = KnowledgeBaseService(
        sqlite_database, embedder=NullEmbedder(), vectors=MemoryVectorStore(), clock=Clock(), parser=shared_parser()
    )
    grown: list[int] = []
    before = resident()
    report = await service.add_paths(
        workspace, [tmp_path / "kb"], progress=lambda _done, _total: grown.append(resident() - before)
    )
    outcomes = dict.fromkeys(expected, OK) | {
        Path(error.path).relative_to(tmp_path / "kb").as_posix(): error.code for error in report.errors
    }
    assert outcomes == expected
    print(f"{len(expected)} files, {report.added} documents, grew by {max(grown) / MIB:.0f} MiB")
    assert max(grown) < 200 * MIB
    documents = await DocumentService(sqlite_database, clock=Clock()).list_current(workspace)
    assert not [document.key for document in documents if "evil" in document.text or "hidden" in document.text]
    await service.aclose()
