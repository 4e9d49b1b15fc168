"""Whether what a plugin asks of its tables fits what it has declared; the same sentences in tests and in production."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

import orjson

from kefu.domain.plugin_tables import MOST_ROWS, Change, Column, OwnTable, Put, Remove, Row, RowChange, Where
from kefu.plugins.errors import PluginError

MOST_BYTES = 65_536
"""Of one text or JSON value."""
_PLACES = 6
_MOST_DECIMAL = Decimal(10**12)
_ORDERED = frozenset({"<", "<=", ">", ">="})
_COMPARISONS = frozenset({"=", "!=", "in", "starts", *_ORDERED})


def require_table(tables: Mapping[str, OwnTable], name: str) -> OwnTable:
    """Raises PluginError."""
    if name not in tables:
        raise PluginError(f"The plugin has declared no table {name}.")
    return tables[name]


def checked_changes(tables: Mapping[str, OwnTable], changes: Sequence[RowChange]) -> list[tuple[OwnTable, RowChange]]:
    """Each change with its table. Raises PluginError."""
    return [(table, _checked(table, change)) for change in changes for table in (require_table(tables, change.table),)]


def checked_where(table: OwnTable, where: Sequence[Where]) -> tuple[Where, ...]:
    """Raises PluginError."""
    for one in where:
        column = _column(table, one.column)
        if one.comparison not in _COMPARISONS:
            raise PluginError(f"{one.comparison!r} is no comparison.")
        if one.comparison == "starts" and column.type != "text":
            raise PluginError(f"{one.column} is no text: nothing starts it.")
        if one.comparison in _ORDERED and (one.value is None or column.type in {"json", "boolean"}):
            raise PluginError(f"{one.column} has no order for {one.comparison}.")
        values = one.value if one.comparison == "in" else (one.value,)
        if not isinstance(values, list | tuple | set | frozenset) or len(values) > MOST_ROWS:
            raise PluginError(f"`in` takes at most {MOST_ROWS} values.")
        for value in values:
            _check_value(table, column, value)
    return tuple(where)


def checked_key(table: OwnTable, key: Mapping[str, object]) -> tuple[Where, ...]:
    """Raises PluginError."""
    if set(key) != set(table.key):
        raise PluginError(f"A row of {table.name} is named by {', '.join(table.key)}.")
    return checked_where(table, [Where(name, "=", value) for name, value in key.items()])


def checked_order(table: OwnTable, order_by: Sequence[str]) -> tuple[str, ...]:
    """The columns to sort by, ending with the key, so that the order is always the same. Raises PluginError."""
    for name in order_by:
        _column(table, name.removeprefix("-"))
    named = {name.removeprefix("-") for name in order_by}
    return (*order_by, *(name for name in table.key if name not in named))


def _checked(table: OwnTable, change: RowChange) -> RowChange:
    match change:
        case Put(rows=rows):
            if len(rows) > MOST_ROWS:
                raise PluginError(f"At most {MOST_ROWS} rows are stored at once.")
            for row in rows:
                _check_row(table, row)
            keys = {tuple(row[name] for name in table.key) for row in rows}
            if len(keys) != len(rows):
                raise PluginError(f"Two of the rows for {table.name} have the same key.")
        case Change(where=where, values=values, add=add):
            checked_where(table, where)
            if not values and not add:
                raise PluginError(f"A change of {table.name} changes nothing.")
            if set(table.key) & {*values, *add}:
                raise PluginError(f"The key of a row of {table.name} is not changed.")
            _check_values(table, values)
            if any(_column(table, name).type not in {"integer", "decimal"} for name in add):
                raise PluginError("Only numbers are added to.")
        case Remove(where=where):
            checked_where(table, where)
    return change


def _check_row(table: OwnTable, row: Row) -> None:
    _check_values(table, row)
    for column in table.columns:
        if (column.is_required or column.name in table.key) and row.get(column.name) is None:
            raise PluginError(f"A row of {table.name} needs {column.name}.")


def _check_values(table: OwnTable, values: Row) -> None:
    for name, value in values.items():
        _check_value(table, _column(table, name), value)


def _check_value(table: OwnTable, column: Column, value: object) -> None:
    if value is None or _is_fit(column, value):
        return
    raise PluginError(f"{table.name}.{column.name} is {column.type}: {type(value).__name__} does not fit.")


def _is_fit(column: Column, value: object) -> bool:
    match column.type:
        case "text":
            return isinstance(value, str) and len(value.encode()) <= MOST_BYTES
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        case "decimal":
            return _is_decimal(value)
        case "boolean":
            return isinstance(value, bool)
        case "time":
            return isinstance(value, datetime) and value.tzinfo is not None
        case "json":
            return _is_json(value)


def _is_decimal(value: object) -> bool:
    """Exact with six digits after the point: a float is not."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    try:
        number = Decimal(value)
        return number.is_finite() and abs(number) < _MOST_DECIMAL and number == round(number, _PLACES)
    except InvalidOperation:
        return False


def _is_json(value: object) -> bool:
    try:
        return len(orjson.dumps(value)) <= MOST_BYTES
    except orjson.JSONEncodeError:
        return False


def _column(table: OwnTable, name: str) -> Column:
    found = table.find_column(name)
    if found is None:
        raise PluginError(f"{table.name} has no column {name}.")
    return found
