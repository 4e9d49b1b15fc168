"""Jobs: ordered once a subject, claimed once, fenced, given back, stopped."""

import asyncio
from datetime import timedelta

import pytest

from kefu.domain.errors import ConflictError
from kefu.domain.job import Job, JobDraft, JobEnd, JobProblem, JobProgress, JobState
from kefu.storage.database import Database
from tests.storage.seeds import Seed, seed

MINUTE, PAST = timedelta(minutes=1), timedelta(seconds=-1)
PROGRESS = JobProgress(
    done=3, total=9, cursor={"at": "b.md"}, problems=(JobProblem("a.md", "x", "y"),), problem_count=1
)


async def _order(database: Database, found: Seed, subject: str = "folder") -> Job:
    async with database.write(found.workspace.id) as unit:
        return await unit.jobs.add(JobDraft("import", subject, {"n": 1}))


async def _claim(database: Database, *, lifetime: timedelta = MINUTE, limit: int = 10) -> list[Job]:
    async with database.platform() as platform:
        return await platform.claim_jobs(limit=limit, lifetime=lifetime)


async def test_one_open_job_a_subject(database: Database) -> None:
    found = await seed(database)
    await _order(database, found)
    with pytest.raises(ConflictError):
        await _order(database, found)
    await _order(database, found, "another")


async def test_parallel_claims_take_each_job_once(database: Database) -> None:
    found = await seed(database)
    for number in range(6):
        await _order(database, found, f"s{number}")
    batches = await asyncio.gather(*(_claim(database, limit=2) for _ in range(4)))
    assert sorted(job.subject for batch in batches for job in batch) == [f"s{n}" for n in range(6)]


async def test_progress_is_kept_for_the_next_try(database: Database) -> None:
    found = await seed(database)
    await _order(database, found)
    (first,) = await _claim(database, lifetime=PAST)
    async with database.write(found.workspace.id) as unit:
        assert await unit.jobs.report(first, PROGRESS, lifetime=PAST) is False
    (second,) = await _claim(database)
    assert (second.attempts, second.cursor, second.done, second.problems) == (2, {"at": "b.md"}, 3, PROGRESS.problems)


async def test_a_worker_that_lost_its_lease_is_not_heard(database: Database) -> None:
    found = await seed(database)
    await _order(database, found)
    (late,) = await _claim(database, lifetime=PAST)
    (current,) = await _claim(database)
    async with database.write(found.workspace.id) as unit:
        assert await unit.jobs.report(late, PROGRESS) is None
        assert await unit.jobs.finish(late, JobEnd(JobState.FAILED)) is False
        assert await unit.jobs.finish(current, JobEnd(JobState.SUCCEEDED, {"added": 4})) is True
        job = await unit.jobs.get(late.id)
    assert (job.state, job.result, job.done) == (JobState.SUCCEEDED, {"added": 4}, 0)
    assert await _claim(database, lifetime=PAST) == []


async def test_a_queued_job_is_cancelled_at_once_and_a_running_one_is_asked(database: Database) -> None:
    found = await seed(database)
    running = await _order(database, found)
    (claimed,) = await _claim(database)
    queued = await _order(database, found, "later")
    async with database.write(found.workspace.id) as unit:
        assert (await unit.jobs.request_cancel(queued.id)).state is JobState.CANCELLED
        assert (await unit.jobs.request_cancel(running.id)).state is JobState.RUNNING
        assert await unit.jobs.renew(claimed) is True


async def test_a_job_of_another_workspace_is_not_seen(database: Database) -> None:
    found, other = await seed(database), await seed(database, slug="other")
    job = await _order(database, found)
    async with database.read(other.workspace.id) as unit:
        assert await unit.jobs.list_newest(kind=None, limit=10) == []
        assert await unit.jobs.find_open(kind="import", subject="folder") is None
    async with database.write(other.workspace.id) as unit:
        assert await unit.jobs.finish(job, JobEnd(JobState.FAILED)) is False
