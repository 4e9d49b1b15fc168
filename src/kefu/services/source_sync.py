"""One sync of one source: what is new or changed becomes versions, what has vanished is taken out of use.

It runs as a job. Another worker goes on after the last item that was stored with all before it. What goes wrong with an
item is a problem of the job, and what came from that item earlier stays; when the source as a whole cannot be read,
nothing is taken away, and the source waits longer before the next try.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from kefu.domain.errors import (
    FetchError,
    InvalidInputError,
    JobCancelledError,
    JobLostError,
    SourceEmptyError,
    UnavailableError,
)
from kefu.domain.job import JobProblem
from kefu.domain.source import Source, SourceItem, SourceKind, SourceOptions, SourceProblem, SourceState
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.chunking import CHUNKER
from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.services.document_batch import DocumentBatch
from kefu.services.job_run import JobRun
from kefu.services.knowledge_import import DocumentNames
from kefu.services.source_readers.port import Content, Listing, OpenSource, Outcome, SourceReader
from kefu.services.versions import withdraw
from kefu.storage.database import Database
from kefu.storage.unit import Unit

SYNC = "source_sync"
_DROPPED_AT_ONCE = 50
_LONGEST_WAIT = timedelta(days=7)
_DOUBLINGS = 6


class SourceSync:
    """The handler of syncs."""

    def __init__(
        self, database: Database, readers: Mapping[SourceKind, SourceReader], *, parser: ParserProcess, clock: Clock
    ) -> None:
        self._database = database
        self._readers = readers
        self._parser = parser
        self._clock = clock

    async def run(self, run: JobRun) -> JsonObject:
        async with self._database.read(run.job.workspace_id) as unit:
            source = await unit.sources.get(run.job.subject)
        work = _Run(self._database, source, run, parser=self._parser, clock=self._clock)
        try:
            async with self._readers[source.kind].open(source) as opened:
                revision = await work.execute(opened)
        except (JobCancelledError, JobLostError, UnavailableError):
            raise
        except Exception as error:
            await self._note(source, partial(_after_failure, error=error))
            raise
        count = run.progress.problem_count
        await self._note(source, partial(_after_success, problem_count=count, revision=revision))
        return work.counts()

    async def _note(self, source: Source, change: "partial[SourceState]") -> None:
        """Write down how it went, by the options as they are now; of a source that is gone nothing."""
        async with self._database.write(source.workspace_id) as unit:
            now = await unit.sources.find(source.id)
            if now is not None:
                await unit.sources.set_state(source.id, change(now, self._clock))


def _after_success(source: Source, clock: Clock, *, problem_count: int, revision: str | None) -> SourceState:
    interval, now = source.options.interval, clock.now()
    return SourceState(
        synced_at=now,
        due_at=None if interval is None else now + interval,
        problem_count=problem_count,
        revision=None if problem_count else revision,
    )


def _after_failure(source: Source, clock: Clock, *, error: Exception) -> SourceState:
    """The wait doubles with each failure in a row, up to a week or the interval, whichever is longer."""
    interval, failures = source.options.interval, source.state.failures + 1
    due_at = None
    if interval is not None:
        wait = min(interval * 2 ** min(failures, _DOUBLINGS), max(_LONGEST_WAIT, interval))
        due_at = clock.now() + wait
    return replace(
        source.state,
        due_at=due_at,
        failures=failures,
        error_code=getattr(error, "code", "internal_error"),
        error_detail=str(getattr(error, "detail", error))[:500],
    )


class _Run:
    def __init__(self, database: Database, source: Source, run: JobRun, *, parser: ParserProcess, clock: Clock) -> None:
        self._database = database
        self._source = source
        self._run = run
        self._parser = parser
        self._reading_hash = _hash_of(source.options)
        self._names = DocumentNames()
        self._problems: list[JobProblem] = []
        self._batch = DocumentBatch(database, workspace_id=source.workspace_id, clock=clock, source_id=source.id)
        cursor = run.cursor
        self._before = {name: int(str(cursor.get(name, 0))) for name in ("read", "same", "added", "removed")}
        self._read = self._same = self._removed = 0

    async def execute(self, opened: OpenSource) -> str | None:
        """Read what has changed. Returns the name of what was read, where the source has one."""
        listing = await opened.list_items()
        if listing.is_unchanged:
            return listing.revision
        if not listing.known:
            raise SourceEmptyError("Nothing is listed there that fits; what is known stays.")
        async with self._database.read(self._source.workspace_id) as unit:
            items = {item.address: item for item in await unit.source_items.list_all(self._source.id)}
        last = self._run.cursor.get("at")
        if last is None:
            self._problems.extend(listing.problems)
        await self._read_all(opened, listing, items, after=str(last or ""))
        await self._drop_vanished(listing, items)
        return listing.revision

    def counts(self) -> JsonObject:
        """Items read anew and found the same; documents new or changed, and taken out of use."""
        before = self._before
        return {
            "read": before["read"] + self._read,
            "same": before["same"] + self._same,
            "added": before["added"] + self._batch.added,
            "removed": before["removed"] + self._removed,
        }

    async def _read_all(
        self, opened: OpenSource, listing: Listing, items: Mapping[str, SourceItem], *, after: str
    ) -> None:
        total = len(listing.addresses)
        for done, address in enumerate(listing.addresses, start=1):
            if address <= after:
                continue
            await self._take(opened, address, items.get(address))
            if self._batch.is_due or done == total:
                await self._store(done, total, address)
            else:
                await self._run.report(done=done, total=total)

    async def _store(self, done: int, total: int, address: str) -> None:
        await self._batch.store()
        self._problems += [
            JobProblem(key, SourceProblem.KEY_TAKEN, f"The key {key} is a document of another source.")
            for key in self._batch.taken
        ]
        self._batch.taken.clear()
        problems, self._problems = self._problems, []
        cursor: JsonObject = {**self.counts(), "at": address}
        await self._run.report(done=done, total=total, cursor=cursor, problems=problems)

    async def _take(self, opened: OpenSource, address: str, item: SourceItem | None) -> None:
        known = item if item is not None and item.reading_hash == self._reading_hash else None
        try:
            match await opened.read(address, known):
                case Outcome.UNCHANGED:
                    self._same += 1
                case Outcome.GONE:
                    self._forget(address, item)
                case JobProblem() as problem:
                    self._problems.append(problem)
                case Content() as content:
                    await self._keep(address, item, content)
        except DocumentInvalidError as error:
            self._problems.append(JobProblem(address, error.problem, error.reason))
        except (FetchError, InvalidInputError) as error:
            self._problems.append(JobProblem(address, error.code, error.detail))

    def _forget(self, address: str, item: SourceItem | None) -> None:
        if item is not None:
            self._batch.then(partial(self._drop, item=item))
        else:
            self._problems.append(JobProblem(address, FetchError.code, "It is listed, but it is not there."))

    async def _keep(self, address: str, item: SourceItem | None, content: Content) -> None:
        reading = await asyncio.to_thread(self._parser.read, content.file, name=content.name)
        names = self._names.claim(reading.documents, file=address)
        now = SourceItem(
            id=new_id("si") if item is None else item.id,
            source_id=self._source.id,
            address=address,
            content_hash=content.content_hash,
            reading_hash=self._reading_hash,
            etag=content.etag,
            last_modified=content.last_modified,
        )
        for document in reading.documents:
            await self._batch.add(_adapt(document, self._source.options, content.origin), item_id=now.id)
        self._batch.then(partial(self._finish, item=now, names=names))
        self._read += 1

    async def _finish(self, unit: Unit, *, item: SourceItem, names: frozenset[tuple[str, str]]) -> None:
        """All of an item is stored: what it brought earlier and brings no more goes."""
        await unit.source_items.put(item)
        left = set(await unit.source_items.list_documents(item.id)) - names
        self._removed += await withdraw(unit, sorted(left))

    async def _drop(self, unit: Unit, *, item: SourceItem) -> None:
        self._removed += await withdraw(unit, await unit.source_items.list_documents(item.id))
        await unit.source_items.remove(item.id)

    async def _drop_vanished(self, listing: Listing, items: Mapping[str, SourceItem]) -> None:
        if not listing.is_complete:
            return
        gone = [item for address, item in items.items() if address not in listing.known]
        total = len(listing.addresses)
        for start in range(0, len(gone), _DROPPED_AT_ONCE):
            for item in gone[start : start + _DROPPED_AT_ONCE]:
                self._batch.then(partial(self._drop, item=item))
            await self._store(total, total, listing.addresses[-1] if listing.addresses else "")


def _adapt(document: ParsedDocument, options: SourceOptions, origin: str) -> ParsedDocument:
    """The source's attributes, where the text does not say its own."""
    draft = document.draft
    own = draft.attributes
    segments = own.availability.segments or options.segments
    attributes = replace(
        own,
        availability=replace(own.availability, segments=segments),
        tags=tuple(dict.fromkeys((*own.tags, *options.tags))),
        owner=own.owner or options.owner,
        origin=own.origin or origin[:1_000],
    )
    return replace(document, draft=replace(draft, attributes=attributes, is_draft=draft.is_draft or options.is_draft))


def _hash_of(options: SourceOptions) -> str:
    """Of everything that makes other documents of the same file."""
    return sha256_of(
        [
            CHUNKER,
            options.language,
            sorted(options.segments),
            list(options.tags),
            options.owner,
            options.prefix,
            options.is_draft,
        ]
    )
