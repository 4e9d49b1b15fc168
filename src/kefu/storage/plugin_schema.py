"""Carries out the steps of plugins' own tables, on both databases."""

from collections.abc import Mapping, Sequence
from functools import partial

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Index

from kefu.domain.errors import ConflictError
from kefu.domain.plugin_tables import (
    AddColumn,
    AddIndex,
    CreateTable,
    DropTable,
    OwnTable,
    TableStep,
    digest_of,
    to_tables,
)
from kefu.kit.clock import Clock
from kefu.storage.database import Database
from kefu.storage.platform import Platform
from kefu.storage.plugin_tables import make_table, to_column


async def bring_up(database: Database, plugin: str, steps: Sequence[TableStep], *, clock: Clock) -> int:
    """Carry out the steps that were not yet, all or none; how many those were.

    A database that knows more steps than this process, from a newer version of the plugin, is left as it is. Raises
    ConflictError when a step was changed after it had been carried out, StepsInvalidError when they do not fit together.
    """
    to_tables(plugin, steps)
    wanted = [digest_of(step) for step in steps]
    async with database.connection() as connection:
        platform = Platform(connection, clock=clock)
        done = await platform.lock_plugin_schema(plugin)
        for number, (old, new) in enumerate(zip(done, wanted, strict=False), start=1):
            if old != new:
                raise ConflictError(f"Step {number} of the tables of {plugin} was changed after it was carried out.")
        for number in range(len(done), len(steps)):
            before = to_tables(plugin, steps[:number])
            await connection.run_sync(partial(_carry_out, plugin=plugin, tables=before, step=steps[number]))
        if len(wanted) > len(done):
            await platform.put_plugin_schema(plugin, wanted)
    return max(0, len(wanted) - len(done))


def _carry_out(connection: SyncConnection, *, plugin: str, tables: Mapping[str, OwnTable], step: TableStep) -> None:
    operations = Operations(MigrationContext.configure(connection))
    match step:
        case CreateTable(name, columns, key):
            make_table(OwnTable(plugin, name, columns, key)).create(connection)
        case AddColumn(name, column):
            operations.add_column(tables[name].full_name, to_column(column, is_key=False))
        case AddIndex(name, names):
            own = tables[name]
            table = make_table(own)
            title = f"i{own.full_name}_{len(own.indexes) + 1}"
            Index(title, *(table.c[one] for one in ("workspace_id", *names))).create(connection)
        case DropTable(name):
            operations.drop_table(tables[name].full_name)
