"""Jobs: ordered once, worked on under a lease with a fencing token, kept when they are over."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from kefu.domain.errors import ConflictError, NotFoundError
from kefu.domain.job import Job, JobDraft, JobEnd, JobProblem, JobProgress, JobState
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import jobs

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before another one takes its job."""
_ADD = Repository.insert(jobs)
_GET = Repository.select(jobs).where(jobs.c.id == bindparam("of_id"))
_LIST = Repository.select(jobs).order_by(jobs.c.id.desc()).limit(bindparam("at_most", type_=Integer))
_LIST_KIND = _LIST.where(jobs.c.kind == bindparam("of_kind"))
_FIND_OPEN = Repository.select(jobs).where(
    jobs.c.kind == bindparam("of_kind"), jobs.c.subject == bindparam("of_subject"), jobs.c.finished_at.is_(None)
)
_THIS = Repository.update(jobs).where(jobs.c.id == bindparam("of_id"), jobs.c.finished_at.is_(None))
_OURS = _THIS.where(jobs.c.lease_token == bindparam("token"))
_CANCEL_QUEUED = _THIS.where(jobs.c.state == JobState.QUEUED).values(
    state=JobState.CANCELLED, is_cancel_requested=True, finished_at=bindparam("now")
)
_REQUEST_CANCEL = _THIS.values(is_cancel_requested=True)
_RENEW = _OURS.values(available_at=bindparam("until")).returning(jobs.c.is_cancel_requested)
_REPORT = _OURS.values(
    done=bindparam("new_done"),
    total=bindparam("new_total"),
    cursor=bindparam("new_cursor", type_=jobs.c.cursor.type),
    problems=bindparam("new_problems", type_=jobs.c.problems.type),
    problem_count=bindparam("new_problem_count"),
    available_at=bindparam("until"),
).returning(jobs.c.is_cancel_requested)
_FINISH = _OURS.values(
    state=bindparam("new_state"),
    result=bindparam("new_result", type_=jobs.c.result.type),
    error_code=bindparam("new_error_code"),
    error_detail=bindparam("new_error_detail"),
    finished_at=bindparam("now"),
)
_CLAIM = (
    _THIS.where(jobs.c.available_at <= bindparam("now"))
    .values(
        state=JobState.RUNNING,
        available_at=bindparam("until"),
        attempts=jobs.c.attempts + 1,
        lease_token=jobs.c.lease_token + 1,
        started_at=func.coalesce(jobs.c.started_at, bindparam("now", type_=jobs.c.started_at.type)),
    )
    .returning(jobs)
)
_GIVE_BACK = _OURS.values(
    state=JobState.QUEUED,
    available_at=bindparam("until"),
    error_code=bindparam("new_error_code"),
    error_detail=bindparam("new_error_detail"),
)
_GIVE_BACK_UNTRIED = _GIVE_BACK.values(attempts=jobs.c.attempts - 1)


class JobRepository(Repository):
    async def add(self, draft: JobDraft) -> Job:
        """Order a job. Raises ConflictError while another of its kind and subject is open; the transaction goes on."""
        now = self._clock.now()
        values = {
            "id": new_id("job"),
            **asdict(draft),
            "state": JobState.QUEUED,
            "done": 0,
            "total": 0,
            "cursor": {},
            "result": {},
            "problems": [],
            "problem_count": 0,
            "attempts": 0,
            "lease_token": 0,
            "is_cancel_requested": False,
            "available_at": now,
            "created_at": now,
        }
        try:
            async with self._connection.begin_nested():
                await self._add(_ADD, values)
        except IntegrityError as error:
            raise ConflictError(f"A {draft.kind} of {draft.subject} is under way.") from error
        return await self.get(str(values["id"]))

    async def get(self, job_id: str) -> Job:
        row = (await self._execute(_GET, of_id=job_id)).one_or_none()
        if row is None:
            raise NotFoundError("job", job_id)
        return to_job(row)

    async def find_open(self, *, kind: str, subject: str) -> Job | None:
        row = (await self._execute(_FIND_OPEN, of_kind=kind, of_subject=subject)).one_or_none()
        return None if row is None else to_job(row)

    async def list_newest(self, *, kind: str | None, limit: int) -> list[Job]:
        if kind is None:
            rows = await self._execute(_LIST, at_most=limit)
        else:
            rows = await self._execute(_LIST_KIND, at_most=limit, of_kind=kind)
        return [to_job(row) for row in rows]

    async def claim(self, job_id: str, *, lifetime: timedelta = LEASE) -> Job | None:
        """Take this job for ``lifetime``; None while another worker has it."""
        now = self._clock.now()
        row = (await self._execute(_CLAIM, of_id=job_id, now=now, until=now + lifetime)).one_or_none()
        return None if row is None else to_job(row)

    async def request_cancel(self, job_id: str) -> Job:
        """A queued job is over at once; a running one when its worker hears of it. One that is over stays as it is."""
        if not (await self._execute(_CANCEL_QUEUED, of_id=job_id, now=self._clock.now())).rowcount:
            await self._execute(_REQUEST_CANCEL, of_id=job_id)
        return await self.get(job_id)

    async def renew(self, job: Job, *, lifetime: timedelta = LEASE) -> bool | None:
        """Hold on for longer. Returns whether cancelling was asked for; None when the lease is no longer ours."""
        return await self._under_lease(_RENEW, job, until=self._clock.now() + lifetime)

    async def report(self, job: Job, progress: JobProgress, *, lifetime: timedelta = LEASE) -> bool | None:
        """Store progress, and renew. Returns as ``renew`` does."""
        values = {
            "new_done": progress.done,
            "new_total": progress.total,
            "new_cursor": progress.cursor,
            "new_problems": [asdict(problem) for problem in progress.problems],
            "new_problem_count": progress.problem_count,
        }
        return await self._under_lease(_REPORT, job, until=self._clock.now() + lifetime, **values)

    async def finish(self, job: Job, end: JobEnd) -> bool:
        """False when the lease is no longer ours: then another worker's word counts."""
        values = {
            "new_state": end.state,
            "new_result": end.result,
            "new_error_code": end.error_code,
            "new_error_detail": end.error_detail,
            "now": self._clock.now(),
        }
        return (await self._execute(_FINISH, of_id=job.id, token=job.lease_token, **values)).rowcount > 0

    async def give_back(self, job: Job, *, until: datetime, error_code: str | None, error_detail: str | None) -> None:
        """Queue it again, for ``until`` at the earliest. Without an error this was no try: its worker is going down."""
        values = {"until": until, "new_error_code": error_code, "new_error_detail": error_detail}
        statement = _GIVE_BACK_UNTRIED if error_code is None else _GIVE_BACK
        await self._execute(statement, of_id=job.id, token=job.lease_token, **values)

    async def _under_lease(self, statement: ReturningUpdate[Any], job: Job, **values: object) -> bool | None:
        rows = await self._execute(statement, of_id=job.id, token=job.lease_token, **values)
        asked: bool | None = rows.scalar_one_or_none()
        return asked


def to_job(row: Row[tuple[object, ...]]) -> Job:
    return Job(
        id=row.id,
        workspace_id=row.workspace_id,
        kind=row.kind,
        subject=row.subject,
        payload=row.payload,
        state=JobState(row.state),
        done=row.done,
        total=row.total,
        cursor=row.cursor,
        result=row.result,
        problems=tuple(JobProblem(**problem) for problem in row.problems),
        problem_count=row.problem_count,
        error_code=row.error_code,
        error_detail=row.error_detail,
        attempts=row.attempts,
        lease_token=row.lease_token,
        is_cancel_requested=row.is_cancel_requested,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
