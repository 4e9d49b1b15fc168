"""The knowledge is loaded once, while the server is alive already; what keeps it from being loaded ends the start."""

import fcntl
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from kefu.app import create_app
from kefu.config import Settings
from kefu.domain.errors import ConfigurationError
from kefu.factory import Factory
from kefu.server.serving import DrainingServer
from kefu.storage import schema
from tests.knowledge.chunks import TopicEmbedder
from tests.support.knowledge import write_knowledge
from tests.support.live import SECRET, live_server

SLOTS = 16


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", secret_key=SecretStr(SECRET), port=0)


@pytest.fixture
def no_free_slot(settings: Settings) -> Iterator[None]:
    folder = settings.data_dir / "vectors"
    folder.mkdir(parents=True)
    locks = [os.open(folder / f"slot-{number}.lock", os.O_RDWR | os.O_CREAT) for number in range(SLOTS)]
    for lock in locks:
        fcntl.flock(lock, fcntl.LOCK_EX)
    yield
    for lock in locks:
        os.close(lock)


@pytest.mark.usefixtures("no_free_slot")
async def test_a_server_that_cannot_load_its_knowledge_ends_and_says_why(settings: Settings, tmp_path: Path) -> None:
    factory = Factory(settings, embedder=TopicEmbedder(languages=frozenset({"zh", "en"})))
    await schema.upgrade(factory.database)
    workspace = await factory.setup.ensure_workspace("shop")
    await factory.knowledge.add_paths(workspace.id, [write_knowledge(tmp_path / "knowledge")])
    server = DrainingServer(create_app(factory), log_level="error")

    with pytest.raises(ConfigurationError, match="All 16 slots"):
        await server.serve()


async def test_a_full_collection_looks_at_nothing_that_was_loaded(sqlite_url: str, tmp_path: Path) -> None:
    async with live_server(sqlite_url, tmp_path):
        loaded = gc.get_freeze_count()
        assert len(gc.get_objects()) < loaded / 4

    assert gc.get_freeze_count() == 0
