"""What is due by itself: syncs of sources by their interval, and the removal of files whose import is over."""

import asyncio
from contextlib import suppress

import structlog

from kefu.domain.errors import ConflictError
from kefu.kit.clock import Clock
from kefu.services.imports import ABANDONED
from kefu.services.jobs import order_in
from kefu.services.sources import to_sync
from kefu.storage.database import Database

_EVERY_S = 5.0
_AT_ONCE = 20
log = structlog.get_logger(__name__)


class SourceSchedule:
    """Runs in every process that runs jobs. However many look, a source's sync is ordered once: see ``_order``."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="source-schedule")

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def order_due(self) -> int:
        """Order what is due now; how many syncs that were, here or elsewhere."""
        async with self._database.platform_view() as platform:
            due = await platform.list_due_sources(limit=_AT_ONCE)
        for workspace_id, source_id in due:
            with suppress(ConflictError):  # another process was first
                await self._order(workspace_id, source_id)
        return len(due)

    async def sweep(self) -> int:
        """Remove files that nobody will read any more; how many those were."""
        async with self._database.platform_view() as platform:
            old = await platform.list_old_uploads(before=self._clock.now() - ABANDONED, limit=_AT_ONCE)
        for workspace_id, upload_id in old:
            async with self._database.write(workspace_id) as unit:
                await unit.uploads.remove(upload_id)
        return len(old)

    async def _order(self, workspace_id: str, source_id: str) -> None:
        """Of a source one sync is open at a time, and with its order the next one is put off: both in one commit."""
        now = self._clock.now()
        async with self._database.write(workspace_id) as unit:
            source = await unit.sources.find(source_id)
            if (
                source is None
                or source.options.interval is None
                or source.state.due_at is None
                or source.state.due_at > now
            ):
                return
            await order_in(unit, to_sync(source_id))
            await unit.sources.set_due(source_id, now + source.options.interval)

    async def _watch(self) -> None:
        while True:
            await self._try()
            await asyncio.sleep(_EVERY_S)

    async def _try(self) -> bool:
        """False when the database failed: the next look comes in any case."""
        try:
            await self.order_due()
            await self.sweep()
        except Exception:
            log.exception("schedule_not_kept")
            return False
        return True
