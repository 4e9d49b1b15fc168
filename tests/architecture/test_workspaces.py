"""What the rules over the source cannot see: that the statements and the tables really carry the workspace."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import CursorResult, Executable, Table, create_engine
from sqlalchemy.sql import ClauseElement

from kefu.kit.clock import Clock
from kefu.storage.connection import Result
from kefu.storage.repository import Repository
from kefu.storage.tables import conversations, metadata, plugin_schemas, ratings, workspaces


class _Listener:
    """A connection that keeps the values which statements are run with."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self._connection = create_engine("sqlite://").connect()
        metadata.create_all(self._connection)

    async def execute(
        self, statement: Executable, parameters: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[Any]:
        self.heard.append(parameters)
        return self._connection.execute(statement, parameters)

    async def run_sync(self, fn: Callable[[SyncConnection], Result]) -> Result:
        return fn(self._connection)

    def begin_nested(self) -> AbstractAsyncContextManager[object]:
        return nullcontext()


def _unbound_tables(tables: list[Table]) -> list[str]:
    return [table.name for table in tables if "workspace_id" not in table.c or table.c.workspace_id.nullable]


def _is_bound(statement: ClauseElement) -> bool:
    compiled = statement.compile()
    return "workspace_id = :of_workspace" in str(compiled) and compiled.params["of_workspace"] is None


def test_every_table_belongs_to_a_workspace() -> None:
    of_all = (workspaces, plugin_schemas)
    assert _unbound_tables([table for table in metadata.sorted_tables if table not in of_all]) == []


def test_a_table_without_workspace_is_found() -> None:
    assert _unbound_tables([workspaces]) == ["workspaces"]


def test_statements_are_bound() -> None:
    statements = [
        Repository.select(conversations),
        Repository.select(conversations, conversations.c.id),
        Repository.update(conversations).values(status="open"),
        Repository.delete(conversations),
    ]
    assert all(_is_bound(statement) for statement in statements)


def test_an_unbound_statement_is_found() -> None:
    assert not _is_bound(conversations.select())


async def test_the_workspace_of_a_statement_is_the_repository_s() -> None:
    listener = _Listener()
    repository = Repository(listener, workspace_id="ws_one", clock=Clock())
    await repository._execute(Repository.select(conversations), of_workspace="ws_other")
    assert listener.heard == [{"of_workspace": "ws_one"}]


async def test_rows_are_written_with_the_workspace() -> None:
    listener = _Listener()
    repository = Repository(listener, workspace_id="ws_one", clock=Clock())
    at = Clock().now()
    await repository._add(
        Repository.insert(ratings),
        *({"conversation_id": name, "score": 5, "comment": "", "at": at} for name in ("conv_1", "conv_2")),
    )
    rows = await repository._execute(Repository.select(ratings, ratings.c.workspace_id))
    assert rows.scalars().all() == ["ws_one", "ws_one"]
