"""Tables of plugins are made from steps, each carried out once, on both databases."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from kefu.domain.errors import ConflictError, UnavailableError
from kefu.domain.plugin_tables import (
    AddColumn,
    AddIndex,
    Column,
    CreateTable,
    DropTable,
    Put,
    StepsInvalidError,
    TableStep,
    to_tables,
)
from kefu.kit.clock import Clock
from kefu.storage import schema
from kefu.storage.database import Database
from kefu.storage.plugin_schema import bring_up

FIRST: tuple[TableStep, ...] = (CreateTable("products", (Column("sku"), Column("price", "decimal")), key=("sku",)),)
LATER: tuple[TableStep, ...] = (
    *FIRST,
    AddColumn("products", Column("note")),
    AddIndex("products", ("price",)),
    CreateTable("old", (Column("id"),), key=("id",)),
    DropTable("old"),
)


async def bring(database: Database, steps: tuple[TableStep, ...]) -> int:
    return await bring_up(database, "acme", steps, clock=Clock())


async def test_each_step_is_carried_out_once(database: Database) -> None:
    assert [await bring(database, steps) for steps in (FIRST, FIRST, LATER, LATER)] == [1, 0, 4, 0]
    own = to_tables("acme", LATER)["products"]
    workspace = await make_workspace(database)
    async with database.write(workspace) as unit:
        assert await unit.plugin_rows.apply(own, Put("products", [{"sku": "a", "note": "new"}])) == 1
    async with database.read(workspace) as unit:
        assert await unit.plugin_rows.find(own, ()) == {"sku": "a", "price": None, "note": "new"}


async def test_an_older_process_leaves_newer_tables_alone(database: Database) -> None:
    await bring(database, LATER)
    assert await bring(database, FIRST) == 0


async def test_a_step_that_was_carried_out_is_not_changed(database: Database) -> None:
    await bring(database, FIRST)
    other = (CreateTable("products", (Column("sku"), Column("price", "integer")), key=("sku",)),)
    with pytest.raises(ConflictError, match="Step 1 of the tables of acme"):
        await bring(database, other)


async def test_two_processes_may_begin_at_once(database: Database, database_url: str) -> None:
    other = Database(database_url, clock=Clock())
    try:
        done = await asyncio.gather(bring(database, LATER), bring(other, LATER))
    finally:
        await other.aclose()
    assert sorted(done) == [0, len(LATER)]


async def test_steps_that_do_not_fit_touch_nothing(database: Database) -> None:
    with pytest.raises(StepsInvalidError, match="there is no table nothing"):
        await bring(database, (*FIRST, AddIndex("nothing", ("x",))))
    assert await bring(database, FIRST) == 1


async def test_a_step_that_fails_takes_the_others_back(database: Database) -> None:
    column = (Column("id"),)
    await bring_up(database, "a", (CreateTable("b_c", column, key=("id",)),), clock=Clock())
    first, same_name = CreateTable("x", column, key=("id",)), CreateTable("c", column, key=("id",))
    with pytest.raises((UnavailableError, DBAPIError)):
        await bring_up(database, "a-b", (first, same_name), clock=Clock())
    assert await bring_up(database, "a-b", (first,), clock=Clock()) == 1


async def test_our_own_migrations_know_nothing_of_them(database: Database) -> None:
    await bring(database, LATER)
    assert await schema.find_drift(database) == []


async def make_workspace(database: Database) -> str:
    async with database.platform() as platform:
        return (await platform.create_workspace(slug="shop", name="Shop")).id
