"""Two companies with nearly the same documents: neither ever sees a piece of the other's."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import orjson
import pytest

from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.domain.conversation import Language
from kefu.domain.errors import NotFoundError
from kefu.domain.knowledge import Chunk
from kefu.kit.clock import Clock
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.reader import NullReader
from kefu.services.documents import DocumentService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database
from kefu.storage.vectors import create_vectors
from tests.knowledge.chunks import TopicEmbedder
from tests.support.shared import shared_parser

QUERIES = 1_000
ENTRIES = 120
SHOPS = ("north", "south")
LANGUAGES: tuple[Language, Language] = ("zh", "en")
ASKED = (
    "订单 {n} 的退款要几天到账",
    "how long does the refund of order {n} take",
    "运费 {n}",
    "ship parcel {n}",
    "size {n}",
)


def write(folder: Path, shop: str) -> Path:
    """The same in both shops but for one word."""
    path = folder / shop / "faq.jsonl"
    path.parent.mkdir()
    entries = [
        {
            "id": f"zh{n}",
            "question": f"订单 {n} 的退款多久到账？",
            "answer": f"订单 {n} 的退款 {n} 天到账。{shop} 负责运费。",
        }
        for n in range(ENTRIES)
    ] + [
        {
            "id": f"en{n}",
            "question": f"How long does the refund of order {n} take?",
            "answer": f"It takes {n} days. Ask {shop}.",
        }
        for n in range(ENTRIES)
    ]
    path.write_bytes(b"\n".join(map(orjson.dumps, entries)))
    return path.parent


@pytest.fixture
async def base(database: Database, tmp_path: Path) -> AsyncIterator[KnowledgeBaseService]:
    """On embedded Chroma, with an encoder for which both shops' texts mean the same."""
    service = KnowledgeBaseService(
        database,
        embedder=TopicEmbedder(languages=frozenset(LANGUAGES)),
        vectors=create_vectors(data_dir=tmp_path, url=None),
        clock=Clock(),
        parser=shared_parser(),
    )
    yield service
    await service.aclose()


async def test_a_thousand_questions_meet_no_chunk_of_the_neighbour(
    database: Database, base: KnowledgeBaseService, tmp_path: Path
) -> None:
    indexes: dict[str, KnowledgeIndex] = {}
    for shop in SHOPS:
        async with database.platform() as platform:
            workspace_id = (await platform.create_workspace(slug=shop, name=shop)).id
        await base.add_paths(workspace_id, [write(tmp_path, shop)])
        indexes[shop] = await base.refresh(workspace_id)
    finder = Finder(Calibrator.load(), NullReader())
    own = {shop: {chunk.id for chunk in await chunks_of(database, index)} for shop, index in indexes.items()}
    assert all(len(ids) == 2 * ENTRIES for ids in own.values())
    draw, foreign, met = np.random.default_rng(5), 0, 0
    for number in range(QUERIES):
        shop, language = SHOPS[number % 2], LANGUAGES[number // 2 % 2]
        question = ASKED[number % len(ASKED)].format(n=draw.integers(ENTRIES))
        found = finder.find_now(question, language=language, index=indexes[shop])
        others = indexes[shop].search_others(question, language=language)
        chunks = [passage.chunk for passage in (*found.passages, *(quote.passage for quote in found.quotes), *others)]
        met += len(chunks)
        foreign += sum(
            chunk.id not in own[shop] or chunk.workspace_id != indexes[shop].workspace_id for chunk in chunks
        )
    assert (foreign, met > QUERIES) == (0, True)


async def test_an_id_of_the_neighbour_s_names_nothing(
    database: Database, base: KnowledgeBaseService, tmp_path: Path
) -> None:
    """A citation names a document version and a place in it; its neighbours are the chunks of that version."""
    documents, found = DocumentService(database, clock=Clock()), {}
    for shop in SHOPS:
        async with database.platform() as platform:
            workspace_id = (await platform.create_workspace(slug=shop, name=shop)).id
        await base.add_paths(workspace_id, [write(tmp_path, shop)])
        found[workspace_id] = (await documents.list_current(workspace_id))[0]
    (north, northern), (south, southern) = found.items()
    for asker, document in ((north, southern), (south, northern)):
        async with database.read(asker) as unit:
            with pytest.raises(NotFoundError):
                await unit.documents.get(document.id)
            assert document.id not in {chunk.document_id for chunk in await unit.document_lists.list_chunks()}
            assert not await unit.documents.list_removed(after_version=0)
    assert (northern.key, northern.id != southern.id) == (southern.key, True)


async def chunks_of(database: Database, index: KnowledgeIndex) -> list[Chunk]:
    async with database.read(index.workspace_id) as unit:
        return await unit.document_lists.list_chunks()
