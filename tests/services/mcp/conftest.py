"""The order system over HTTP, started once for a module."""

from collections.abc import AsyncIterator, Iterator

import pytest

from kefu.kit.clock import Clock
from kefu.storage.database import Database
from tests.support.mcp_stage import HttpPeer, Stage, http_peer, stage


@pytest.fixture(scope="module")
def running_peer(mcp_sdk: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpPeer]:
    with http_peer(tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@pytest.fixture
def peer(running_peer: HttpPeer) -> HttpPeer:
    """It behaves well, and has done nothing yet."""
    running_peer.reset()
    return running_peer


@pytest.fixture
async def embedded(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url, clock=Clock())
    yield database
    await database.aclose()


@pytest.fixture
async def shop(embedded: Database, peer: HttpPeer) -> AsyncIterator[Stage]:
    """A workspace that has the order system as ``erp``, with nothing accepted."""
    async with stage(embedded, peer=peer) as found:
        await found.add(peer)
        yield found


@pytest.fixture
async def stored_shop(database: Database, peer: HttpPeer) -> AsyncIterator[Stage]:
    """The same on each database."""
    async with stage(database, peer=peer) as found:
        await found.add(peer)
        yield found
