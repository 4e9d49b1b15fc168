"""Step 12: side effects leave after commit, at least once; a failed one waits longer each time and stays visible."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import structlog

from kefu.domain.errors import UnavailableError
from kefu.domain.turn import OutboxEntry
from kefu.kit.clock import Clock
from kefu.storage.database import Database

_POLL_SECONDS = 1.0
_BATCH = 20
_CLAIM = timedelta(seconds=60)
_MAX_DELAY = timedelta(hours=1)

Handle = Callable[[OutboxEntry], Awaitable[None]]
log = structlog.get_logger(__name__)


class OutboxDispatcher:
    """Claims due entries and runs their topic's handler. Handlers must bear a second run of the same entry."""

    def __init__(self, database: Database, handlers: Mapping[str, Handle], *, clock: Clock) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="outbox")

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def dispatch_due(self) -> int:
        """Handle what is due now; returns how many entries were claimed."""
        async with self._database.platform() as platform:
            entries = await platform.claim_outbox(limit=_BATCH, lifetime=_CLAIM)
        for entry in entries:
            await self._dispatch(entry)
        return len(entries)

    async def _dispatch(self, entry: OutboxEntry) -> None:
        try:
            await self._handlers[entry.topic](entry)
        except UnavailableError as error:
            await self._defer(entry, error)  # somebody else's system is away: no error of ours
            return
        except Exception as error:
            log.exception("outbox_handler_failed", entry=entry.id, topic=entry.topic)
            await self._defer(entry, error)
            return
        async with self._database.platform() as platform:
            await platform.finish_outbox(entry.id)

    async def _defer(self, entry: OutboxEntry, error: Exception) -> None:
        delay = min(timedelta(seconds=2**entry.attempts), _MAX_DELAY)
        log.warning("outbox_deferred", entry=entry.id, topic=entry.topic, attempts=entry.attempts, error=str(error))
        async with self._database.platform() as platform:
            await platform.defer_outbox(entry.id, until=self._clock.now() + delay, error=str(error)[:500])

    async def _run(self) -> None:
        while True:
            if await self._try_dispatch() < _BATCH:
                await asyncio.sleep(_POLL_SECONDS)

    async def _try_dispatch(self) -> int:
        """As ``dispatch_due``; 0 when the database failed, for the next poll comes in any case."""
        try:
            return await self.dispatch_due()
        except Exception:
            log.exception("outbox_failed")
            return 0
