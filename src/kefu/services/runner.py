"""Which conversations this process is answering; starting, finding orphans, draining."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from kefu.domain.errors import DrainingError, KefuError
from kefu.kit.clock import Clock
from kefu.services.turn import TurnService, control_channel
from kefu.storage.bus import Bus, notify
from kefu.storage.database import Database

_SWEEP_SECONDS = 2.0
_ORPHAN_AGE = timedelta(seconds=5)
"""A message that has waited this long without a live lease lost its worker."""
_RETRY_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before a deferred turn is tried again here; after the last one it is the sweepers' again."""

Key = tuple[str, str]
log = structlog.get_logger(__name__)


class TurnRunner:
    """At most one task a conversation in this process; the lease keeps other processes out."""

    def __init__(self, turns: TurnService, *, database: Database, bus: Bus, clock: Clock) -> None:
        self._turns = turns
        self._database = database
        self._bus = bus
        self._clock = clock
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._again: set[Key] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._draining = asyncio.Event()

    @property
    def is_draining(self) -> bool:
        return self._draining.is_set()

    @property
    def active(self) -> int:
        """Conversations that are being answered here."""
        return len(self._tasks)

    def require_open(self) -> None:
        """Raise DrainingError once no new turn may start here."""
        if self.is_draining:
            raise DrainingError(retry_after=2)

    async def wake(self, workspace_id: str, conversation_id: str) -> None:
        """A visitor message was stored: answer it here, or let the worker that is answering know.

        While this process drains it stays queued: another one finds it.
        """
        key = (workspace_id, conversation_id)
        await notify(self._bus, control_channel(conversation_id), b"inbound")
        if self.is_draining:
            return
        if key in self._tasks:
            self._again.add(key)
        else:
            self._tasks[key] = asyncio.create_task(self._run(key), name=f"turn:{conversation_id}")

    async def stop(self, conversation_id: str) -> None:
        """End the running turn of a conversation, wherever it runs."""
        await notify(self._bus, control_channel(conversation_id), b"stop")

    async def silence(self, conversation_id: str) -> None:
        """A person has taken the conversation: end its turn, wherever it runs. The log refuses it already."""
        await notify(self._bus, control_channel(conversation_id), b"taken")

    def start(self) -> None:
        """Begin to look for messages whose worker died."""
        self._sweeper = asyncio.create_task(self._sweep(), name="turn-sweeper")

    def refuse_new(self) -> None:
        """Start no more turns; those that run go on."""
        self._draining.set()

    async def drain(self, *, seconds: float) -> None:
        """Wait for running turns, then give up those that are left: another worker continues them."""
        self.refuse_new()
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        tasks = set(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, key: Key) -> None:
        try:
            for pause in _RETRY_PAUSES:
                if await self._try_answer(key, retry_in=pause) or await self._drains_within(pause):
                    return
            await self._try_answer(key, retry_in=None)
        finally:
            self._again.discard(key)
            del self._tasks[key]

    async def _try_answer(self, key: Key, *, retry_in: float | None) -> bool:
        """Answer what is there; False when that has to wait. The messages then stay unhandled, for any worker."""
        try:
            self._again.add(key)
            while key in self._again and not self.is_draining:
                self._again.discard(key)
                await self._turns.run_pending(*key, may_begin=lambda: not self.is_draining)
        except KefuError as error:
            log.warning(
                "turn_deferred", conversation_id=key[1], code=error.code, detail=error.detail, retry_in=retry_in
            )
            return False
        except Exception:
            # A bug beside the dialogue. Its lease stays, so no sweeper is quick to repeat it.
            log.exception("turn_crashed", conversation_id=key[1])
            return True
        return True

    async def _drains_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._draining.wait()
        return self.is_draining

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            await self._try_sweep()

    async def _try_sweep(self) -> bool:
        """False when it failed; the next one comes in any case, for it is what makes orphans whole."""
        try:
            await self._find_orphans()
        except Exception:
            log.exception("sweep_failed")
            return False
        return True

    async def _find_orphans(self) -> None:
        async with self._database.platform_view() as platform:
            orphans = await platform.list_unanswered(before=self._clock.now() - _ORPHAN_AGE)
        for key in orphans:
            if key not in self._tasks:
                log.info("turn_taken_over", conversation_id=key[1])
                await self.wake(*key)
