"""The schema's version: upgrade it, compare it, refuse to run on an old one."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from kefu.domain.errors import SchemaOutdatedError
from kefu.storage.database import Database
from kefu.storage.plugin_tables import is_ours
from kefu.storage.tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"


def wanted_revision() -> str:
    """The newest migration that this version of the code knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


async def found_revision(database: Database) -> str | None:
    """The migration that the database is at; None when it is empty."""
    async with database.connection() as connection:
        return await connection.run_sync(_current)


async def upgrade(database: Database) -> str:
    """Bring the schema to ``wanted_revision`` in one transaction and return it."""
    async with database.connection() as connection:
        await connection.run_sync(_upgrade)
    return wanted_revision()


async def require_current(database: Database) -> None:
    """Raise SchemaOutdatedError unless the schema is exactly the code's."""
    found = await found_revision(database)
    if found != wanted_revision():
        raise SchemaOutdatedError(found=found, wanted=wanted_revision())


async def find_drift(database: Database) -> list[str]:
    """Differences between the migrated schema and the tables in the code; empty when there are none."""
    async with database.connection() as connection:
        return await connection.run_sync(_drift)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _drift(connection: Connection) -> list[str]:
    opts = {"compare_type": True, "include_name": lambda name, kind, _parents: kind != "table" or is_ours(name)}
    context = MigrationContext.configure(connection, opts=opts)
    return [str(difference) for difference in compare_metadata(context, metadata)]
