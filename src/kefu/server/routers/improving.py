"""What makes the knowledge better: why a question finds what it finds, what is asked in vain, what is wrong with it."""

from typing import Annotated

from fastapi import APIRouter, Query

from kefu.domain.access import Scope
from kefu.domain.improving import FindingKind, FindingState, GapState
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_drafts import DraftFromReplyRequest, DraftFromReplyResponse
from kefu.server.schemas_findings import (
    CoverageResponse,
    FindingListResponse,
    FindingResponse,
    FindingStateRequest,
)
from kefu.server.schemas_gaps import GapListResponse, GapResponse, GapStateRequest
from kefu.server.schemas_impact import ImpactRequest, ImpactResponse
from kefu.server.schemas_search import SearchRequest, SearchResponse
from kefu.server.schemas_work import JobResponse
from kefu.services.improving.gap_review import GAP_REVIEW
from kefu.services.improving.review import KNOWLEDGE_REVIEW
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


@router.get("/gaps")
async def list_gaps(
    factory: FactoryDep,
    operator: Reader,
    *,
    state: Annotated[list[GapState] | None, Query(description="Default: `open` and `drafted`.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> GapListResponse:
    states = state or [GapState.OPEN, GapState.DRAFTED]
    return GapListResponse.of(await factory.gaps.list_clusters(operator.workspace_id, states=states, limit=limit))


@router.get("/gaps/{gap_id}")
async def get_gap(gap_id: str, factory: FactoryDep, operator: Reader) -> GapResponse:
    return GapResponse.of(await factory.gaps.get(operator.workspace_id, gap_id))


@router.patch("/gaps/{gap_id}")
async def set_gap_state(gap_id: str, body: GapStateRequest, factory: FactoryDep, operator: Writer) -> GapResponse:
    return GapResponse.of(await factory.gaps.set_state(operator.workspace_id, gap_id, body.state))


@router.post("/gaps/review", status_code=202)
async def review_gaps(factory: FactoryDep, operator: Writer) -> JobResponse:
    return JobResponse.of(await factory.jobs.order(operator.workspace_id, GAP_REVIEW))


@router.post("/review", status_code=202)
async def review_knowledge(factory: FactoryDep, operator: Writer) -> JobResponse:
    return JobResponse.of(await factory.jobs.order(operator.workspace_id, KNOWLEDGE_REVIEW))


@router.get("/findings")
async def list_findings(
    factory: FactoryDep,
    operator: Reader,
    *,
    state: FindingState = FindingState.OPEN,
    kind: Annotated[list[FindingKind] | None, Query(description="Default: all.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> FindingListResponse:
    found = await factory.findings.list_newest(operator.workspace_id, state=state, kinds=kind or (), limit=limit)
    return FindingListResponse(findings=[FindingResponse.of(one) for one in found])


@router.patch("/findings/{finding_id}")
async def set_finding_state(
    finding_id: str, body: FindingStateRequest, factory: FactoryDep, operator: Writer
) -> FindingResponse:
    return FindingResponse.of(await factory.findings.set_state(operator.workspace_id, finding_id, body.state))


@router.get("/coverage")
async def get_coverage(factory: FactoryDep, operator: Reader) -> CoverageResponse:
    coverage, job_id = await factory.findings.get_coverage(operator.workspace_id)
    return CoverageResponse.model_validate({**coverage, "job_id": job_id})


@router.post("/impact", status_code=202)
async def preview_impact(body: ImpactRequest, factory: FactoryDep, operator: Writer) -> JobResponse:
    text = None if body.document is None else body.document.to_text(body.key)
    job = await factory.impact.order(
        operator.workspace_id, key=body.key, language=body.language, text=text, questions=body.questions
    )
    return JobResponse.of(job)


@router.get("/impact/{job_id}")
async def get_impact(job_id: str, factory: FactoryDep, operator: Reader) -> ImpactResponse:
    return ImpactResponse.of(await factory.impact.get(operator.workspace_id, job_id))


@router.post("/drafts", status_code=201)
async def draft_from_reply(
    body: DraftFromReplyRequest, factory: FactoryDep, operator: Writer
) -> DraftFromReplyResponse:
    draft = await factory.drafting.draft(operator.workspace_id, body.to_request())
    return DraftFromReplyResponse.of(draft)
