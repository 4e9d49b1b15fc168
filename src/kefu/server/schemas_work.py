"""Bodies of what operators ask: jobs."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from kefu.domain.job import Job, JobState


class JobProblemBody(BaseModel):
    item: str
    code: str
    detail: str


class JobErrorBody(BaseModel):
    code: str
    detail: str


class JobResponse(BaseModel):
    """``problems`` holds the first of ``problem_count``; ``error`` says why the job as a whole failed."""

    id: str
    kind: str
    subject: str
    state: JobState
    done: int
    total: int
    result: dict[str, Any]
    problems: list[JobProblemBody]
    problem_count: int
    error: JobErrorBody | None
    is_cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "JobResponse":
        error = None if job.error_code is None else JobErrorBody(code=job.error_code, detail=job.error_detail or "")
        problems = [JobProblemBody(item=one.item, code=one.code, detail=one.detail) for one in job.problems]
        return cls(
            id=job.id,
            kind=job.kind,
            subject=job.subject,
            state=job.state,
            done=job.done,
            total=job.total,
            result=job.result,
            problems=problems,
            problem_count=job.problem_count,
            error=error,
            is_cancel_requested=job.is_cancel_requested,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


class JobListResponse(BaseModel):
    jobs: list[JobResponse]
