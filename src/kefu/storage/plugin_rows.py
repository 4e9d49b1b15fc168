"""Rows of the tables that plugins own, of one workspace."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, or_

from kefu.domain.plugin_tables import Change, OwnTable, Put, Remove, Row, RowChange, Where
from kefu.storage.plugin_tables import to_table
from kefu.storage.repository import Repository

_AT_ONCE = 200
"""Keys in one statement: SQLite has a limit of variables."""
Key = tuple[object, ...]


class PluginRowRepository(Repository):
    """What is asked has been checked against what the plugin has declared: names, types, numbers of rows."""

    async def find(self, own: OwnTable, where: Sequence[Where]) -> Row | None:
        rows = await self.list_rows(own, where, order_by=(), limit=1)
        return rows[0] if rows else None

    async def list_rows(
        self, own: OwnTable, where: Sequence[Where], *, order_by: Sequence[str], limit: int
    ) -> list[Row]:
        """Rows whose column is empty come last, either way."""
        table = to_table(own)
        order = [
            part
            for name in order_by
            for column in (table.c[name.removeprefix("-")],)
            for part in (column.is_(None), column.desc() if name.startswith("-") else column.asc())
        ]
        columns = [table.c[column.name] for column in own.columns]
        statement = Repository.select(table, *columns).where(*_conditions(table, where)).order_by(*order).limit(limit)
        return [dict(row) for row in (await self._execute(statement)).mappings()]

    async def count(self, own: OwnTable, where: Sequence[Where]) -> int:
        table = to_table(own)
        statement = Repository.select(table, func.count().label("number")).where(*_conditions(table, where))
        return int((await self._execute(statement)).scalar_one())

    async def apply(self, own: OwnTable, change: RowChange) -> int:
        """How many rows were stored, changed or removed."""
        table = to_table(own)
        match change:
            case Put():
                return await self._put(own, table, change)
            case Change(where=where, values=values, add=add):
                sums = {name: func.coalesce(table.c[name], 0) + _added(table, name, by) for name, by in add.items()}
                statement = Repository.update(table).where(*_conditions(table, where)).values(**values, **sums)
                return (await self._execute(statement)).rowcount
            case Remove(where=where):
                return (await self._execute(Repository.delete(table).where(*_conditions(table, where)))).rowcount

    async def _put(self, own: OwnTable, table: Table, put: Put) -> int:
        rows = {tuple(row[name] for name in own.key): row for row in put.rows}
        for keys in _in_parts(list(rows)):
            if put.keeps_existing:
                for known in await self._known(own, table, keys):
                    rows.pop(known, None)
            else:
                await self._execute(Repository.delete(table).where(_any_of(own, table, keys)))
        whole = [{column.name: row.get(column.name) for column in own.columns} for row in rows.values()]
        if whole:
            await self._add(Repository.insert(table), *whole)
        return len(whole)

    async def _known(self, own: OwnTable, table: Table, keys: Sequence[Key]) -> list[Key]:
        columns = [table.c[name] for name in own.key]
        statement = Repository.select(table, *columns).where(_any_of(own, table, keys))
        return [tuple(row) for row in await self._execute(statement)]


def _in_parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]


def _any_of(own: OwnTable, table: Table, keys: Sequence[Key]) -> ColumnElement[bool]:
    if len(own.key) == 1:
        return table.c[own.key[0]].in_([key[0] for key in keys])
    return or_(*(and_(*(table.c[name] == value for name, value in zip(own.key, key, strict=True))) for key in keys))


def _added(table: Table, name: str, number: int) -> ColumnElement[object]:
    """A number in the unit that the column keeps."""
    return bindparam(f"add_{name}", number, type_=table.c[name].type)


def _conditions(table: Table, where: Sequence[Where]) -> list[ColumnElement[bool]]:
    return [_condition(table, one) for one in where]


def _condition(table: Table, where: Where) -> ColumnElement[bool]:
    column, value = table.c[where.column], where.value
    match where.comparison:
        case "=":
            return column.is_(None) if value is None else column == value
        case "!=":
            return column.is_not(None) if value is None else column != value
        case "in":
            return column.in_(list(value))  # type: ignore[call-overload]
        case "starts":
            return column.startswith(str(value), autoescape=True)
    made: Mapping[str, ColumnElement[bool]]
    made = {"<": column < value, "<=": column <= value, ">": column > value, ">=": column >= value}
    return made[where.comparison]
