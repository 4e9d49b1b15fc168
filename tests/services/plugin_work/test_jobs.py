"""Jobs of plugins: ordered, resumed, stopped, cut off; due by themselves where their plugin is on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from kefu.domain.errors import ConflictError
from kefu.domain.job import Job, JobState
from kefu.plugins import Column, CreateTable, Daily, Every
from kefu.plugins.host import PluginHost
from kefu.services.plugin_work.jobs import PLUGIN_JOB, to_draft
from tests.services.sources.shop import Shop, open_shop
from tests.support.acme import NAME, Acme, write_acme
from tests.support.waiting import eventually


@pytest.fixture
def acme(tmp_path: Path) -> Acme:
    return write_acme(tmp_path / "acme")


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, acme: Acme) -> AsyncIterator[Shop]:
    async with open_shop(database_url, tmp_path, plugin_host=PluginHost([acme.plugin()])) as shop:
        await shop.factory.plugins.enable(shop.workspace_id, NAME)
        yield shop


async def run(shop: Shop, name: str, payload: dict[str, object] | None = None) -> Job:
    draft = to_draft(NAME, name, payload)  # type: ignore[arg-type]
    return await shop.factory.job_runner.run_here(shop.workspace_id, draft)


async def test_a_job_works_with_the_plugin_s_tables_and_gives_its_result(shop: Shop, acme: Acme) -> None:
    job = await run(shop, "count", {"reason": "test"})
    assert (job.state, job.done, job.total, job.result) == (JobState.SUCCEEDED, 10, 10, {"counted": 10})
    assert acme.runs == [{"reason": "test"}]


async def test_why_a_job_failed_is_told(shop: Shop, acme: Acme) -> None:
    acme.mode["job"] = "raises"
    failed = await run(shop, "count")
    assert (failed.state, failed.error_code) == (JobState.FAILED, "plugin_failed")
    assert "job of acme is broken" in (failed.error_detail or "")


async def test_another_worker_goes_on_where_a_job_was(shop: Shop, acme: Acme) -> None:
    acme.hangs_at = 4
    job = await shop.factory.jobs.order(shop.workspace_id, to_draft(NAME, "count"))
    shop.factory.job_runner.start()
    await until(shop, job, lambda now: now.done == 4)
    await shop.factory.job_runner.aclose()
    acme.hangs_at = None
    assert await shop.factory.job_runner.run_due() == 1
    assert acme.counted == list(range(10)), "each once"


async def until(shop: Shop, job: Job, is_so: Callable[[Job], bool]) -> None:
    async def look() -> bool:
        return is_so(await shop.factory.jobs.get(shop.workspace_id, job.id))

    assert await eventually(look, seconds=60)


@pytest.mark.parametrize("mode", ["hangs", "blocks", "lies", "raises"])
async def test_a_job_that_does_not_end_is_cut_off_and_turns_do_not_notice(shop: Shop, acme: Acme, mode: str) -> None:
    acme.mode["stubborn"] = mode
    running = asyncio.create_task(run(shop, "stubborn"))
    await asyncio.sleep(0.1)
    host = shop.factory.plugin_host
    assert await host.call(NAME, answer, seconds=0.3) == "here", "turns have a thread of their own"
    job = await running
    assert (job.state, job.error_code) == (JobState.FAILED, "plugin_failed")


async def answer() -> str:
    return "here"


async def test_a_job_is_stopped(shop: Shop, acme: Acme) -> None:
    acme.hangs_at = 2
    job = await shop.factory.jobs.order(shop.workspace_id, to_draft(NAME, "count"))
    running = asyncio.create_task(shop.factory.job_runner.run_due())
    await until(shop, job, lambda now: now.done == 2)
    await shop.factory.jobs.cancel(shop.workspace_id, job.id)
    await running
    assert (await shop.factory.jobs.get(shop.workspace_id, job.id)).state is JobState.CANCELLED


async def test_a_job_is_due_by_its_schedule_while_its_plugin_is_on(shop: Shop, acme: Acme) -> None:
    schedule = shop.factory.plugin_schedule
    assert await schedule.order_due() == 0, "not before its time"
    shop.clock.ahead = timedelta(hours=1, minutes=1)
    assert await schedule.order_due() == 1
    assert await schedule.order_due() == 0, "once"
    assert await shop.factory.job_runner.run_due() == 1
    assert acme.runs == [{}]
    await shop.factory.plugins.disable(shop.workspace_id, NAME)
    shop.clock.ahead = timedelta(hours=9)
    assert await schedule.order_due() == 0
    assert [job.kind for job in await shop.factory.jobs.list_newest(shop.workspace_id)] == [PLUGIN_JOB]


async def test_a_job_of_a_plugin_that_is_off_or_gone_is_refused(shop: Shop) -> None:
    assert (await run(shop, "nothing")).error_code == "not_found"
    await shop.factory.plugins.disable(shop.workspace_id, NAME)
    assert (await run(shop, "count")).error_code == "conflict"


async def test_a_newer_version_of_a_plugin_is_taken_in_at_the_start(
    shop: Shop, acme: Acme, database_url: str, tmp_path: Path
) -> None:
    plugin = acme.plugin()
    newer = acme.plugin(tables=(*plugin.tables, CreateTable("notes", (Column("id"),), key=("id",))))
    async with open_shop(database_url, tmp_path, plugin_host=PluginHost([newer])) as later:
        await later.factory.plugins.refresh(later.workspace_id)
        _, context = await later.factory.plugin_caller.open(later.workspace_id, NAME)
        assert await context.tables.count("notes") == 0


async def test_a_changed_history_of_tables_keeps_a_plugin_from_being_switched_on(
    shop: Shop, acme: Acme, database_url: str, tmp_path: Path
) -> None:
    changed = acme.plugin(tables=(CreateTable("products", (Column("sku"),), key=("sku",)),))
    async with open_shop(database_url, tmp_path, plugin_host=PluginHost([changed])) as later:
        with pytest.raises(ConflictError):
            await later.factory.plugins.enable(later.workspace_id, NAME)
        await later.factory.plugins.refresh(later.workspace_id)


def test_when_schedules_are_due() -> None:
    noon = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert Every(timedelta(minutes=5)).next_after(noon) == noon + timedelta(minutes=5)
    assert Daily(time(2, 30), "Asia/Shanghai").next_after(noon) == datetime(2026, 3, 28, 18, 30, tzinfo=UTC)
    assert Daily(time(13), "UTC").next_after(noon) == noon + timedelta(hours=1)
    assert Daily(time(12), "UTC").next_after(noon) == noon + timedelta(days=1)
    before, after = (Daily(time(3), "Europe/Berlin").next_after(noon + timedelta(days=days)) for days in (-1, 1))
    assert (before.astimezone(UTC).hour, after.astimezone(UTC).hour) == (2, 1), "the wall's time, across a change of it"
