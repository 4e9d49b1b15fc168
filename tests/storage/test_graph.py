"""Edges: live while their document is, judged once, found by what they say."""

from datetime import UTC, datetime

from kefu.domain.graph import Edge, EdgeFilter, EdgeStatus, Entity, Extractor, Value, ValueKind
from kefu.kit.ids import new_id
from kefu.storage.database import Database
from tests.storage.seeds import seed


def _edge(workspace_id: str) -> tuple[Entity, Edge]:
    coat = Entity(new_id("ent"), workspace_id, "zh", "100%_棉外套", aliases=("棉服",))
    value = Value(ValueKind.MONEY, "99 元", 99.0, "cny")
    edge = Edge(
        new_id("edge"), workspace_id, "f" * 64, coat, "价格", None, value, False, "", None,
        Extractor.HAND, 1.0, EdgeStatus.BY_HAND, datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return coat, edge


async def test_an_edge_is_stored_as_it_was_and_found_by_its_text(database: Database) -> None:
    workspace_id = (await seed(database)).workspace.id
    other = (await seed(database, slug="other")).workspace.id
    coat, edge = _edge(workspace_id)
    async with database.write(workspace_id) as unit:
        await unit.graph_entities.add([("100%_棉外套", coat)])
        await unit.graph_edges.replace(edge)
        assert await unit.graph_edges.list_live() == [edge]
        page = await unit.graph_edges.list_page(EdgeFilter(text="0%_棉", entity_id=coat.id), after="", limit=9)
        assert page == [edge]
        assert not await unit.graph_edges.list_page(EdgeFilter(text="0_棉"), after="", limit=9)
        assert [one.name for one in await unit.graph_entities.list_page(text="棉", kind=None, after="", limit=9)]
    async with database.read(other) as unit:
        assert not await unit.graph_edges.list_live()


async def test_a_rejected_edge_is_not_live_and_an_unused_entity_goes(database: Database) -> None:
    workspace_id = (await seed(database)).workspace.id
    coat, edge = _edge(workspace_id)
    lost = Entity(new_id("ent"), workspace_id, "zh", "无边")
    async with database.write(workspace_id) as unit:
        await unit.graph_entities.add([("a", coat), ("b", lost)])
        await unit.graph_edges.replace(edge)
        await unit.graph_edges.set_status(edge.id, EdgeStatus.REJECTED)
        assert not await unit.graph_edges.list_live()
        assert await unit.graph_entities.drop_unused() == 1
        assert (await unit.graph_edges.get(edge.id)).status is EdgeStatus.REJECTED
