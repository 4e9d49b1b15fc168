"""Folders of the server, the life of a source, and its schedule."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from kefu.domain.errors import ConflictError, InvalidInputError, NotFoundError
from kefu.domain.job import JobState
from kefu.domain.source import KeptDocuments, Source, SourceKind
from kefu.services.source_schedule import SourceSchedule
from tests.services.sources.shop import Shop, open_shop

HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(database_url, tmp_path) as shop:
        yield shop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "allowed/kb"
    (folder / "shop").mkdir(parents=True)
    for name, text in {"a.md": "# A\n\nApples.", "shop/b.md": "# B\n\nBread.", "c.txt": "C\n\nCheese."}.items():
        (folder / name).write_text(text)
    return folder


async def _add(shop: Shop, folder: Path, **options: object) -> Source:
    return await shop.add(SourceKind.FOLDER, str(folder), **options)


def _move(path: Path, to: Path) -> None:
    path.rename(to)


def _link(path: Path, to: Path) -> None:
    path.symlink_to(to)


async def test_a_folder_is_followed(shop: Shop, folder: Path) -> None:
    (folder / "bad.pdf").write_text("<!doctype html>Sign in")
    source = await _add(shop, folder, exclude=("*.txt",))
    job = await shop.sync(source)
    assert (set(await shop.texts()), [(one.item, one.code) for one in job.problems]) == (
        {"a", "shop/b"},
        [("bad.pdf", "wrong_kind")],
    )
    (folder / "a.md").unlink()
    (folder / "shop/b.md").write_text("# B\n\nButter.")
    (folder / "d.jsonl").write_text(
        '{"id":"1","question":"Q1?","answer":"A1."}\n{"id":"2","question":"Q2?","answer":"A2."}'
    )
    assert (await shop.sync(source)).result == {"read": 2, "same": 0, "added": 3, "removed": 1}
    (folder / "d.jsonl").write_text('{"id":"2","question":"Q2?","answer":"A2."}')
    assert (await shop.sync(source)).result == {"read": 1, "same": 1, "added": 0, "removed": 1}
    assert set(await shop.texts()) == {"shop/b", "d/2"}


@pytest.mark.parametrize("address", ["/etc", "/", "nowhere", "../..", "link", "\0"])
async def test_only_allowed_folders_are_read(shop: Shop, tmp_path: Path, address: str) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "allowed/link").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInputError):
        await _add(shop, tmp_path / "allowed" / address)


async def test_a_folder_that_became_a_link_is_not_followed_out(shop: Shop, folder: Path, tmp_path: Path) -> None:
    source = await _add(shop, folder)
    await shop.sync(source)
    _move(folder, tmp_path / "moved")
    _link(folder, tmp_path / "moved")
    job = await shop.sync(source)
    assert (job.state, job.error_code, len(await shop.texts())) == (JobState.FAILED, "invalid_input", 3)


@pytest.mark.parametrize(
    ("documents", "left"), [(KeptDocuments.REMOVE, set()), (KeptDocuments.KEEP, {"a", "shop/b", "c"})]
)
async def test_deleting_says_what_becomes_of_the_documents(
    shop: Shop, folder: Path, *, documents: KeptDocuments, left: set[str]
) -> None:
    source = await _add(shop, folder)
    await shop.sync(source)
    queued = await shop.factory.sources.order_sync(shop.workspace_id, source.id)
    removed = await shop.factory.sources.delete(shop.workspace_id, source.id, documents=documents)
    assert (removed, set(await shop.texts())) == (3 - len(left), left)
    assert (await shop.factory.jobs.get(shop.workspace_id, queued.id)).state is JobState.CANCELLED
    with pytest.raises(NotFoundError):
        await shop.source(source)
    assert (await shop.sync(await _add(shop, folder))).result["added"] == 3 - len(left)


async def test_a_due_source_is_ordered_once_however_many_look(shop: Shop, folder: Path) -> None:
    source = await _add(shop, folder, interval=HOUR)
    others = [SourceSchedule(shop.factory.database, clock=shop.clock) for _ in range(3)]
    for schedule in (*others, shop.factory.source_schedule):
        await schedule.order_due()
    assert len(await shop.factory.jobs.list_newest(shop.workspace_id, kind="source_sync")) == 1
    assert await shop.factory.job_runner.run_due() == 1
    state = (await shop.source(source)).state
    assert state.due_at is not None
    assert state.due_at > shop.clock.now() + HOUR * 0.9
    assert await shop.factory.source_schedule.order_due() == 0
    shop.clock.ahead = HOUR * 1.1
    assert await shop.factory.source_schedule.order_due() == 1


async def test_a_failing_source_waits_longer_and_says_why(shop: Shop, folder: Path, tmp_path: Path) -> None:
    source = await _add(shop, folder, interval=HOUR)
    _move(folder, tmp_path / "away")
    waits = []
    for _ in range(10):
        assert (await shop.sync(source)).state is JobState.FAILED
        state = (await shop.source(source)).state
        assert state.due_at is not None
        waits.append(round((state.due_at - shop.clock.now()) / HOUR))
    assert waits == [2, 4, 8, 16, 32, 64, 64, 64, 64, 64]
    state = (await shop.source(source)).state
    assert (state.failures, state.error_code) == (10, "invalid_input")
    _move(tmp_path / "away", folder)
    await shop.sync(source)
    state = (await shop.source(source)).state
    assert (state.failures, state.error_code, state.due_at is not None) == (0, None, True)


@pytest.mark.parametrize(
    "options",
    [
        {"max_items": 0},
        {"max_items": 5_001},
        {"interval": timedelta(minutes=4)},
        {"include": ("",)},
        {"exclude": ("x",) * 51},
    ],
)
async def test_options_that_make_no_sense_are_refused(shop: Shop, folder: Path, options: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        await _add(shop, folder, **options)


async def test_the_same_source_is_added_once(shop: Shop, folder: Path) -> None:
    await _add(shop, folder)
    with pytest.raises(ConflictError):
        await _add(shop, folder / "../kb")
