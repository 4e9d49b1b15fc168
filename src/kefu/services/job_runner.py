"""The worker's side of jobs: take what is due, run its handler under a lease, write down how it ended."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from kefu.domain.errors import JobCancelledError, JobLostError, KefuError, UnavailableError
from kefu.domain.job import Job, JobDraft, JobEnd, JobState
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.services.job_run import JobRun, Watch
from kefu.services.jobs import claim_in
from kefu.storage.database import Database
from kefu.storage.jobs import LEASE

_POLL_SECONDS = 1.0
_RENEW_SECONDS = LEASE.total_seconds() / 6
MAX_ATTEMPTS = 5
"""Tries of a job whose worker died or whose database was away; then it has failed."""

Handler = Callable[[JobRun], Awaitable[JsonObject]]
"""Does the work and returns its result. It must bear a second run from the last cursor."""
log = structlog.get_logger(__name__)


class JobRunner:
    """Runs jobs of all workspaces in this process, a few at a time."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], *, clock: Clock, parallel: int = 2) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._parallel = parallel
        self._running: set[asyncio.Task[None]] = set()
        self._poller: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    def start(self) -> None:
        self._poller = asyncio.create_task(self._poll(), name="jobs")

    async def aclose(self) -> None:
        """Stop. What runs here is given back with its cursor, for any worker to go on with."""
        tasks = [task for task in (self._poller, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run_due(self) -> int:
        """Run what is due now to its end; returns how many jobs that were. For tests and one-shot commands."""
        jobs = await self._claim(self._parallel)
        await asyncio.gather(*(self._run(job) for job in jobs))
        return len(jobs)

    async def run_here(self, workspace_id: str, draft: JobDraft, *, watch: Watch | None = None) -> Job:
        """Order a job and run it now, in this process; returns it when it is over.

        Cancelling stops the job: nobody else goes on with it. Raises ConflictError while another worker has it, and
        UnavailableError when it waits for what is away: then any worker goes on with it later.
        """
        async with self._database.write(workspace_id) as unit:
            job = await claim_in(unit, draft)
        try:
            await self._run(job, watch=watch)
        except asyncio.CancelledError:
            async with self._database.write(workspace_id) as unit:
                await unit.jobs.request_cancel(job.id)
            raise
        async with self._database.read(workspace_id) as unit:
            job = await unit.jobs.get(job.id)
        if not job.state.is_over:
            raise UnavailableError(job.error_detail or f"{job.id} waits for another worker.")
        return job

    async def _poll(self) -> None:
        while True:
            free = self._parallel - len(self._running)
            for job in await self._try_claim(free) if free else ():
                task = asyncio.create_task(self._run(job), name=f"job:{job.id}")
                self._running.add(task)
                task.add_done_callback(self._on_done)
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    def _on_done(self, task: asyncio.Task[None]) -> None:
        """A job whose end could not be written is due again when its lease is over."""
        self._running.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job_end_not_written", task=task.get_name(), exc_info=error)

    async def _try_claim(self, limit: int) -> list[Job]:
        """As ``_claim``; none when the database failed, for the next poll comes in any case."""
        try:
            return await self._claim(limit)
        except Exception:
            log.exception("jobs_not_claimed")
            return []

    async def _claim(self, limit: int) -> list[Job]:
        async with self._database.platform() as platform:
            return await platform.claim_jobs(limit=limit, lifetime=LEASE)

    async def _run(self, job: Job, *, watch: Watch | None = None) -> None:
        run = JobRun(self._database, job, watch=watch)
        work = asyncio.create_task(self._work(run), name=f"work:{job.id}")
        keeper = asyncio.create_task(self._keep(run, work), name=f"keep:{job.id}")
        try:
            await self._conclude(run, await work)
        except JobLostError:
            log.warning("job_lost", job=job.id, kind=job.kind)
        except UnavailableError as error:
            await self._give_back(job, after=timedelta(seconds=2**job.attempts), error=error)
        except asyncio.CancelledError:
            if not keeper.done():  # this worker is going down
                await _cancelled(work)
                await self._give_back(job, after=timedelta(0), error=None)
                raise
            if isinstance(keeper.exception(), JobCancelledError):
                await self._conclude(run, JobEnd(JobState.CANCELLED))
        finally:
            await _cancelled(keeper)

    async def _work(self, run: JobRun) -> JobEnd:
        """How the handler's work ended. Raises JobLostError, and UnavailableError while another try is worth it."""
        job = run.job
        try:
            return JobEnd(JobState.SUCCEEDED, result=await self._handler(job)(run))
        except JobCancelledError:
            return JobEnd(JobState.CANCELLED)
        except JobLostError:
            raise
        except KefuError as error:
            if isinstance(error, UnavailableError) and job.attempts < MAX_ATTEMPTS:
                raise
            return _failed(error.code, error.detail)
        except Exception as error:
            log.exception("job_crashed", job=job.id, kind=job.kind)
            return _failed(KefuError.code, f"{type(error).__name__}: {error}"[:500])

    def _handler(self, job: Job) -> Handler:
        if job.is_cancel_requested:
            raise JobCancelledError
        if job.attempts > MAX_ATTEMPTS:
            raise KefuError(f"Given up after {MAX_ATTEMPTS} tries: its worker died each time.")
        handler = self._handlers.get(job.kind)
        if handler is None:
            raise KefuError(f"This version has no worker for {job.kind}.")
        return handler

    async def _keep(self, run: JobRun, work: asyncio.Task[JobEnd]) -> None:
        """Renew the lease; ends the work, and raises why, when the job was stopped or taken over."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                await run.renew()
            except UnavailableError as error:
                log.warning("job_lease_not_renewed", job=run.job.id, detail=error.detail)
            except (JobCancelledError, JobLostError):
                work.cancel()
                raise

    async def _conclude(self, run: JobRun, end: JobEnd) -> None:
        async with self._database.write(run.job.workspace_id) as unit:
            await unit.jobs.report(run.job, run.progress)
            await unit.jobs.finish(run.job, end)

    async def _give_back(self, job: Job, *, after: timedelta, error: KefuError | None) -> None:
        async with self._database.write(job.workspace_id) as unit:
            await unit.jobs.give_back(
                job,
                until=self._clock.now() + after,
                error_code=None if error is None else error.code,
                error_detail=None if error is None else error.detail,
            )


async def _cancelled(task: asyncio.Task[Any]) -> None:
    """Cancel it and wait until it is over."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _failed(code: str, detail: str) -> JobEnd:
    return JobEnd(JobState.FAILED, error_code=code, error_detail=detail)
