"""Long work: watched and stopped."""

from typing import Annotated

from fastapi import APIRouter, Query

from kefu.domain.access import Scope
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_work import JobListResponse, JobResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/jobs", tags=["jobs"])
Reader = Annotated[Operator, OperatorWith(Scope.JOBS_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.JOBS_WRITE)]


@router.get("")
async def list_jobs(
    factory: FactoryDep,
    operator: Reader,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobListResponse:
    jobs = await factory.jobs.list_newest(operator.workspace_id, kind=kind, limit=limit)
    return JobListResponse(jobs=[JobResponse.of(job) for job in jobs])


@router.get("/{job_id}")
async def get_job(job_id: str, factory: FactoryDep, operator: Reader) -> JobResponse:
    return JobResponse.of(await factory.jobs.get(operator.workspace_id, job_id))


@router.post("/{job_id}/cancel", status_code=202)
async def cancel_job(job_id: str, factory: FactoryDep, operator: Writer) -> JobResponse:
    return JobResponse.of(await factory.jobs.cancel(operator.workspace_id, job_id))
