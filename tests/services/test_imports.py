"""An import is a job: stopped when asked, gone on with where its worker was, by another one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from kefu.domain.errors import InvalidInputError, JobCancelledError
from kefu.domain.job import Job, JobState
from kefu.services.imports import MOST_FILES
from kefu.storage.jobs import LEASE
from tests.services.sources.shop import Shop, open_shop

FILES = 20


class Sent:
    def __init__(self, name: str, text: str) -> None:
        self.name, self._text = name, text

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._text.encode()


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(database_url, tmp_path) as shop:
        shop.clock.hurry = 20.0  # so that each file is stored at once
        yield shop


async def _send(shop: Shop, count: int = FILES) -> Job:
    async def files() -> AsyncIterator[Sent]:
        for number in range(count):
            yield Sent(f"{number:02}.md", f"# Page {number}\n\nThing {number} costs {number} yuan.")

    return await shop.factory.imports.receive(shop.workspace_id, files())


async def _until(shop: Shop, is_so: Callable[[Job], bool]) -> Job:
    """The only job, when it is so far."""
    async with asyncio.timeout(30):
        while True:
            found = await shop.factory.jobs.list_newest(shop.workspace_id)
            if found and is_so(found[0]):
                return found[0]
            await asyncio.sleep(0.01)


def _has_begun(job: Job) -> bool:
    return job.done >= 3


async def test_a_running_import_is_stopped_and_what_was_sent_goes(shop: Shop) -> None:
    job = await _send(shop)
    shop.factory.job_runner.start()
    await _until(shop, _has_begun)
    await shop.factory.jobs.cancel(shop.workspace_id, job.id)
    now = await _until(shop, lambda job: job.state.is_over)
    assert (now.state, 0 < len(await shop.texts()) < FILES) == (JobState.CANCELLED, True)
    assert await shop.factory.source_schedule.sweep() == FILES


async def test_another_worker_goes_on_from_the_cursor(shop: Shop) -> None:
    job = await _send(shop)
    shop.factory.job_runner.start()
    await _until(shop, _has_begun)
    await shop.factory.job_runner.aclose()
    half = await shop.factory.jobs.get(shop.workspace_id, job.id)
    assert (half.state, half.cursor["added"]) == (JobState.QUEUED, half.done)
    assert await shop.factory.job_runner.run_due() == 1
    done = await shop.factory.jobs.get(shop.workspace_id, job.id)
    assert (done.state, done.done, len(await shop.texts())) == (JobState.SUCCEEDED, FILES, FILES)
    # A worker may end between a commit and its note of it: then one file is read twice.
    assert (
        int(str(done.result["added"])) + int(str(done.result["unchanged"])),
        done.result["unchanged"] in (0, 1),
    ) == (FILES, True)


async def test_a_worker_that_fell_silent_is_followed_by_another(shop: Shop) -> None:
    job = await _send(shop, 3)
    async with shop.factory.database.platform() as platform:
        await platform.claim_jobs(limit=1, lifetime=LEASE)
    assert await shop.factory.job_runner.run_due() == 0
    shop.clock.ahead = LEASE * 1.1
    assert await shop.factory.job_runner.run_due() == 1
    done = await shop.factory.jobs.get(shop.workspace_id, job.id)
    assert (done.state, done.attempts, done.result["added"]) == (JobState.SUCCEEDED, 2, 3)


async def test_too_many_files_or_none_leave_nothing(shop: Shop) -> None:
    for count in (0, MOST_FILES + 1):
        with pytest.raises(InvalidInputError):
            await _send(shop, count)
    assert await shop.factory.jobs.list_newest(shop.workspace_id) == []


async def test_an_import_in_this_process_that_somebody_stops_says_so(shop: Shop, tmp_path: Path) -> None:
    for number in range(FILES):
        (tmp_path / f"allowed/{number:02}.md").write_text(f"# Page {number}\n\nText.")
    work = asyncio.create_task(shop.factory.knowledge.add_paths(shop.workspace_id, [tmp_path / "allowed"]))
    await shop.factory.jobs.cancel(shop.workspace_id, (await _until(shop, _has_begun)).id)
    with pytest.raises(JobCancelledError):
        await work
