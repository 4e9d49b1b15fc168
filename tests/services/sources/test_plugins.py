"""A source that a plugin brings goes the way of all sources: jobs, detection of changes, schedule, sandboxed parsing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from kefu.domain.errors import InvalidInputError
from kefu.domain.job import JobState
from kefu.domain.source import SourceKind
from kefu.plugins.host import PluginHost
from tests.services.sources.shop import Shop, open_shop
from tests.support.acme import NAME, Acme, write_acme

A, B, C = "# A\n\nShoes last two years.", "# B\n\nSocks last one year.", "# C\n\nHats last for ever."


@pytest.fixture
def acme(tmp_path: Path) -> Acme:
    acme = write_acme(tmp_path / "acme")
    acme.pages = {"guide/a": (A, "1"), "guide/b": (B, "1"), "c": (C, "")}
    return acme


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, acme: Acme) -> AsyncIterator[Shop]:
    async with open_shop(database_url, tmp_path, plugin_host=PluginHost([acme.plugin()])) as shop:
        await shop.factory.plugins.enable(shop.workspace_id, NAME)
        yield shop


async def test_it_is_read_page_by_page_and_only_what_has_changed_again(shop: Shop, acme: Acme) -> None:
    source = await shop.add(SourceKind.PLUGIN, "acme/pages:all", prefix="acme")
    job = await shop.sync(source)
    assert (job.state, job.result["added"], job.problem_count) == (JobState.SUCCEEDED, 3, 0)
    assert set(await shop.texts()) == {"acme/guide/a", "acme/guide/b", "acme/c"}

    acme.fetched.clear()
    acme.pages["guide/a"] = ("# A\n\nShoes last three years.", "2")
    del acme.pages["guide/b"]
    job = await shop.sync(source)
    assert (job.result["read"], job.result["same"], job.result["removed"]) == (1, 1, 1)
    assert acme.fetched == ["c", "guide/a"], "what has a version is fetched only when that changes"
    texts = await shop.texts()
    assert set(texts) == {"acme/guide/a", "acme/c"}
    assert "three years" in texts["acme/guide/a"]


@pytest.mark.parametrize("mode", ["raises", "hangs"])
async def test_one_entry_that_fails_is_a_problem_and_keeps_its_document(shop: Shop, acme: Acme, mode: str) -> None:
    source = await shop.add(SourceKind.PLUGIN, "acme/pages")
    await shop.sync(source)
    acme.pages["guide/a"] = ("# A\n\nOther.", "2")
    acme.mode["fetch"] = mode
    job = await shop.sync(source)
    assert job.state is JobState.SUCCEEDED
    assert {problem.item for problem in job.problems} == {"guide/a", "c"}
    assert all(problem.code == "fetch_failed" for problem in job.problems)
    assert "two years" in (await shop.texts())["guide/a"]


async def test_a_list_that_fails_takes_nothing_away_and_is_tried_later(shop: Shop, acme: Acme) -> None:
    source = await shop.add(SourceKind.PLUGIN, "acme/pages", interval=timedelta(hours=1))
    await shop.sync(source)
    acme.mode["list"] = "raises"
    shop.clock.ahead = timedelta(hours=2)
    assert await shop.factory.source_schedule.order_due() == 1
    await shop.factory.job_runner.run_due()
    state = (await shop.source(source)).state
    assert (state.failures, state.error_code) == (1, "fetch_failed")
    assert "list of acme is broken" in (state.error_detail or "")
    assert len(await shop.texts()) == 3


async def test_what_cannot_be_parsed_is_refused_by_the_sandbox(shop: Shop, acme: Acme) -> None:
    acme.pages = {"a": ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1") + "\x00\x00", "1"), "b": (B, "1")}
    source = await shop.add(SourceKind.PLUGIN, "acme/pages")
    job = await shop.sync(source)
    assert (job.problem_count, [problem.item for problem in job.problems]) == (1, ["a"])
    assert set(await shop.texts()) == {"b"}


async def test_a_source_of_a_plugin_that_is_off_waits(shop: Shop) -> None:
    source = await shop.add(SourceKind.PLUGIN, "acme/pages")
    await shop.factory.plugins.disable(shop.workspace_id, NAME)
    job = await shop.sync(source)
    assert (job.state, job.error_code) == (JobState.FAILED, "conflict")


@pytest.mark.parametrize("address", ["acme/nothing", "nobody/pages", "acme", "https://example.com"])
async def test_only_sources_that_are_installed_can_be_added(shop: Shop, address: str) -> None:
    with pytest.raises(InvalidInputError):
        await shop.add(SourceKind.PLUGIN, address)
