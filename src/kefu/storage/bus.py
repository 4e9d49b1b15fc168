"""Who hears that a conversation has new events.

A channel carries each stored event at most once and in order, to those who listen now. It may drop everything: the
log in the database is the truth, and a listener that meets a gap reads it from there. One process uses memory,
several use Redis; the same contract tests run on both.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

QUEUE_LIMIT = 256
"""Messages that wait for one slow listener before it is cut off."""

_RECONNECT_SECONDS = 0.5
_BROKEN = (RedisError, OSError, RuntimeError)
"""What a lost Redis looks like; uvloop says RuntimeError for a closed socket."""

log = structlog.get_logger(__name__)


class ListenerTooSlowError(Exception):
    """The listener's queue overflowed; it must catch up from the log."""


class Listener:
    """A bounded queue of one subscriber."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_LIMIT)
        self._is_overrun = False

    def offer(self, message: bytes) -> None:
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self._is_overrun = True

    async def receive(self) -> bytes:
        """The next message. Raises ListenerTooSlowError once any has been dropped."""
        if self._is_overrun:
            raise ListenerTooSlowError
        return await self._queue.get()


class Bus(Protocol):
    """Publish and subscribe by channel name."""

    async def publish(self, channel: str, message: bytes) -> None: ...

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[Listener]: ...

    async def check(self) -> None: ...

    async def aclose(self) -> None: ...


class _Listeners:
    """The listeners of this process, by channel."""

    def __init__(self) -> None:
        self._by_channel: dict[str, set[Listener]] = defaultdict(set)

    def deliver(self, channel: str, message: bytes) -> None:
        for listener in self._by_channel.get(channel, ()):
            listener.offer(message)

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[Listener]:
        listener = Listener()
        self._by_channel[channel].add(listener)
        try:
            yield listener
        finally:
            self._by_channel[channel].discard(listener)
            if not self._by_channel[channel]:
                del self._by_channel[channel]


async def notify(bus: Bus, channel: str, message: bytes) -> bool:
    """Publish what is stored already; False when the bus failed, in whatever way.

    After a commit nothing may undo its effect: listeners find in the log what the bus has lost.
    """
    try:
        await bus.publish(channel, message)
    except Exception:
        log.exception("bus_dropped", channel=channel)
        return False
    return True


class MemoryBus:
    """For one process."""

    def __init__(self) -> None:
        self._listeners = _Listeners()

    async def publish(self, channel: str, message: bytes) -> None:
        self._listeners.deliver(channel, message)

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[Listener]:
        return self._listeners.listen(channel)

    async def check(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


class RedisBus:
    """For several processes: one pattern subscription a process, fanned out locally.

    A lost connection drops messages, which the contract allows; it is opened again until ``aclose``.
    """

    _PREFIX = "kefu:bus:"

    def __init__(self, url: str) -> None:
        # redis-py 8 gives sockets a 5 s timeout, which would end every quiet subscription.
        self._publisher = Redis.from_url(url, socket_timeout=5)
        self._subscriber = Redis.from_url(url, socket_timeout=None)
        self._listeners = _Listeners()
        self._is_ready = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def publish(self, channel: str, message: bytes) -> None:
        try:
            await self._publisher.publish(self._PREFIX + channel, message)
        except _BROKEN:
            # Local listeners must not wait for Redis to come back; remote ones read the log when they wake.
            self._listeners.deliver(channel, message)

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[Listener]:
        if self._pump is None:
            self._pump = asyncio.create_task(self._run(), name="redis-bus")
        async with self._listeners.listen(channel) as listener:
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._is_ready.wait()
            yield listener

    async def check(self) -> None:
        """Raise RedisError unless Redis answers."""
        await self._publisher.ping()

    async def aclose(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        await self._publisher.aclose()
        await self._subscriber.aclose()

    async def _run(self) -> None:
        while True:
            try:
                await self._receive()
            except _BROKEN:
                self._is_ready.clear()
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _receive(self) -> None:
        async with self._subscriber.pubsub() as pubsub:
            await pubsub.psubscribe(self._PREFIX + "*")
            self._is_ready.set()
            async for message in pubsub.listen():
                if message["type"] == "pmessage":
                    self._listeners.deliver(message["channel"].decode().removeprefix(self._PREFIX), message["data"])
