"""The knowledge graph: looked at, judged, added to, built anew."""

from typing import Annotated

from fastapi import APIRouter, Query

from kefu.domain.access import Scope
from kefu.domain.graph import EdgeFilter, EdgeStatus
from kefu.domain.knowledge import TermKind
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_graph import (
    EdgeListResponse,
    EdgeRequest,
    EdgeResponse,
    EntityBody,
    EntityListResponse,
    EntityRequest,
)
from kefu.server.schemas_work import JobResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/knowledge/graph", tags=["knowledge graph"])
Reader = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_WRITE)]
After = Annotated[str, Query(max_length=40, description="The last id of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]
Piece = Annotated[str | None, Query(max_length=200)]


@router.post("/build", status_code=202)
async def build_graph(factory: FactoryDep, operator: Writer) -> JobResponse:
    return JobResponse.of(await factory.graph.order_build(operator.workspace_id))


@router.get("/entities")
async def list_entities(
    factory: FactoryDep,
    operator: Reader,
    text: Piece = None,
    kind: TermKind | None = None,
    after: After = "",
    limit: Limit = 100,
) -> EntityListResponse:
    found = await factory.graph.list_entities(operator.workspace_id, text=text, kind=kind, after=after, limit=limit)
    return EntityListResponse(entities=[EntityBody.of(one) for one in found])


@router.patch("/entities/{entity_id}")
async def set_entity(entity_id: str, body: EntityRequest, factory: FactoryDep, operator: Writer) -> EntityBody:
    aliases = None if body.aliases is None else tuple(body.aliases)
    return EntityBody.of(
        await factory.graph.set_entity(operator.workspace_id, entity_id, kind=body.kind, aliases=aliases)
    )


@router.get("/edges")
async def list_edges(
    factory: FactoryDep,
    operator: Reader,
    status: EdgeStatus | None = None,
    entity: Piece = None,
    relation: Piece = None,
    document: Annotated[str | None, Query(max_length=300)] = None,
    text: Piece = None,
    after: After = "",
    limit: Limit = 100,
) -> EdgeListResponse:
    chosen = EdgeFilter(status, entity, relation, document, text)
    found = await factory.graph.list_edges(operator.workspace_id, chosen, after=after, limit=limit)
    return EdgeListResponse(edges=[EdgeResponse.of(one) for one in found])


@router.post("/edges", status_code=201)
async def add_edge(body: EdgeRequest, factory: FactoryDep, operator: Writer) -> EdgeResponse:
    return EdgeResponse.of(await factory.graph.add(operator.workspace_id, body.to_text()))


@router.put("/edges/{edge_id}")
async def change_edge(edge_id: str, body: EdgeRequest, factory: FactoryDep, operator: Writer) -> EdgeResponse:
    return EdgeResponse.of(await factory.graph.change(operator.workspace_id, edge_id, body.to_text()))


@router.post("/edges/{edge_id}/accept")
async def accept_edge(edge_id: str, factory: FactoryDep, operator: Writer) -> EdgeResponse:
    return EdgeResponse.of(await factory.graph.judge(operator.workspace_id, edge_id, EdgeStatus.ACCEPTED))


@router.post("/edges/{edge_id}/reject")
async def reject_edge(edge_id: str, factory: FactoryDep, operator: Writer) -> EdgeResponse:
    return EdgeResponse.of(await factory.graph.judge(operator.workspace_id, edge_id, EdgeStatus.REJECTED))
