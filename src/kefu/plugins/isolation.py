"""Code of others is run in a thread and an event loop of its own, and cut off when it takes too long.

An event loop cannot cut off what never awaits: one ``time.sleep`` in a plugin would stop every customer. So each plugin
has a thread. When it no longer reacts it is left to itself, and the plugin gets a new one, a few times.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any

from kefu.plugins.channels import ChannelError
from kefu.plugins.errors import ToolError

PASSED = (ToolError, ChannelError)
"""What a plugin says by raising: its caller gets it as it is."""
_SIGN_OF_LIFE_S = 0.25
_MOST_THREADS = 5
"""Threads that a plugin may leave hanging in one process; then it is not called any more."""
_MOST_CALLS = 64
"""Calls of one plugin at a time."""
_JOIN_S = 1.0


class PluginFailure(Exception):  # noqa: N818 - the base of three endings; each says its own
    """A call of a plugin that gave nothing. ``reason`` is for the trace."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PluginCrashedError(PluginFailure):
    """It raised what it must not raise."""


class PluginHungError(PluginFailure):
    """It took longer than it may."""


class PluginNotCalledError(PluginFailure):
    """It was not called at all: too many of its calls are under way, or it has hung too often."""


class PluginThread:
    """Where the code of one plugin runs."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._left_hanging = 0
        self._calls = 0

    async def run(self, function: Callable[..., Any], *arguments: object, seconds: float) -> Any:
        """What the function gives, awaited. Raises one of ``PASSED`` as the plugin did, and a PluginFailure otherwise."""
        if self._left_hanging >= _MOST_THREADS:
            raise PluginNotCalledError(f"{self._name} has hung {_MOST_THREADS} times; restart to use it again")
        if self._calls >= _MOST_CALLS:
            raise PluginNotCalledError(f"{_MOST_CALLS} calls of {self._name} are under way")
        self._calls += 1
        try:
            return await self._run(function, arguments, seconds)
        finally:
            self._calls -= 1

    async def aclose(self) -> None:
        """Stop; a thread that hangs is left behind (it is a daemon)."""
        thread, self._thread = self._thread, None
        self._stop_loop()
        if thread is not None:
            await asyncio.to_thread(thread.join, _JOIN_S)

    async def _run(self, function: Callable[..., Any], arguments: tuple[object, ...], seconds: float) -> Any:
        loop = self._loop or self._start()
        call = asyncio.run_coroutine_threadsafe(_invoke(function, arguments), loop)
        waiting = asyncio.wrap_future(call)
        try:
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
        except asyncio.CancelledError:
            call.cancel()
            raise
        if done:
            return _outcome(waiting)
        call.cancel()
        await self._leave_if_dead(loop)
        raise PluginHungError(f"no answer within {seconds:g} s")

    async def _leave_if_dead(self, loop: asyncio.AbstractEventLoop) -> None:
        """One that still reacts goes on; its other calls are none the worse."""
        sign = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop))
        done, _ = await asyncio.wait({sign}, timeout=_SIGN_OF_LIFE_S)
        if not done and loop is self._loop:
            self._left_hanging += 1
            self._stop_loop()

    def _start(self) -> asyncio.AbstractEventLoop:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_work, args=(self._loop,), name=f"plugin-{self._name}", daemon=True)
        self._thread.start()
        return self._loop

    def _stop_loop(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(loop.stop)


def _work(loop: asyncio.AbstractEventLoop) -> None:
    """The thread: runs the loop until it is stopped, and lets what is left in it end."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_JOIN_S))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _invoke(function: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    try:
        found = function(*arguments)
        return await found if inspect.isawaitable(found) else found
    except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:  # would end the thread's loop
        raise PluginCrashedError(f"it raised {type(error).__name__}") from error


def _outcome(call: "asyncio.Future[Any]") -> Any:
    if call.cancelled():
        raise PluginCrashedError("it cancelled itself")
    try:
        return call.result()
    except (*PASSED, PluginFailure):
        raise
    except Exception as error:
        raise PluginCrashedError(f"it raised {type(error).__name__}") from error
