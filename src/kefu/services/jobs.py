"""Jobs as people use them: ordered, watched, stopped."""

from contextlib import suppress

from kefu.domain.errors import ConflictError, UnavailableError
from kefu.domain.job import Job, JobDraft
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_TRIES = 5


class JobService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def order(self, workspace_id: str, draft: JobDraft) -> Job:
        """Queue work. While a job of the same kind and subject is open, that one is returned."""
        async with self._database.write(workspace_id) as unit:
            return await order_in(unit, draft)

    async def get(self, workspace_id: str, job_id: str) -> Job:
        """Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            return await unit.jobs.get(job_id)

    async def list_newest(self, workspace_id: str, *, kind: str | None = None, limit: int = 50) -> list[Job]:
        async with self._database.read(workspace_id) as unit:
            return await unit.jobs.list_newest(kind=kind, limit=limit)

    async def cancel(self, workspace_id: str, job_id: str) -> Job:
        """Stop it: at once when it is queued, else as soon as its worker hears of it (within seconds)."""
        async with self._database.write(workspace_id) as unit:
            await unit.jobs.get(job_id)
            return await unit.jobs.request_cancel(job_id)


async def order_in(unit: Unit, draft: JobDraft) -> Job:
    """As ``JobService.order``, inside the transaction that causes the work."""
    for _ in range(_TRIES):
        if (open_job := await unit.jobs.find_open(kind=draft.kind, subject=draft.subject)) is not None:
            return open_job
        with suppress(ConflictError):  # another process was first: its job is open now, unless it is over already
            return await unit.jobs.add(draft)
    raise UnavailableError(f"Others order and end a {draft.kind} of {draft.subject} all the time.")


async def claim_in(unit: Unit, draft: JobDraft) -> Job:
    """Order work for this process, or take over what an earlier one left open. Raises ConflictError."""
    job = await order_in(unit, draft)
    claimed = await unit.jobs.claim(job.id)
    if claimed is None:
        raise ConflictError(f"This is under way already: `kefu job show {job.id}`.")
    return claimed
