"""SQLite on the event loop's own thread.

A statement on pages in memory takes microseconds, a thread's hop there and back ten times as long; so statements run
where they are called. What waits for the disk or takes long leaves the event loop: a commit (WAL with
synchronous=FULL, because NORMAL may lose the last commits at a power cut: sqlite.org/pragma.html#pragma_synchronous),
``run_sync``, opening and closing. For a writer in another process we wait between tries, not inside one.

Units of work that wait in line while another one writes share its commit, because a commit is mostly the disk's time:
each has a savepoint, none is told of success before the commit that holds it, and if that fails, all of them fail.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    Executable,
    NullPool,
    RootTransaction,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from kefu.domain.errors import ConfigurationError
from kefu.storage.connection import to_json

_READERS = 4
_SAVEPOINT, _NESTED = "unit", "nested"
_MOST_UNITS = 16
"""Units of work in one commit: the first of them waits for the last."""
_PATIENCE_S = 30
"""How long a unit of work waits for a connection."""
_READER_BUSY_MS = 5_000
"""Readers wait for nobody in WAL, except while another process recovers or removes the log."""
_BUSY_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, *(0.05,) * 100)
"""Seconds between tries while another process writes: five in all."""

Result = TypeVar("Result")


class SqliteTransactions:
    """One writer, as SQLite has one in any case: in our line they wait in order. Readers have connections of their own."""

    def __init__(self, url: str) -> None:
        path = make_url(url).database
        if not path or path == ":memory:":
            raise ConfigurationError("SQLite needs a file: set KEFU_DATABASE_URL to sqlite:///path/to/kefu.sqlite3.")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._writer = _Writer(_Line(_engine(path, busy_ms=0, is_reader=False), size=1))
        self._readers = _Line(_engine(path, busy_ms=_READER_BUSY_MS, is_reader=True), size=_READERS)

    @asynccontextmanager
    async def write(self) -> AsyncIterator["SqliteConnection"]:
        async with self._writer.unit() as connection:
            yield SqliteConnection(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator["SqliteConnection"]:
        async with self._readers.take() as connection:
            transaction = connection.begin()
            try:
                connection.exec_driver_sql("BEGIN")
                yield SqliteConnection(connection)
            finally:
                transaction.rollback()

    async def check(self) -> None:
        """Nothing to ask: each connection is opened with the durability that we need."""

    async def aclose(self) -> None:
        await self._writer.aclose()
        await self._readers.aclose()


class SqliteConnection:
    """One open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(
        self, statement: Executable, parameters: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[Any]:
        return self._connection.execute(statement, parameters)

    async def run_sync(self, fn: Callable[[Connection], Result]) -> Result:
        return await _aside(partial(fn, self._connection))

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        self._connection.exec_driver_sql(f"SAVEPOINT {_NESTED}")
        try:
            yield
        except BaseException:
            self._connection.exec_driver_sql(f"ROLLBACK TO {_NESTED}")
            raise
        finally:
            self._connection.exec_driver_sql(f"RELEASE {_NESTED}")


class _Line:
    """A few connections that are opened once; who finds none free waits in line."""

    def __init__(self, engine: Engine, *, size: int) -> None:
        self._engine = engine
        self._free = asyncio.Semaphore(size)
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Connection]:
        async with asyncio.timeout(_PATIENCE_S):
            await self._free.acquire()
        try:
            connection = self._idle.pop() if self._idle else await _aside(self._engine.connect)
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._free.release()

    async def aclose(self) -> None:
        while self._idle:
            await _aside(self._idle.pop().close)

    def _give_back(self, connection: Connection) -> None:
        """One whose commit or rollback has failed is closed, which undoes what it left open."""
        driver = connection.connection.driver_connection
        if connection.get_transaction() is None and driver is not None and not driver.in_transaction:
            self._idle.append(connection)
        else:
            connection.close()


@dataclass
class _Shared:
    """A transaction of one unit of work, or of several after each other."""

    connection: Connection
    transaction: RootTransaction
    opened: AsyncExitStack
    is_over: bool = False
    error: BaseException | None = None
    units: int = 0


class _Writer:
    """One unit of work at a time, in order. After its work a unit goes to the end of the line once more, to commit: whoever
    has stood before it by then has written into the same transaction.
    """

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._turn = asyncio.Lock()
        self._shared: _Shared | None = None
        self._committer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-commit")

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Connection]:
        async with asyncio.timeout(_PATIENCE_S):
            await self._turn.acquire()
        try:
            if self._shared is not None and self._shared.units == _MOST_UNITS:
                await self._commit_in_turn(self._shared)
            shared = self._shared or await self._open()
            async with self._savepoint(shared):
                yield shared.connection
        finally:
            self._turn.release()
        await _to_its_end(asyncio.ensure_future(self._commit(shared)))

    async def aclose(self) -> None:
        await self._line.aclose()
        self._committer.shutdown(wait=False)

    async def _open(self) -> _Shared:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._line.take())
            transaction = connection.begin()
            stack.callback(_undo, transaction)
            await _begin_writing(connection)
            self._shared = _Shared(connection, transaction, stack.pop_all())
        return self._shared

    @asynccontextmanager
    async def _savepoint(self, shared: _Shared) -> AsyncIterator[None]:
        """What a unit that fails has written is undone; the first one's transaction with it."""
        is_first, shared.units = not shared.units, shared.units + 1
        if not is_first:
            shared.connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")
        try:
            yield
        except BaseException:
            if is_first:
                await self._end(shared)
            elif _is_open(shared.connection):
                shared.connection.exec_driver_sql(f"ROLLBACK TO {_SAVEPOINT}")
            raise

    async def _commit(self, shared: _Shared) -> None:
        async with self._turn:
            await self._commit_in_turn(shared)
        if shared.error is not None:
            raise shared.error

    async def _commit_in_turn(self, shared: _Shared) -> None:
        if shared.is_over:
            return
        try:
            await _aside(lambda: _commit_now(shared), executor=self._committer)
        except BaseException as error:  # noqa: BLE001 - each unit of work that shares the commit raises it
            shared.error = error
        await self._end(shared)

    async def _end(self, shared: _Shared) -> None:
        self._shared, shared.is_over = None, True
        await shared.opened.aclose()


def _undo(transaction: RootTransaction) -> None:
    if transaction.is_active:
        transaction.rollback()


def _commit_now(shared: _Shared) -> None:
    if not _is_open(shared.connection):
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("SQLite has rolled the transaction back"))
    shared.transaction.commit()


def _is_open(connection: Connection) -> bool:
    """SQLite ends a transaction by itself when the disk is full or fails (sqlite.org/lang_transaction.html)."""
    driver = connection.connection.driver_connection
    return driver is not None and bool(driver.in_transaction)


def _engine(path: str, *, busy_ms: int, is_reader: bool) -> Engine:
    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_READER_BUSY_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        if is_reader:
            cursor.execute("PRAGMA query_only=ON")
        cursor.execute(f"PRAGMA busy_timeout={busy_ms}")
        cursor.close()

    engine = create_engine(
        URL.create("sqlite", database=path),
        poolclass=NullPool,
        connect_args={"check_same_thread": False},  # a commit runs in another thread, and nothing beside it
        json_serializer=to_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "connect", on_connect)
    return engine


async def _begin_writing(connection: Connection) -> None:
    """Take the file's write lock now, so that no statement has to wait for it."""
    for pause in _BUSY_PAUSES:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if not _is_busy(error):
                raise
        else:
            return
        await asyncio.sleep(pause)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_busy(error: OperationalError) -> bool:
    cause = error.orig
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


async def _aside(function: Callable[[], Result], *, executor: Executor | None = None) -> Result:
    """Run in a thread and wait for its end even when cancelled: until then the connection is in use."""
    return await _to_its_end(asyncio.get_running_loop().run_in_executor(executor, function))


async def _to_its_end(work: asyncio.Future[Result]) -> Result:
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        work.exception()  # seen, so that nothing warns of it: the caller is cancelled in any case
        raise cancelled
    return work.result()
