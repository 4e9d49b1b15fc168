"""Sources as their owners keep them: added, changed, synced, deleted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from kefu.domain.errors import ConflictError, InvalidInputError
from kefu.domain.job import Job, JobDraft
from kefu.domain.source import KeptDocuments, Source, SourceKind, SourceOptions, SourceState
from kefu.egress.addresses import LONGEST_ADDRESS
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.services.jobs import order_in
from kefu.services.source_readers.port import SourceReader
from kefu.services.source_sync import SYNC
from kefu.services.versions import withdraw
from kefu.storage.database import Database

MOST_SOURCES = 200
MOST_ITEMS = 5_000
SHORTEST_INTERVAL = timedelta(minutes=5)
LONGEST_INTERVAL = timedelta(days=365)
MOST_PATTERNS = 50
LONGEST_PATTERN = 200
_REMOVED_AT_ONCE = 50


class SourceService:
    def __init__(self, database: Database, readers: Mapping[SourceKind, SourceReader], *, clock: Clock) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock

    async def add(self, workspace_id: str, *, kind: SourceKind, address: str, options: SourceOptions) -> Source:
        """Keep a source; with an interval its first sync is due at once.

        Raises InvalidInputError and its kinds, FetchError (no such host), GitMissingError, ConflictError.
        """
        _require_fit(options)
        if not address or len(address) > LONGEST_ADDRESS:
            raise InvalidInputError(f"An address has 1 to {LONGEST_ADDRESS} characters.", field="address")
        source = Source(
            id=new_id("src"),
            workspace_id=workspace_id,
            kind=kind,
            address=await self._readers[kind].check(address),
            options=options,
            created_at=self._clock.now(),
            state=SourceState(due_at=self._clock.now() if options.interval else None),
        )
        async with self._database.write(workspace_id) as unit:
            if len(await unit.sources.list_all()) >= MOST_SOURCES:
                raise ConflictError(f"A workspace has at most {MOST_SOURCES} sources.")
            await unit.sources.add(source)
        return source

    async def list_all(self, workspace_id: str) -> list[Source]:
        async with self._database.read(workspace_id) as unit:
            return await unit.sources.list_all()

    async def get(self, workspace_id: str, source_id: str) -> Source:
        """Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            return await unit.sources.get(source_id)

    async def change(
        self, workspace_id: str, source_id: str, change: Callable[[SourceOptions], SourceOptions]
    ) -> Source:
        """Read it otherwise from the next sync on, which is due at once. Raises NotFoundError, InvalidInputError."""
        async with self._database.write(workspace_id) as unit:
            source = await unit.sources.get(source_id)
            options = change(source.options)
            _require_fit(options)
            due_at = self._clock.now() if options.interval else None
            changed = replace(source, options=options, state=replace(source.state, due_at=due_at))
            await unit.sources.set_options(changed)
            return changed

    async def order_sync(self, workspace_id: str, source_id: str) -> Job:
        """Sync it now; while that is under way, its job. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            await unit.sources.get(source_id)
            return await order_in(unit, to_sync(source_id))

    async def delete(self, workspace_id: str, source_id: str, *, documents: KeptDocuments) -> int:
        """Stop its sync and forget it; how many documents were taken out of use. Raises NotFoundError.

        Documents that are kept are from then on like those that were put by hand.
        """
        async with self._database.write(workspace_id) as unit:
            await unit.sources.get(source_id)
            job = await unit.jobs.find_open(kind=SYNC, subject=source_id)
            if job is not None:
                await unit.jobs.request_cancel(job.id)
        removed = 0
        while True:
            async with self._database.write(workspace_id) as unit:
                items = await unit.source_items.list_some(source_id, limit=_REMOVED_AT_ONCE)
                for item in items:
                    if documents is KeptDocuments.REMOVE:
                        removed += await withdraw(unit, await unit.source_items.list_documents(item.id))
                    await unit.source_items.remove(item.id)
                if len(items) < _REMOVED_AT_ONCE:
                    await unit.sources.remove(source_id)
                    return removed


def to_sync(source_id: str) -> JobDraft:
    return JobDraft(SYNC, source_id)


def _require_fit(options: SourceOptions) -> None:
    if not 1 <= options.max_items <= MOST_ITEMS:
        raise InvalidInputError(f"A source has 1 to {MOST_ITEMS} items.", field="max_items")
    interval = options.interval
    if interval is not None and not SHORTEST_INTERVAL <= interval <= LONGEST_INTERVAL:
        raise InvalidInputError("An interval is at least 5 minutes and at most a year.", field="interval_minutes")
    for field, patterns in (("include", options.include), ("exclude", options.exclude)):
        if len(patterns) > MOST_PATTERNS or any(not 0 < len(one) <= LONGEST_PATTERN for one in patterns):
            detail = f"At most {MOST_PATTERNS} patterns of 1 to {LONGEST_PATTERN} characters."
            raise InvalidInputError(detail, field=field)
