"""What a unit of work needs of a connection, whichever database it leads to."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import orjson
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import CursorResult, Executable

Result = TypeVar("Result")
Values = Mapping[str, object]


class Connection(Protocol):
    """One open transaction: SQLAlchemy's own on PostgreSQL, ours on SQLite."""

    async def execute(
        self, statement: Executable, parameters: Values | Sequence[Values] | None = None
    ) -> CursorResult[Any]:
        """Run a short statement; on SQLite the event loop waits for it."""
        ...

    async def run_sync(self, fn: Callable[[SyncConnection], Result]) -> Result:
        """Run what may take long (many rows, a migration); on SQLite in a thread."""
        ...

    def begin_nested(self) -> AbstractAsyncContextManager[object]:
        """A part that an error undoes by itself, so that the transaction can go on."""
        ...


class Transactions(Protocol):
    """Opens transactions on one database."""

    def write(self) -> AbstractAsyncContextManager[Connection]:
        """Commits at the exit of the context, rolls back on any error."""
        ...

    def read(self) -> AbstractAsyncContextManager[Connection]:
        """A snapshot; nothing that is written through it stays."""
        ...

    async def check(self) -> None:
        """Raise ConfigurationError unless a commit here survives a power cut."""
        ...

    async def aclose(self) -> None: ...


def to_json(value: object) -> str:
    return orjson.dumps(value).decode()
