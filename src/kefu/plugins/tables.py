"""A plugin's own tables in kefu's database, bound to the workspace that it works for."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kefu.domain.plugin_tables import Row, RowChange, Where
from kefu.plugins.errors import PluginError

TableOrder = Sequence[str]
"""Columns to sort by; ``-price`` is downwards."""


class OwnTables(Protocol):
    """Rows of one workspace. No transaction is open while a plugin's code runs: what must hold together is one ``apply``.

    All raise PluginError when a table, a column or a value is not what the plugin has declared, and
    kefu.domain.errors.UnavailableError while the database is away.
    """

    async def find(self, table: str, key: Mapping[str, object]) -> Row | None:
        """The row with this key."""
        ...

    async def rows(
        self, table: str, where: Sequence[Where] = (), *, order_by: TableOrder = (), limit: int = 100
    ) -> list[Row]:
        """At most ``limit`` (1000) rows that fit all conditions; without an order, by the key."""
        ...

    async def count(self, table: str, where: Sequence[Where] = ()) -> int:
        """How many rows fit."""
        ...

    async def apply(self, *changes: RowChange) -> tuple[int, ...]:
        """Make all changes or none; how many rows each has stored, changed or removed."""
        ...


class NoTables:
    """What a plugin without tables is given: every use is its author's mistake."""

    async def find(self, table: str, key: Mapping[str, object]) -> Row | None:
        del key
        raise _none(table)

    async def rows(
        self, table: str, where: Sequence[Where] = (), *, order_by: TableOrder = (), limit: int = 100
    ) -> list[Row]:
        del where, order_by, limit
        raise _none(table)

    async def count(self, table: str, where: Sequence[Where] = ()) -> int:
        del where
        raise _none(table)

    async def apply(self, *changes: RowChange) -> tuple[int, ...]:
        raise _none(", ".join(sorted({change.table for change in changes})))


def _none(table: str) -> PluginError:
    return PluginError(f"The plugin has declared no table {table}.")


NO_TABLES: OwnTables = NoTables()
