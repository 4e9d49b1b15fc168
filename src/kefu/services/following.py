"""Following a numbered log: what is stored first, then live, each once and in order, whatever the bus loses."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kefu.storage.bus import Bus, Listener

IDLE_SECONDS = 15.0
"""After this much silence a follower looks into the log by itself (the bus may drop) and may send a sign of life."""
_FIRST_PAGE = 8
_MAX_PAGE = 500
_PAGE_BYTES = 64 * 1024
"""A page is in memory while a reader takes it, so one page of a long log is about as large as this."""


class Numbered(Protocol):
    """What a log holds: numbers grow by one."""

    @property
    def seq(self) -> int: ...


Entry = TypeVar("Entry", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Log(Generic[Entry]):
    """One log: the channel that announces it, how to read it (after a number, so many), and its form on the bus."""

    channel: str
    read: Callable[[int, int], Awaitable[list[Entry]]]
    to_bytes: Callable[[list[Entry]], bytes]
    from_bytes: Callable[[bytes], list[Entry]]


async def follow(bus: Bus, log: Log[Entry], *, after: int) -> AsyncGenerator[list[Entry], None]:
    """Yield entries with numbers above ``after``, for ever; an empty list is ``IDLE_SECONDS`` of silence.

    Raises ListenerTooSlowError when the caller takes them more slowly than they come; it can follow again from its
    last number.
    """
    position = after
    async with bus.subscribe(log.channel) as listener:
        while True:
            async with aclosing(_catch_up(log, after=position)) as missed:
                async for page in missed:
                    position = page[-1].seq
                    yield page
            async with aclosing(_hear(log, listener, after=position)) as live:
                async for page in live:
                    position = page[-1].seq if page else position
                    yield page


async def _hear(log: Log[Entry], listener: Listener, *, after: int) -> AsyncGenerator[list[Entry], None]:
    """Live entries for as long as they follow on. Ends at a gap, and with [] at silence: then the log knows more."""
    position = after
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await listener.receive()
        except TimeoutError:
            yield []
            return
        fresh = [entry for entry in log.from_bytes(message) if entry.seq > position]
        if fresh and fresh[0].seq > position + 1:
            return
        if fresh:
            position = fresh[-1].seq
            yield fresh


async def _catch_up(log: Log[Entry], *, after: int) -> AsyncGenerator[list[Entry], None]:
    position, limit = after, _FIRST_PAGE
    while page := await log.read(position, limit):
        position = page[-1].seq
        yield page
        if len(page) < limit:
            return
        limit = max(1, min(_MAX_PAGE, len(page) * _PAGE_BYTES // len(log.to_bytes(page))))
