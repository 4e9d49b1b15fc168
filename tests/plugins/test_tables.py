"""A plugin's own tables: the same contract in memory, as its tests have them, and in both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kefu.domain.plugin_tables import StepsInvalidError
from kefu.kit.clock import Clock
from kefu.plugins import (
    AddColumn,
    AddIndex,
    Change,
    Column,
    CreateTable,
    DropTable,
    Manifest,
    OwnTables,
    Plugin,
    PluginError,
    Put,
    Remove,
    RowChange,
    Where,
)
from kefu.plugins.isolation import PluginThread
from kefu.plugins.memory_tables import MemoryTables
from kefu.services.plugin_work.tables import PluginTables
from kefu.storage.database import Database
from tests.support.acme import TABLES

PLUGIN = Plugin(
    Manifest("acme", "1.0", {"zh": "x", "en": "x"}),
    tables=(
        *TABLES,
        CreateTable("views", (Column("contact"), Column("sku"), Column("seen", "integer"), Column("is_new", "boolean")), key=("contact", "sku")),
    ),
)  # fmt: skip
NOON = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
ROWS: list[dict[str, object]] = [
    {"sku": "a-1", "price": Decimal("12.50"), "stock": 3, "seen_at": NOON, "data": {"zh": "鞋", "sizes": [40, 41.5]}},
    {"sku": "a-2", "price": Decimal(7), "stock": 0, "data": None},
    {"sku": "b_1", "price": None, "stock": None},
]


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> str | None:
    """The URL of a database; None: in memory."""
    if request.param == "memory":
        return None
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_database_url")
    return url


@pytest.fixture
async def tables(place: str | None) -> AsyncIterator[OwnTables]:
    if place is None:
        yield MemoryTables.of("acme", PLUGIN.tables)
        return
    database = Database(place, clock=Clock())
    yield PluginTables(database, clock=Clock()).of(await make_workspace(database, "one"), PLUGIN)
    await database.aclose()


async def make_workspace(database: Database, slug: str) -> str:
    async with database.platform() as platform:
        return (await platform.create_workspace(slug=slug, name=slug)).id


async def test_rows_come_back_as_they_were(tables: OwnTables) -> None:
    assert await tables.apply(Put("products", ROWS)) == (3,)
    found = await tables.find("products", {"sku": "a-1"})
    assert found == ROWS[0]
    assert found is not None
    assert isinstance(found["price"], Decimal)
    assert await tables.find("products", {"sku": "b_1"}) == ROWS[2] | {"seen_at": None, "data": None}
    assert await tables.find("products", {"sku": "nothing"}) is None


async def test_rows_are_found_in_order(tables: OwnTables) -> None:
    await tables.apply(Put("products", ROWS))

    async def keys(*where: Where, order: tuple[str, ...] = (), limit: int = 100) -> list[object]:
        return [row["sku"] for row in await tables.rows("products", where, order_by=order, limit=limit)]

    assert await keys() == ["a-1", "a-2", "b_1"]
    assert await keys(order=("price",)) == ["a-2", "a-1", "b_1"], "empty values come last"
    assert await keys(order=("-price",)) == ["a-1", "a-2", "b_1"]
    assert await keys(order=("-sku",), limit=2) == ["b_1", "a-2"]
    assert await keys(Where("price", "<", Decimal(10))) == ["a-2"]
    assert await keys(Where("price", ">=", 7), Where("stock", "!=", 0)) == ["a-1"]
    assert await keys(Where("stock", "=", None)) == ["b_1"]
    assert await keys(Where("stock", "!=", None)) == ["a-1", "a-2"]
    assert await keys(Where("sku", "in", ["a-1", "b_1", "z"])) == ["a-1", "b_1"]
    assert await keys(Where("sku", "starts", "b_")) == ["b_1"], "no character stands for another one"
    assert await keys(Where("seen_at", "<=", NOON)) == ["a-1"]
    assert await tables.count("products", [Where("price", ">", 0)]) == 2


async def test_a_row_is_replaced_whole_or_left(tables: OwnTables) -> None:
    await tables.apply(Put("products", ROWS))
    assert await tables.apply(Put("products", [{"sku": "a-1", "stock": 9}])) == (1,)
    assert (await tables.find("products", {"sku": "a-1"}) or {})["price"] is None
    both = [{"sku": "a-1", "stock": 1}, {"sku": "new", "stock": 1}]
    assert await tables.apply(Put("products", both, keeps_existing=True)) == (1,)
    assert (await tables.find("products", {"sku": "a-1"}) or {})["stock"] == 9
    assert await tables.count("products") == 4


async def test_rows_are_changed_and_removed(tables: OwnTables) -> None:
    await tables.apply(Put("products", ROWS))
    done = await tables.apply(
        Change("products", [Where("sku", "=", "a-1")], {"data": {"x": 1}}, add={"stock": -2, "price": 1}),
        Change("products", [Where("sku", "=", "b_1")], add={"stock": 5}),
        Remove("products", [Where("stock", "=", 0)]),
    )
    assert done == (1, 1, 1)
    left = {row["sku"]: (row["stock"], row["price"], row["data"]) for row in await tables.rows("products")}
    assert left == {"a-1": (1, Decimal("13.5"), {"x": 1}), "b_1": (5, None, None)}
    assert await tables.apply(Remove("products")) == (2,)


async def test_all_changes_are_made_or_none(tables: OwnTables) -> None:
    await tables.apply(Put("products", ROWS))
    with pytest.raises(PluginError):
        await tables.apply(Remove("products"), Put("products", [{"sku": None}]))
    assert await tables.count("products") == 3


async def test_a_key_may_have_several_columns_and_many_rows_are_stored_at_once(tables: OwnTables) -> None:
    rows = [{"contact": f"c{n % 7}", "sku": f"s{n}", "seen": n, "is_new": n % 2 == 0} for n in range(1_000)]
    assert await tables.apply(Put("views", rows)) == (1_000,)
    assert await tables.apply(Put("views", rows[:500])) == (500,)
    assert await tables.count("views", [Where("is_new", "=", True)]) == 500
    assert await tables.find("views", {"contact": "c3", "sku": "s3"}) == rows[3]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Put("nothing", []), "no table nothing"),
        (Put("products", [{"sku": "a", "weight": 1}]), "no column weight"),
        (Put("products", [{"price": 1}]), "needs sku"),
        (Put("products", [{"sku": "a", "price": 1.5}]), "decimal: float"),
        (Put("products", [{"sku": "a", "price": Decimal("0.0000001")}]), "decimal"),
        (Put("products", [{"sku": "a", "stock": "3"}]), "integer: str"),
        (Put("products", [{"sku": "a", "stock": True}]), "integer: bool"),
        (Put("products", [{"sku": "a", "seen_at": datetime(2026, 1, 1)}]), "time"),  # noqa: DTZ001 - that is the point
        (Put("products", [{"sku": "a", "data": {1, 2}}]), "json: set"),
        (Put("products", [{"sku": "a" * 70_000}]), "text"),
        (Put("products", [{"sku": "a"}, {"sku": "a"}]), "same key"),
        (Put("products", [{"sku": str(n)} for n in range(1_001)]), "At most 1000"),
        (Change("products", [], {"sku": "b"}), "key of a row"),
        (Change("products", []), "changes nothing"),
        (Change("products", [], add={"data": 1}), "Only numbers"),
        (Remove("products", [Where("price", "starts", "1")]), "no text"),
        (Remove("products", [Where("data", "<", {})]), "no order"),
        (Remove("products", [Where("price", "like", 1)]), "no comparison"),  # type: ignore[arg-type]
        (Remove("products", [Where("workspace_id", "=", "ws_other")]), "no column workspace_id"),
    ],
)
async def test_what_does_not_fit_is_said_in_a_sentence(change: RowChange, words: str) -> None:
    with pytest.raises(PluginError, match=words):
        await MemoryTables.of("acme", PLUGIN.tables).apply(change)


async def test_a_workspace_never_sees_the_rows_of_another(database: Database) -> None:
    every = PluginTables(database, clock=Clock())
    one, other = [every.of(await make_workspace(database, slug), PLUGIN) for slug in ("one", "other")]
    await one.apply(Put("products", ROWS))
    await other.apply(Put("products", [{"sku": "a-1", "stock": 7}]))
    assert (await one.find("products", {"sku": "a-1"}) or {})["stock"] == 3
    assert [row["sku"] for row in await other.rows("products")] == ["a-1"]
    await other.apply(Change("products", [], {"stock": 0}), Remove("products"))
    assert (await one.count("products"), await other.count("products")) == (3, 0)


async def test_they_are_used_from_the_plugin_s_own_thread(database: Database) -> None:
    tables = PluginTables(database, clock=Clock()).of(await make_workspace(database, "one"), PLUGIN)
    thread = PluginThread("acme")
    try:
        await thread.run(tables.apply, Put("products", ROWS), seconds=10)
        counts = [thread.run(tables.count, "products", seconds=10) for _ in range(20)]
        assert set(await asyncio.gather(*counts)) == {3}
    finally:
        await thread.aclose()


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([CreateTable("a", (Column("x"),), key=())], "key of a names"),
        ([CreateTable("a", (Column("x"), Column("x")), key=("x",))], "twice"),
        ([CreateTable("A", (Column("x"),), key=("x",))], "lower-case"),
        ([CreateTable("a", (Column("workspace_id"),), key=("workspace_id",))], "in every table"),
        ([CreateTable("a", (Column("x", "blob"),), key=("x",))], "unknown type"),  # type: ignore[arg-type]
        ([TABLES[0], TABLES[0]], "already"),
        ([AddColumn("products", Column("x"))], "no table products"),
        ([TABLES[0], AddColumn("products", Column("x", is_required=True))], "cannot be required"),
        ([TABLES[0], AddIndex("products", ("x",))], "no column x"),
        ([DropTable("products")], "no table products"),
        ([CreateTable("a" * 30, (Column("x"),), key=("x",))], "characters"),
    ],
)
def test_steps_that_do_not_fit_are_told(steps: list[object], words: str) -> None:
    with pytest.raises(StepsInvalidError, match=words):
        MemoryTables.of("a-plugin-with-a-very-long-name", steps)  # type: ignore[arg-type]
