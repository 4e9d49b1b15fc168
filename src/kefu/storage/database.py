"""Transactions on SQLite and PostgreSQL.

A read and a write are different things: ``read()`` gives a snapshot, ``write()`` one transaction that commits at its
exit or leaves nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kefu.domain.errors import UnavailableError
from kefu.kit.clock import Clock
from kefu.storage.connection import Connection, Transactions
from kefu.storage.platform import Platform
from kefu.storage.postgres import PostgresTransactions
from kefu.storage.sqlite import SqliteTransactions
from kefu.storage.unit import Unit


class Database:
    """Opens connections; hands out units of work that are bound to one workspace."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self.url = url
        self._clock = clock
        self.is_sqlite = url.startswith("sqlite")
        self._transactions: Transactions = SqliteTransactions(url) if self.is_sqlite else PostgresTransactions(url)

    @asynccontextmanager
    async def write(self, workspace_id: str) -> AsyncIterator[Unit]:
        """One transaction; commits at exit, rolls back on any error."""
        async with self.connection() as connection:
            yield Unit(connection, workspace_id=workspace_id, clock=self._clock)

    @asynccontextmanager
    async def read(self, workspace_id: str) -> AsyncIterator[Unit]:
        """A consistent view; writing through it is an error on SQLite and is rolled back on PostgreSQL."""
        with _translated_errors():
            async with self._transactions.read() as connection:
                yield Unit(connection, workspace_id=workspace_id, clock=self._clock)

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Platform]:
        """One transaction over all workspaces: set-up, sweeping, the outbox. Never for a customer's request."""
        async with self.connection() as connection:
            yield Platform(connection, clock=self._clock)

    @asynccontextmanager
    async def platform_view(self) -> AsyncIterator[Platform]:
        """As ``platform``, for reading only: finding a workspace or a key by its name."""
        with _translated_errors():
            async with self._transactions.read() as connection:
                yield Platform(connection, clock=self._clock)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A raw write transaction, for migrations and backups."""
        with _translated_errors():
            async with self._transactions.write() as connection:
                yield connection

    async def check(self) -> None:
        """Raise UnavailableError unless the database answers, ConfigurationError unless it is durable."""
        with _translated_errors():
            async with self._transactions.read() as connection:
                await connection.execute(text("SELECT 1"))
            await self._transactions.check()

    async def aclose(self) -> None:
        await self._transactions.aclose()


class _translated_errors:  # noqa: N801 - reads as a verb at its two call sites
    """A database that is away is a typed, retryable error; anything else is a bug and passes."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OperationalError | PoolTimeoutError | ConnectionError | TimeoutError):
            raise UnavailableError("The database does not answer.", retry_after=2.0) from error
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise UnavailableError("The database connection was lost.", retry_after=2.0) from error
