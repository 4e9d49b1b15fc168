"""uvicorn with a drain: at SIGTERM turns end and streams close in good order before the listener goes.

uvicorn by itself waits for open streams before it runs the lifespan's shutdown, so an idle SSE connection would hold
it for ever, or ``timeout_graceful_shutdown`` would cut a sentence in half. Here the signal first starts the drain:
readiness turns 503, no new turn starts, running turns get their time, then all streams end and clients resume
elsewhere by number; only then does uvicorn hear of the signal. Its protocols are those that cut slow readers off.

The knowledge is loaded while the server listens already. If that fails, it ends as a start that failed.
"""

import asyncio
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from kefu.config import Settings
from kefu.factory import Factory
from kefu.server import slow_readers

_STREAM_FAREWELL_SECONDS = 0.3
_FORCED_AFTER_SECONDS = 3


class DrainingServer(uvicorn.Server):
    """Serves an application with the settings of its factory."""

    def __init__(self, app: FastAPI, *, log_level: str) -> None:
        self._factory: Factory = app.state.factory
        super().__init__(_configure(app, self._factory.settings, log_level))
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drain_task: asyncio.Task[None] | None = None
        self._signals = 0
        self._failure: BaseException | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        listeners = [listener for server in self.servers for listener in server.sockets]
        slow_readers.limit_buffers(listeners, seconds=self._factory.settings.slow_reader_seconds)
        self._app.state.loading.add_done_callback(self._on_loaded)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Until a signal; raises what kept the knowledge from being loaded."""
        await super().serve(sockets)
        if self._failure is not None:
            raise self._failure

    def _on_loaded(self, loading: asyncio.Task[None]) -> None:
        self._failure = None if loading.cancelled() else loading.exception()
        self.should_exit = self.should_exit or self._failure is not None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains; a second one stops at once."""
        self._signals += 1
        if self._loop is None or not self.started or self._signals > 1:
            super().handle_exit(sig, frame)
            return
        self._loop.call_soon_threadsafe(self._begin_drain, sig, frame)

    def _begin_drain(self, sig: int, frame: FrameType | None) -> None:
        self._drain_task = asyncio.create_task(self._drain(sig, frame))

    async def _drain(self, sig: int, frame: FrameType | None) -> None:
        try:
            await self._factory.runner.drain(seconds=self._factory.settings.drain_seconds)
            self._app.state.connections.drained.set()
            await asyncio.sleep(_STREAM_FAREWELL_SECONDS)
        finally:
            super().handle_exit(sig, frame)


def _configure(app: FastAPI, settings: Settings, log_level: str) -> uvicorn.Config:
    http, websocket = slow_readers.protocols(settings.slow_reader_seconds)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=http,
        ws=websocket,
        log_level=log_level,
        access_log=False,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        timeout_graceful_shutdown=_FORCED_AFTER_SECONDS,
        server_header=False,
    )


def serve(app: FastAPI, *, log_level: str) -> None:
    """Run until a signal, then drain."""
    DrainingServer(app, log_level=log_level).run()
