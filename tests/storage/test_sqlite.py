"""SQLite on the event loop's own thread: what waits leaves the loop, and whatever ends a unit of work leaves its connection whole."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from kefu.domain.errors import UnavailableError
from kefu.kit.clock import Clock
from kefu.storage.database import Database
from tests.storage.seeds import seed


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url, clock=Clock())
    yield database
    await database.aclose()


async def add_workspace(database: Database, slug: str) -> None:
    async with database.platform() as platform:
        await platform.create_workspace(slug=slug, name=slug)


async def slugs(database: Database) -> list[str]:
    async with database.platform() as platform:
        return [workspace.slug for workspace in await platform.list_workspaces()]


@contextmanager
def another_writer(database: Database) -> Iterator[sqlite3.Connection]:
    """A second process's transaction that holds the file's write lock."""
    connection = sqlite3.connect(database.url.partition("///")[2], isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def slow_commits(seconds: float) -> Iterator[list[threading.Thread]]:
    """Each commit takes so long, and tells in which thread it ran."""
    threads: list[threading.Thread] = []

    def on_commit(_connection: object) -> None:
        threads.append(threading.current_thread())
        time.sleep(seconds)

    event.listen(Engine, "commit", on_commit)
    try:
        yield threads
    finally:
        event.remove(Engine, "commit", on_commit)


async def test_a_commit_does_not_hold_the_event_loop(sqlite: Database) -> None:
    await slugs(sqlite)
    ticks = 0
    with slow_commits(0.3) as threads:
        work = asyncio.ensure_future(add_workspace(sqlite, "shop"))
        while not work.done():
            await asyncio.sleep(0.01)
            ticks += 1
    assert ticks > 5
    assert threading.main_thread() not in threads


async def test_a_long_read_does_not_hold_the_event_loop(sqlite: Database) -> None:
    async with sqlite.connection() as connection:
        thread = await connection.run_sync(lambda _connection: threading.current_thread())
    assert thread is not threading.main_thread()


async def test_a_commit_under_way_is_waited_for_and_stays(sqlite: Database) -> None:
    with slow_commits(0.2):
        work = asyncio.ensure_future(add_workspace(sqlite, "shop"))
        await asyncio.sleep(0.1)
        work.cancel()
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert await slugs(sqlite) == ["shop"]


async def test_what_is_cancelled_before_its_commit_leaves_nothing(sqlite: Database) -> None:
    async def add_and_wait() -> None:
        async with sqlite.platform() as platform:
            await platform.create_workspace(slug="shop", name="Shop")
            await asyncio.sleep(10)

    work = asyncio.ensure_future(add_and_wait())
    await asyncio.sleep(0.05)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert await slugs(sqlite) == []


async def test_a_commit_that_fails_leaves_nothing_and_harms_nobody(sqlite: Database) -> None:
    with pytest.raises(IntegrityError):
        async with sqlite.connection() as connection:
            await connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            await connection.execute(
                text("INSERT INTO ratings VALUES ('conv_none', 'ws_none', 5, '', '2026-01-01 00:00:00')")
            )
    await add_workspace(sqlite, "shop")
    assert await slugs(sqlite) == ["shop"]


async def test_writers_wait_in_order(sqlite: Database) -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        async with sqlite.platform() as platform:
            order.append(number)
            await platform.create_workspace(slug=f"shop-{number}", name="Shop")

    await asyncio.gather(*map(write, range(20)))
    assert order == list(range(20))


async def test_another_process_s_writer_is_waited_for_beside_the_event_loop(sqlite: Database) -> None:
    ticks = 0
    with another_writer(sqlite) as other:
        work = asyncio.ensure_future(add_workspace(sqlite, "shop"))
        for _ in range(10):
            await asyncio.sleep(0.02)
            ticks += not work.done()
        other.execute("ROLLBACK")
        await work
    assert ticks == 10
    assert await slugs(sqlite) == ["shop"]


@pytest.mark.slow
async def test_another_process_s_writer_is_not_waited_for_without_end(sqlite: Database) -> None:
    with another_writer(sqlite), pytest.raises(UnavailableError):
        await add_workspace(sqlite, "shop")
    await add_workspace(sqlite, "shop")


async def test_readers_see_what_is_committed_while_another_process_writes(sqlite: Database) -> None:
    found = await seed(sqlite)
    with another_writer(sqlite):
        async with sqlite.read(found.workspace.id) as unit:
            assert await unit.conversations.get(found.conversation.id) == found.conversation


async def test_a_reader_cannot_write(sqlite: Database) -> None:
    found = await seed(sqlite)
    with pytest.raises((DBAPIError, UnavailableError)):
        async with sqlite.read(found.workspace.id) as unit:
            await unit.conversations.stop(found.conversation.id)
    async with sqlite.read(found.workspace.id) as unit:
        assert await unit.conversations.get(found.conversation.id) == found.conversation


def seen_by_others(database: Database) -> set[str]:
    """What is committed, as another process sees it."""
    connection = sqlite3.connect(database.url.partition("///")[2])
    try:
        return {str(slug) for (slug,) in connection.execute("SELECT slug FROM workspaces")}
    finally:
        connection.close()


async def test_who_waits_shares_a_commit_and_nobody_is_told_before_it(sqlite: Database) -> None:
    async def write(slug: str) -> bool:
        await add_workspace(sqlite, slug)
        return slug in seen_by_others(sqlite)

    with slow_commits(0.01) as commits:
        stored = await asyncio.gather(*[write(f"shop-{number}") for number in range(40)])
    assert all(stored)
    assert len(seen_by_others(sqlite)) == 40
    assert 3 <= len(commits) <= 6, "at most sixteen in one"


@pytest.mark.parametrize("bad", [0, 2, 4])
async def test_a_unit_that_fails_among_others_is_undone_alone(sqlite: Database, bad: int) -> None:
    async def write(number: int) -> None:
        async with sqlite.platform() as platform:
            await platform.create_workspace(slug=f"shop-{number}", name="Shop")
            if number == bad:
                raise RuntimeError("a bug")

    found = await asyncio.gather(*map(write, range(5)), return_exceptions=True)
    assert [number for number, error in enumerate(found) if error is not None] == [bad]
    assert seen_by_others(sqlite) == {f"shop-{number}" for number in range(5) if number != bad}


async def test_one_that_is_cancelled_in_line_or_at_work_costs_the_others_nothing(sqlite: Database) -> None:
    work = [asyncio.ensure_future(add_workspace(sqlite, f"shop-{number}")) for number in range(6)]
    await asyncio.sleep(0)
    work[2].cancel()
    await asyncio.sleep(0)
    work[4].cancel()
    found = await asyncio.gather(*work, return_exceptions=True)
    told = {f"shop-{number}" for number, result in enumerate(found) if result is None}
    assert told >= {"shop-0", "shop-1", "shop-3", "shop-5"}
    assert told <= seen_by_others(sqlite)
    await add_workspace(sqlite, "later")
    assert "later" in seen_by_others(sqlite)


async def test_when_a_shared_commit_fails_all_of_it_fails_and_the_next_succeeds(sqlite: Database) -> None:
    async def break_a_key() -> None:
        async with sqlite.connection() as connection:
            await connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            await connection.execute(
                text("INSERT INTO ratings VALUES ('conv_none', 'ws_none', 5, '', '2026-01-01 00:00:00')")
            )

    found = await asyncio.gather(
        add_workspace(sqlite, "before"), break_a_key(), add_workspace(sqlite, "after"), return_exceptions=True
    )
    assert [type(error) for error in found] == [IntegrityError] * 3
    assert seen_by_others(sqlite) == set()
    await add_workspace(sqlite, "shop")
    assert seen_by_others(sqlite) == {"shop"}
