"""Sources, what came from them, and files that were sent: on both databases, of one workspace only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kefu.domain.errors import ConflictError, NotFoundError
from kefu.domain.job import JobDraft, JobEnd, JobState
from kefu.domain.knowledge import Document, DocumentKind
from kefu.domain.source import Source, SourceItem, SourceKind, SourceOptions, SourceState
from kefu.kit.ids import new_id
from kefu.storage.database import Database
from tests.storage.seeds import Seed, seed

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OPTIONS = SourceOptions("zh", frozenset({"vip"}), ("a",), "o", "p", is_draft=True, include=("*.md",), max_items=7)


async def _source(database: Database, found: Seed, address: str = "https://shop.test/", **state: object) -> Source:
    source = Source(
        new_id("src"),
        found.workspace.id,
        SourceKind.WEB,
        address,
        OPTIONS,
        NOW,
        SourceState(**state),  # type: ignore[arg-type]
    )
    async with database.write(found.workspace.id) as unit:
        await unit.sources.add(source)
    return source


async def _item(database: Database, source: Source, address: str = "/a") -> SourceItem:
    item = SourceItem(new_id("si"), source.id, address, "h", "r", '"1"', "Mon")
    async with database.write(source.workspace_id) as unit:
        await unit.source_items.put(item)
    return item


async def _document(database: Database, found: Seed, item: SourceItem, key: str) -> str:
    document = Document(
        id=new_id("doc"), workspace_id=found.workspace.id, key=key, version=1, kind=DocumentKind.PAGE, title="t",
        language="zh", text="x", content_hash="h", created_at=NOW,
    )  # fmt: skip
    async with database.write(found.workspace.id) as unit:
        await unit.documents.add_version(document, [])
        await unit.source_items.own(document.id, item.id)
    return document.id


async def test_a_source_is_kept_whole_and_once(database: Database) -> None:
    found = await seed(database)
    source = await _source(database, found, due_at=NOW, failures=2, error_code="fetch_failed", revision="abc")
    async with database.read(found.workspace.id) as unit:
        assert await unit.sources.list_all() == [source]
    with pytest.raises(ConflictError):
        await _source(database, found)
    options = replace(OPTIONS, interval=timedelta(hours=6), segments=frozenset())
    async with database.write(found.workspace.id) as unit:
        await unit.sources.set_options(replace(source, options=options))
        await unit.sources.set_state(source.id, SourceState(synced_at=NOW, problem_count=3))
        assert await unit.sources.get(source.id) == replace(
            source, options=options, state=SourceState(synced_at=NOW, problem_count=3)
        )


async def test_due_sources_of_all_workspaces_are_found_the_most_overdue_first(database: Database) -> None:
    found, other = await seed(database), await seed(database, slug="other")
    second = await _source(database, found, due_at=NOW)
    first = await _source(database, other, due_at=NOW - timedelta(days=1))
    await _source(database, found, "https://later.test/", due_at=datetime.now(UTC) + timedelta(hours=1))
    await _source(database, found, "https://by-hand.test/")
    async with database.platform_view() as platform:
        due = await platform.list_due_sources(limit=9)
    assert due == [(other.workspace.id, first.id), (found.workspace.id, second.id)]


async def test_what_came_from_an_item_is_known_until_it_is_forgotten(database: Database) -> None:
    found = await seed(database)
    source = await _source(database, found)
    item = await _item(database, source)
    await _document(database, found, item, "a")
    async with database.write(found.workspace.id) as unit:
        assert await unit.source_items.list_documents(item.id) == [("a", "zh")]
        assert await unit.source_items.find_owner("a", "zh") == source.id
        await unit.source_items.put(replace(item, content_hash="new", etag=None))
        assert await unit.source_items.list_all(source.id) == [replace(item, content_hash="new", etag=None)]
        await unit.source_items.remove(item.id)
        assert await unit.source_items.find_owner("a", "zh") is None
        await unit.sources.remove(source.id)
        with pytest.raises(NotFoundError):
            await unit.sources.get(source.id)


async def test_another_workspace_sees_none_of_it(database: Database) -> None:
    found, other = await seed(database), await seed(database, slug="other")
    source = await _source(database, found)
    item = await _item(database, source)
    await _document(database, found, item, "a")
    async with database.write(found.workspace.id) as unit:
        upload = await unit.uploads.begin("a.md")
        await unit.uploads.add_part(upload, 0, b"x")
    async with database.write(other.workspace.id) as unit:
        assert not await unit.sources.list_all()
        assert not await unit.source_items.list_all(source.id)
        assert await unit.source_items.find_owner("a", "zh") is None
        await unit.sources.set_state(source.id, SourceState(failures=9))
        await unit.sources.remove(source.id)
        await unit.uploads.remove(upload)
        assert [part async for part in unit.uploads.parts(upload)] == []
    async with database.read(found.workspace.id) as unit:
        assert (await unit.sources.get(source.id)).state.failures == 0
        assert [part async for part in unit.uploads.parts(upload)] == [b"x"]


async def test_an_upload_is_old_when_its_job_is_over_or_never_was(database: Database) -> None:
    found = await seed(database)
    async with database.write(found.workspace.id) as unit:
        job = await unit.jobs.add(JobDraft("import", "x"))
        lost, read = await unit.uploads.begin("lost.md"), await unit.uploads.begin("read.md")
        await unit.uploads.add_part(read, 0, bytes(1_000_000))
        await unit.uploads.attach(read, job.id)
        assert await unit.uploads.get_name(read) == "read.md"
    past, future = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    async with database.platform() as platform:
        assert await platform.list_old_uploads(before=past, limit=9) == []
        assert await platform.list_old_uploads(before=future, limit=9) == [(found.workspace.id, lost)]
        (claimed,) = await platform.claim_jobs(limit=1, lifetime=timedelta(minutes=1))
    async with database.write(found.workspace.id) as unit:
        await unit.jobs.finish(claimed, JobEnd(JobState.CANCELLED))
        await unit.uploads.remove(lost)
    async with database.platform_view() as platform:
        assert await platform.list_old_uploads(before=past, limit=9) == [(found.workspace.id, read)]
