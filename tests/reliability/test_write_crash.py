"""kill -9 at each boundary of a write: the other system does it at most once, and nobody is told a wrong end."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kefu.dialogue.tools.gate import Gate
from kefu.dialogue.tools.results import Pending, ToolResult
from kefu.dialogue.tools.turn import GateTurn
from kefu.kit.clock import Clock
from kefu.plugins.host import PluginHost
from kefu.services.delivery import DeliveryService
from kefu.services.tool_ledger import StoredLedger
from kefu.storage.bus import MemoryBus
from kefu.storage.database import Database
from tests.support.deeds import MOMENTS, Deeds, write_and_die
from tests.support.process import FORKS
from tests.support.writes import Books, stored_books

pytestmark = pytest.mark.crash


class LateClock(Clock):
    """The system's time, so much later."""

    later = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.later


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[PluginHost]:
    host = PluginHost([Deeds(tmp_path / "deeds").plugin()])
    yield host
    await host.aclose()


async def _turn_that_says_yes(books: Books, host: PluginHost) -> GateTurn:
    pending = await books.tools(host).write("send_parcel", {"order_id": "o1"}, key="k")
    assert isinstance(pending, Pending)
    return books.turn(pending=pending, confirmed_hash=pending.arguments_hash)


async def _kill(database: Database, file: Path, moment: str, turn: GateTurn) -> None:
    worker = FORKS.Process(target=write_and_die, args=(database.url, str(file), moment, turn), daemon=True)
    await asyncio.to_thread(worker.start)
    await asyncio.to_thread(worker.join, 40)
    assert worker.exitcode == -signal.SIGKILL


async def _again(books: Books, host: PluginHost, turn: GateTurn, clock: Clock) -> ToolResult:
    """What another worker is told that finds the same yes."""
    database: Database = books.ledger._database  # type: ignore[attr-defined]
    ledger = StoredLedger(database, DeliveryService(database, MemoryBus()))
    tools = Gate(host, ledger, clock=clock).for_turn(turn)
    result = await tools.write("send_parcel", {"order_id": "o1"}, key="k")
    assert isinstance(result, ToolResult)
    return result


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_write_survives_kill_9(database: Database, host: PluginHost, tmp_path: Path, moment: str) -> None:
    deeds, clock = Deeds(tmp_path / "deeds"), LateClock()
    books = await stored_books(database)
    turn = await _turn_that_says_yes(books, host)
    await _kill(database, deeds.file, moment, turn)
    was_done = len(deeds.done())
    at_once = await _again(books, host, turn, clock)
    clock.later = timedelta(minutes=6)
    in_the_end = await _again(books, host, turn, clock)
    if moment == "before_the_row":  # nothing had begun: the other worker does it
        assert (was_done, at_once.status, in_the_end.status) == (0, "succeeded", "succeeded")
    elif moment == "after_the_end":
        assert (was_done, at_once.status, in_the_end.status) == (1, "succeeded", "succeeded")
    else:  # nobody knows, until the other system is asked
        assert (at_once.status, at_once.code) == ("unknown", "in_progress")
        assert in_the_end.status == ("succeeded" if was_done else "failed")
    assert len(deeds.done()) == (1 if in_the_end.status == "succeeded" else 0)


async def test_two_workers_with_one_yes_do_it_once(database: Database, host: PluginHost, tmp_path: Path) -> None:
    deeds = Deeds(tmp_path / "deeds")
    books = await stored_books(database)
    turn = await _turn_that_says_yes(books, host)
    results = await asyncio.gather(*(_again(books, host, turn, Clock()) for _ in range(6)))
    assert len(deeds.done()) == 1
    assert {result.status for result in results} <= {"succeeded", "unknown"}
    assert "succeeded" in {result.status for result in results}
