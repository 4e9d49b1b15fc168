"""Tables that plugins own, as SQLAlchemy knows them: beside ours, on both databases.

They have a metadata of their own, so that our migrations know nothing of them; their names begin with ``p_``.
"""

from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Dialect, MetaData, String, Table, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from kefu.domain.plugin_tables import Column as OwnColumn
from kefu.domain.plugin_tables import ColumnType, OwnTable
from kefu.storage.tables import UtcDateTime

PREFIX = "p_"
_MILLIONTHS = 10**6


class ExactDecimal(TypeDecorator[Decimal]):
    """Six digits after the point, kept as an integer of millionths: exact and in order on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        return None if value is None else int(Decimal(value) * _MILLIONTHS)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / _MILLIONTHS


@cache
def to_table(own: OwnTable) -> Table:
    """The table as it is now, for statements."""
    return make_table(own)


def make_table(own: OwnTable) -> Table:
    """A new one, that an index may be attached to."""
    columns = [to_column(column, is_key=column.name in own.key) for column in own.columns]
    return Table(own.full_name, MetaData(), Column("workspace_id", String(40), primary_key=True), *columns)


def to_column(column: OwnColumn, *, is_key: bool) -> Column[Any]:
    is_nullable = not (is_key or column.is_required)
    kind = _to_type(column.type)
    return Column(column.name, kind, primary_key=is_key, nullable=is_nullable, autoincrement=False)


def is_ours(name: str | None) -> bool:
    """Whether a table of the database belongs to kefu itself."""
    return name is None or not name.startswith(PREFIX)


def _to_type(kind: ColumnType) -> TypeEngine[Any]:
    types: dict[ColumnType, TypeEngine[Any]] = {
        "text": Text().with_variant(Text(collation="C"), "postgresql"),
        "integer": BigInteger(),
        "decimal": ExactDecimal(),
        "boolean": Boolean(),
        "time": UtcDateTime(),
        "json": JSON(none_as_null=True),
    }
    return types[kind]
