"""The base of all repositories: a statement that is not bound to a workspace cannot be written.

Only this file and ``platform.py`` may import ``select``, ``update``, ``delete`` and ``insert`` from SQLAlchemy;
tests/architecture refuses any other. Statements are made once, as constants of a module: to build one costs several
times what it costs to run it. Their values come by name (``bindparam``), the workspace's from ``_execute`` and ``_add``.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    CursorResult,
    Delete,
    Insert,
    Label,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from kefu.kit.clock import Clock
from kefu.storage.connection import Connection

_OWN = "of_workspace"


class Repository:
    """Translates between rows of one workspace and domain objects. Decides nothing."""

    def __init__(self, connection: Connection, *, workspace_id: str, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self.workspace_id = workspace_id

    @staticmethod
    def select(table: Table, *columns: Column[Any] | Label[Any]) -> Select[Any]:
        return select(*(columns or (table,))).where(table.c.workspace_id == bindparam(_OWN))

    @staticmethod
    def select_own(workspaces: Table, *columns: Column[Any]) -> Select[Any]:
        return select(*(columns or (workspaces,))).where(workspaces.c.id == bindparam(_OWN))

    @staticmethod
    def update_own(workspaces: Table) -> Update:
        return update(workspaces).where(workspaces.c.id == bindparam(_OWN))

    @staticmethod
    def update(table: Table) -> Update:
        return update(table).where(table.c.workspace_id == bindparam(_OWN))

    @staticmethod
    def delete(table: Table) -> Delete:
        return delete(table).where(table.c.workspace_id == bindparam(_OWN))

    @staticmethod
    def insert(table: Table) -> Insert:
        return insert(table).values(workspace_id=bindparam(_OWN))

    async def _execute(self, statement: Select[Any] | Update | Delete, **values: object) -> CursorResult[Any]:
        """Run a statement on the rows of this workspace."""
        return await self._connection.execute(statement, self._own(values))

    async def _add(self, statement: Insert, *rows: Mapping[str, object]) -> None:
        """Store rows of this workspace, by the names of their columns."""
        known = statement.table.c
        assert all(name in known for name in rows[0]), "SQLAlchemy leaves out what is no column, without a word"
        await self._connection.execute(statement, [self._own(row) for row in rows])

    def _own(self, values: Mapping[str, object]) -> dict[str, object]:
        return {**values, _OWN: self.workspace_id}
