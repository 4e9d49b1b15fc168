"""How a job ends: done, refused, crashed, stopped, taken over, given back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kefu.domain.errors import InvalidInputError, UnavailableError
from kefu.domain.job import Job, JobDraft, JobProblem, JobState
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.services.job_run import SHOWN_PROBLEMS, JobRun
from kefu.services.job_runner import Handler, JobRunner
from kefu.services.jobs import JobService
from kefu.storage.database import Database
from tests.storage.seeds import seed


@asynccontextmanager
async def _running(database: Database, handler: Handler) -> AsyncIterator[tuple[JobService, Job]]:
    found = await seed(database)
    runner = JobRunner(database, {"count": handler}, clock=Clock())
    jobs = JobService(database)
    job = await jobs.order(found.workspace.id, JobDraft("count", "all"))
    runner.start()
    try:
        yield jobs, job
    finally:
        await runner.aclose()


async def _until(jobs: JobService, job: Job, state: JobState) -> Job:
    async with asyncio.timeout(30):
        while True:
            now = await jobs.get(job.workspace_id, job.id)
            if now.state is state:
                return now
            await asyncio.sleep(0.01)


async def test_the_result_and_the_problems_are_kept(database: Database) -> None:
    async def handler(run: JobRun) -> JsonObject:
        for number in range(300):
            await run.report(done=number + 1, total=300, problems=[JobProblem(f"f{number}", "bad", "broken")])
        return {"added": 300}

    async with _running(database, handler) as (jobs, job):
        done = await _until(jobs, job, JobState.SUCCEEDED)
    assert (done.done, done.total, done.result) == (300, 300, {"added": 300})
    assert (len(done.problems), done.problem_count) == (SHOWN_PROBLEMS, 300)


@pytest.mark.parametrize(
    ("error", "code"), [(InvalidInputError("bad folder"), "invalid_input"), (ZeroDivisionError("n"), "internal_error")]
)
async def test_an_error_is_told_with_its_code(database: Database, error: Exception, code: str) -> None:
    async def handler(run: JobRun) -> JsonObject:
        raise error

    async with _running(database, handler) as (jobs, job):
        failed = await _until(jobs, job, JobState.FAILED)
    assert failed.error_code == code
    assert str(error) in (failed.error_detail or "")


async def test_a_stopped_job_ends_at_its_next_report(database: Database) -> None:
    async def handler(run: JobRun) -> JsonObject:
        for number in range(10_000):
            await run.report(done=number, total=10_000, cursor={"at": number})
            await asyncio.sleep(0.005)
        return {}

    async with _running(database, handler) as (jobs, job):
        await _until(jobs, job, JobState.RUNNING)
        await jobs.cancel(job.workspace_id, job.id)
        stopped = await _until(jobs, job, JobState.CANCELLED)
    assert 0 <= stopped.done < 10_000


async def test_what_a_closing_worker_gives_back_goes_on_from_its_cursor(database: Database) -> None:
    seen: list[object] = []
    has_begun = asyncio.Event()
    is_first = True

    async def handler(run: JobRun) -> JsonObject:
        nonlocal is_first
        seen.append(run.cursor.get("at"))
        await run.report(done=5, total=10, cursor={"at": 5})
        if is_first:
            is_first = False
            has_begun.set()
            await asyncio.sleep(60)
        return {"from": run.cursor["at"]}

    async with _running(database, handler) as (jobs, job):
        async with asyncio.timeout(30):
            await has_begun.wait()
    given_back = await jobs.get(job.workspace_id, job.id)
    assert (given_back.state, given_back.attempts) == (JobState.QUEUED, 0), "a restart is no failed try"
    assert await JobRunner(database, {"count": handler}, clock=Clock()).run_due() == 1
    done = await jobs.get(job.workspace_id, job.id)
    assert (done.state, done.result, seen) == (JobState.SUCCEEDED, {"from": 5}, [None, 5])


async def test_closing_ends_also_when_a_job_ends_in_the_same_moment(database: Database) -> None:
    """The poller is woken and cancelled in one pass of the loop: it must not take the wake for an answer."""
    runner = JobRunner(database, {}, clock=Clock())
    runner.start()
    await asyncio.sleep(0.2)  # it has looked, and waits
    runner._wake.set()
    async with asyncio.timeout(20):
        await runner.aclose()


async def test_a_database_that_was_away_is_no_failure(database: Database) -> None:
    async def handler(run: JobRun) -> JsonObject:
        if run.job.attempts == 1:
            raise UnavailableError("away")
        return {}

    async with _running(database, handler) as (jobs, job):
        done = await _until(jobs, job, JobState.SUCCEEDED)
    assert done.attempts == 2


async def test_a_kind_without_a_worker_fails_and_says_so(database: Database) -> None:
    found = await seed(database)
    jobs = JobService(database)
    job = await jobs.order(found.workspace.id, JobDraft("unheard_of", "x"))
    assert await JobRunner(database, {}, clock=Clock()).run_due() == 1
    assert (await jobs.get(found.workspace.id, job.id)).state is JobState.FAILED


async def test_work_ordered_by_many_at_once_is_one_job(database: Database) -> None:
    """Two servers that start together find the same thing to be due."""
    found = await seed(database)
    jobs = JobService(database)
    ordered = await asyncio.gather(*(jobs.order(found.workspace.id, JobDraft("count", "all")) for _ in range(8)))
    assert len({job.id for job in ordered}) == 1
