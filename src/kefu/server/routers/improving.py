"""What makes the knowledge better: why a question finds what it finds, what is asked in vain, what is wrong with it."""

from typing import Annotated

from fastapi import APIRouter

from kefu.domain.access import Scope
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_search import SearchRequest, SearchResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/knowledge", tags=["knowledge"])
Reader = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.KNOWLEDGE_WRITE)]


@router.post("/search")
async def search_knowledge(body: SearchRequest, factory: FactoryDep, operator: Reader) -> SearchResponse:
    test = await factory.hit_tests.inspect(
        operator.workspace_id,
        body.query,
        viewer=body.viewer.to_viewer(factory.clock.now()),
        language=body.language,
        limit=body.limit,
    )
    return SearchResponse.of(test)
