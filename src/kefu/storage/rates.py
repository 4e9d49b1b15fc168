"""Rate limits, in memory for one process and in Redis for several.

The memory side is our own: the one of ``limits`` starts a thread hop per known key on every hit, which was measured at
half of a turn's processor time with twenty contacts, and grows with them.
"""

import time
from collections import deque
from typing import cast

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

_MINUTE = 60.0
_MAX_KEYS = 50_000


class LocalWindow:
    """A moving window of a minute a key, as a log of times; at most ``_MAX_KEYS`` keys, the oldest go first."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._times: dict[str, deque[float]] = {}

    def hit(self, key: str) -> float | None:
        """None, or the seconds after which to try again."""
        now = time.monotonic()
        times = self._times.pop(key, None) or deque[float]()
        self._times[key] = times  # the newest used key is the last
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(self._times) > _MAX_KEYS:
            del self._times[next(iter(self._times))]
        if len(times) >= self._per_minute:
            return max(1.0, times[0] + _MINUTE - now)
        times.append(now)
        return None


class RateLimits:
    """Moving windows of a minute. Each ``hit_`` returns None, or the seconds after which to try again.

    While Redis is away each process counts for itself: a limit that is too wide beats a refused customer.
    """

    def __init__(
        self, redis_url: str, *, messages_per_minute: int, visitors_per_minute: int, calls_per_minute: int = 120
    ) -> None:
        self._redis: MovingWindowRateLimiter | None = None
        self._pool: ConnectionPool | None = None
        if redis_url:
            # ``limits`` never closes a pool that it opened itself.
            self._pool = ConnectionPool.from_url(redis_url)
            self._redis = _limiter_on(self._pool, redis_url)
        self._limits = {"message": messages_per_minute, "visitor": visitors_per_minute, "call": calls_per_minute}
        self._local = {kind: LocalWindow(limit) for kind, limit in self._limits.items()}

    async def hit_message(self, contact_id: str) -> float | None:
        return await self._hit("message", contact_id)

    async def hit_visitor(self, address: str) -> float | None:
        return await self._hit("visitor", address)

    async def hit_call(self, key_id: str) -> float | None:
        """A call of one of kefu's own tools, by an API key."""
        return await self._hit("call", key_id)

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _hit(self, kind: str, key: str) -> float | None:
        if self._redis is None:
            return self._local[kind].hit(key)
        try:
            return await _hit_redis(self._redis, RateLimitItemPerMinute(self._limits[kind]), kind, key)
        except (RedisError, OSError, RuntimeError):
            return self._local[kind].hit(key)


def _limiter_on(pool: ConnectionPool, url: str) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        f"async+{url}", implementation="redispy", key_prefix="kefu:rates", connection_pool=cast("str", pool)
    )
    return MovingWindowRateLimiter(storage)


async def _hit_redis(
    limiter: MovingWindowRateLimiter, item: RateLimitItemPerMinute, kind: str, key: str
) -> float | None:
    if await limiter.hit(item, kind, key):
        return None
    window = await limiter.get_window_stats(item, kind, key)
    return max(1.0, window.reset_time - time.time())
