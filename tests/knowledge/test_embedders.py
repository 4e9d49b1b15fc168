"""What every encoder owes the index, whichever it is, and what a change of encoder does to stored vectors."""

import os
import re
from asyncio import gather, to_thread
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from kefu.config import Settings
from kefu.domain.errors import ConfigurationError
from kefu.factory import Factory
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import Embedder, EmbedderSettings, NullEmbedder, create_embedder
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.models.fakes import FakeUpstream
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.storage.database import Database
from kefu.storage.vectors import create_vectors
from tests.knowledge.hub_folders import make_folder

KINDS = ("none", "builtin", "openai", "huggingface")
TEXTS = ["refund size", "", "size", "refund size"]


def settings_for(kind: str, *, upstream: FakeUpstream, folder: Path, **changes: object) -> EmbedderSettings:
    own: dict[str, dict[str, object]] = {
        "openai": {"base_url": upstream.base_url, "model": "tiny/Model-1"},
        "huggingface": {"folder": str(folder)},
    }
    return EmbedderSettings.model_validate({"kind": kind} | own.get(kind, {}) | changes)


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as fake:
        yield fake


@pytest.fixture(params=KINDS)
async def embedder(request: pytest.FixtureRequest, upstream: FakeUpstream, tmp_path: Path) -> AsyncIterator[Embedder]:
    folder = make_folder(tmp_path / "m")
    embedder = create_embedder(settings_for(request.param, upstream=upstream, folder=folder))
    yield embedder
    embedder.close()


async def test_vectors_have_the_length_1_and_the_order_of_the_texts(embedder: Embedder) -> None:
    found = await to_thread(embedder.embed, TEXTS)
    alone = await gather(*[to_thread(embedder.embed_now, text, side="passage") for text in TEXTS])

    assert found.shape == (4, embedder.dimension)
    assert found.dtype == np.float32
    assert np.allclose(found, np.stack(alone), atol=1e-5)
    assert np.array_equal(found[0], found[3])
    if not isinstance(embedder, NullEmbedder):
        assert np.linalg.norm(found[[0, 2, 3]], axis=1) == pytest.approx(1, abs=1e-5)
        assert float(found[0] @ found[2]) < 0.999
        assert embedder.languages == frozenset({"zh", "en"})


async def test_many_texts_keep_their_order_and_the_caller_its_priority(embedder: Embedder) -> None:
    texts = [f"refund number {number}" for number in range(75)]
    before = os.getpriority(os.PRIO_PROCESS, 0)
    found = await to_thread(embedder.embed, texts)
    alone = await to_thread(lambda: [embedder.embed_now(text, side="passage") for text in texts])

    assert np.allclose(found, np.stack(alone), atol=1e-5)
    assert await to_thread(os.getpriority, os.PRIO_PROCESS, 0) == before


async def test_no_texts_have_no_vectors(embedder: Embedder) -> None:
    assert (await to_thread(embedder.embed, [])).shape[0] == 0


async def test_name_and_version_can_name_a_collection(embedder: Embedder) -> None:
    assert re.fullmatch(r"[a-z0-9-]{1,100}", f"{embedder.name}-{await to_thread(lambda: embedder.version)}")


async def test_languages_are_those_that_are_named(upstream: FakeUpstream, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m")
    for kind in ("openai", "huggingface"):
        embedder = create_embedder(settings_for(kind, upstream=upstream, folder=folder, languages=" zh "))
        assert embedder.languages == frozenset({"zh"})
        embedder.close()


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"kind": "openai"}, "KEFU_EMBEDDER_BASE_URL must be a full address"),
        ({"kind": "openai", "base_url": "http://e.example/v1"}, "Set KEFU_EMBEDDER_MODEL"),
        ({"kind": "openai", "base_url": "http://e.example/v1/embeddings", "model": "m"}, "Cut /embeddings off"),
        (
            {"kind": "openai", "base_url": "http://k:v@e.example/v1", "model": "m"},
            "a key goes to KEFU_EMBEDDER_API_KEY",
        ),
        ({"base_url": "http://e.example/v1"}, "Set KEFU_EMBEDDER_KIND=openai as well"),
        ({"api_key": "sk-secret"}, "Set KEFU_EMBEDDER_KIND=openai as well"),
        ({"kind": "huggingface"}, "Set KEFU_EMBEDDER_FOLDER"),
        ({"folder": "models/m"}, "Set KEFU_EMBEDDER_KIND=huggingface as well"),
        ({"languages": "zh,fr"}, "Set KEFU_EMBEDDER_LANGUAGES"),
        ({"languages": ""}, "Set KEFU_EMBEDDER_LANGUAGES"),
    ],
)
def test_a_bad_combination_says_what_to_change(values: dict[str, object], advice: str) -> None:
    with pytest.raises(ConfigurationError, match=advice) as caught:
        EmbedderSettings.model_validate(values)

    assert "sk-secret" not in caught.value.detail


async def test_the_environment_chooses_the_encoder_of_the_search(
    upstream: FakeUpstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"KIND": "openai", "BASE_URL": upstream.base_url, "MODEL": "m", "API_KEY": "sk-secret", "DIMENSIONS": "5"}
    for name, value in values.items():
        monkeypatch.setenv(f"KEFU_EMBEDDER_{name}", value)
    monkeypatch.setenv("KEFU_DATA_DIR", str(tmp_path))
    settings = Settings.load()

    factory = Factory(settings)
    assert (factory.embedder.name, factory.embedder.dimension) == ("openai-m", 5)
    assert "sk-secret" not in repr(settings)
    await factory.aclose()
    monkeypatch.setenv("KEFU_EMBEDDER_KIND", "wrong")
    with pytest.raises(ConfigurationError, match="KEFU_EMBEDDER_KIND: Input should be"):
        Settings.load()


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url, clock=Clock())
    yield database
    await database.aclose()


async def test_a_change_of_encoder_embeds_anew_and_the_way_back_does_not(
    database: Database, upstream: FakeUpstream, tmp_path: Path
) -> None:
    """One Chroma folder, three encoders in turn: 256 numbers a vector, then 3, then 3 of another kind."""
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb/a.md").write_text("The refund depends on the size.")
    async with database.platform() as platform:
        workspace = (await platform.create_workspace(slug="shop", name="Shop")).id
    folder = make_folder(tmp_path / "m")

    async def ids_with(kind: str, **changes: object) -> frozenset[str]:
        embedder = create_embedder(settings_for(kind, upstream=upstream, folder=folder, **changes))
        vectors = create_vectors(data_dir=tmp_path, url=None)
        service = KnowledgeBaseService(
            database, embedder=embedder, vectors=vectors, clock=Clock(), parser=ParserProcess()
        )
        await service.add_paths(workspace, [tmp_path / "kb"])
        index = await service.switch(workspace)
        assert (index.size, index.is_degraded) == (1, False)
        (found,) = await to_thread(index.search, "refund size", language="en")
        assert found.semantic > 0
        await service.aclose()
        embedder.close()
        return index.vector_ids

    def texts_sent() -> int:
        sent = [request.json["input"] for request in upstream.requests]
        return sum(len(texts) for texts in sent if isinstance(texts, list))

    first = await ids_with("openai")
    second = await ids_with("huggingface")
    third = await ids_with("huggingface", query_prompt="query: ")
    assert len(first | second | third) == 3 * 2, "the page with its title, and what may be quoted of it"
    before = texts_sent()
    assert await ids_with("openai") == first
    assert texts_sent() == before + 2, "the question and the question for the dimension, no passage"
