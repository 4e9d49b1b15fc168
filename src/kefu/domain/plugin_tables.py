"""Tables that a plugin owns: how they came to be, step by step, and what is done with their rows."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

ColumnType = Literal["text", "integer", "decimal", "boolean", "time", "json"]
Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "in", "starts"]
Row = Mapping[str, object]
MOST_ROWS = 1_000
"""Rows of one change, and of one list."""
MOST_NAME = 55
"""Characters of a table's whole name: PostgreSQL has 63, and names of indexes are longer."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_RESERVED = frozenset({"workspace_id"})


@dataclass(frozen=True, slots=True)
class Column:
    """``decimal`` is exact, with at most six digits after the point; ``time`` is aware. Columns of the key are required."""

    name: str
    type: ColumnType = "text"
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A table; ``key`` names a row within its workspace, which every table is bound to without saying so."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddColumn:
    table: str
    column: Column


@dataclass(frozen=True, slots=True)
class AddIndex:
    """For ``list`` and ``count`` by these columns, within a workspace."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DropTable:
    name: str


TableStep = CreateTable | AddColumn | AddIndex | DropTable
"""Steps are only ever added at the end: those that were carried out are remembered."""


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A table as all steps have left it."""

    plugin: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def full_name(self) -> str:
        return f"p_{self.plugin.replace('-', '_')}_{self.name}"

    def find_column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)


class StepsInvalidError(ValueError):
    """Steps that do not fit together, in one sentence for their author."""


def to_tables(plugin: str, steps: Sequence[TableStep]) -> dict[str, OwnTable]:
    """The tables that the steps lead to. Raises StepsInvalidError."""
    tables: dict[str, OwnTable] = {}
    for number, step in enumerate(steps, start=1):
        try:
            _take(tables, plugin, step)
        except StepsInvalidError as error:
            raise StepsInvalidError(f"Step {number} of its tables: {error}") from error
    return tables


def digest_of(step: TableStep) -> str:
    """What names a step for good."""
    return hashlib.sha256(repr(step).encode()).hexdigest()[:16]


def _take(tables: dict[str, OwnTable], plugin: str, step: TableStep) -> None:
    match step:
        case CreateTable(name, columns, key):
            _require(name not in tables, f"there is a table {name} already.")
            table = OwnTable(plugin, name, columns, key)
            _require_whole(table)
            tables[name] = table
        case AddColumn(name, column):
            table = _known(tables, name)
            _require(not column.is_required, f"rows that are there have no {column.name}: it cannot be required.")
            _require(table.find_column(column.name) is None, f"{name} has a column {column.name} already.")
            _require_column(column)
            tables[name] = replace(table, columns=(*table.columns, column))
        case AddIndex(name, columns):
            table = _known(tables, name)
            _require(bool(columns), f"an index of {name} has no column.")
            missing = [one for one in columns if table.find_column(one) is None]
            _require(not missing, f"{name} has no column {', '.join(missing)}.")
            tables[name] = replace(table, indexes=(*table.indexes, columns))
        case DropTable(name):
            _known(tables, name)
            del tables[name]


def _known(tables: Mapping[str, OwnTable], name: str) -> OwnTable:
    _require(name in tables, f"there is no table {name}.")
    return tables[name]


def _require_whole(table: OwnTable) -> None:
    _require(_NAME.fullmatch(table.name) is not None, f"{table.name!r} is not lower-case letters, digits and _.")
    _require(len(table.full_name) <= MOST_NAME, f"{table.full_name} has more than {MOST_NAME} characters.")
    names = [column.name for column in table.columns]
    _require(len(names) == len(set(names)), f"{table.name} has a column twice.")
    _require(bool(table.key) and set(table.key) <= set(names), f"the key of {table.name} names its columns.")
    for column in table.columns:
        _require_column(column)


def _require_column(column: Column) -> None:
    _require(_NAME.fullmatch(column.name) is not None, f"{column.name!r} is not lower-case letters, digits and _.")
    _require(column.name not in _RESERVED, f"{column.name} is there in every table.")
    _require(column.type in get_args(ColumnType), f"{column.name} has the unknown type {column.type!r}.")


def _require(is_right: bool, sentence: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not is_right:
        raise StepsInvalidError(sentence)


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Where:
    """A condition: ``Where("price", "<=", Decimal(100))``. ``= None`` is «empty»; ``starts`` is for text."""

    column: str
    comparison: Comparison
    value: object


@dataclass(frozen=True, slots=True)
class Put:
    """Store rows in the place of those with the same key, whole: a column that is not given is empty.

    ``keeps_existing``: rows whose key is there already stay as they are.
    """

    table: str
    rows: Sequence[Row]
    keeps_existing: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Change columns of the rows that fit; ``add`` adds to numbers."""

    table: str
    where: Sequence[Where]
    values: Row = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the rows that fit; without a condition, all of the workspace."""

    table: str
    where: Sequence[Where] = ()


RowChange = Put | Change | Remove
