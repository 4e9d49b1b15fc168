"""Own tables in memory, for the tests of a plugin: they do what the database's do."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cmp_to_key

from kefu.domain.plugin_tables import (
    MOST_ROWS,
    Change,
    OwnTable,
    Put,
    Remove,
    Row,
    RowChange,
    TableStep,
    Where,
    to_tables,
)
from kefu.plugins.table_checks import checked_changes, checked_key, checked_order, checked_where, require_table
from kefu.plugins.tables import TableOrder

_Stored = dict[str, object]


@dataclass
class MemoryTables:
    """The tables of one plugin in one workspace."""

    tables: Mapping[str, OwnTable]
    _rows: dict[str, list[_Stored]] = field(default_factory=dict)

    @classmethod
    def of(cls, plugin: str, steps: Sequence[TableStep]) -> "MemoryTables":
        """Empty ones. Raises StepsInvalidError."""
        return cls(to_tables(plugin, steps))

    async def find(self, table: str, key: Mapping[str, object]) -> Row | None:
        known = require_table(self.tables, table)
        return next(iter(self._fitting(known, checked_key(known, key))), None)

    async def rows(
        self, table: str, where: Sequence[Where] = (), *, order_by: TableOrder = (), limit: int = 100
    ) -> list[Row]:
        known = require_table(self.tables, table)
        order = checked_order(known, order_by)
        rows = self._fitting(known, checked_where(known, where))
        for name in reversed(order):
            column = name.removeprefix("-")
            rows = _sorted(rows, column, is_downwards=name.startswith("-"))
        return [deepcopy(row) for row in rows[: min(limit, MOST_ROWS)]]

    async def count(self, table: str, where: Sequence[Where] = ()) -> int:
        known = require_table(self.tables, table)
        return len(self._fitting(known, checked_where(known, where)))

    async def apply(self, *changes: RowChange) -> tuple[int, ...]:
        checked = checked_changes(self.tables, changes)
        before = deepcopy(self._rows)
        try:
            return tuple(self._change(table, change) for table, change in checked)
        except BaseException:
            self._rows = before
            raise

    def _change(self, table: OwnTable, change: RowChange) -> int:
        match change:
            case Put():
                return self._put(table, change)
            case Change(where=where, values=values, add=add):
                found = self._fitting(table, where)
                for row in found:
                    row.update(deepcopy(dict(values)))
                    row.update({name: _sum(row[name], number) for name, number in add.items()})
                return len(found)
            case Remove(where=where):
                gone = self._fitting(table, where)
                self._rows[table.name] = [row for row in self._of(table) if all(row is not one for one in gone)]
                return len(gone)

    def _put(self, table: OwnTable, put: Put) -> int:
        rows = self._of(table)
        stored = 0
        for row in put.rows:
            known = next((one for one in rows if all(one[name] == row[name] for name in table.key)), None)
            if known is not None and put.keeps_existing:
                continue
            whole = {column.name: deepcopy(row.get(column.name)) for column in table.columns}
            if known is not None:
                rows.remove(known)
            rows.append(whole)
            stored += 1
        return stored

    def _of(self, table: OwnTable) -> list[_Stored]:
        return self._rows.setdefault(table.name, [])

    def _fitting(self, table: OwnTable, where: Sequence[Where]) -> list[_Stored]:
        return [row for row in self._of(table) if all(_fits(row[one.column], one) for one in where)]


def _fits(value: object, where: Where) -> bool:
    wanted = where.value
    match where.comparison:
        case "=":
            return value == wanted
        case "!=":
            return value is not None and value != wanted if wanted is not None else value is not None
        case "in":
            return value in wanted  # type: ignore[operator]
        case "starts":
            return isinstance(value, str) and value.startswith(str(wanted))
    if value is None:
        return False
    order = _compare(value, wanted)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[where.comparison]


def _compare(left: object, right: object) -> int:
    return int(left > right) - int(left < right)  # type: ignore[operator]


def _sorted(rows: list[_Stored], column: str, *, is_downwards: bool) -> list[_Stored]:
    """Rows whose column is empty come last, either way."""
    full = [row for row in rows if row[column] is not None]
    full.sort(key=lambda row: cmp_to_key(_compare)(row[column]), reverse=is_downwards)
    return [*full, *(row for row in rows if row[column] is None)]


def _sum(value: object, number: int) -> object:
    return (value if isinstance(value, int | Decimal) else 0) + number
