"""What every WebSocket of this server has in common: limits of frames, an order of writing, pings, and its ends."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress

import orjson
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from kefu.domain.errors import UnavailableError
from kefu.kit.jsonvalue import JsonObject
from kefu.server.streams.connections import Connections

AUTHENTICATE_SECONDS = 5.0
MAX_FRAME = 64 * 1024
PING_SECONDS = 20.0


class CloseError(Exception):
    """Ends the connection with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Frames:
    """The frames of one accepted connection, as JSON text."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._writing = asyncio.Lock()

    async def receive(self) -> str:
        """The next frame. Raises CloseError for one that is binary or too large."""
        try:
            text = await self._socket.receive_text()
        except KeyError as error:  # a binary frame
            raise CloseError(1003, "text frames only") from error
        if len(text.encode()) > MAX_FRAME:
            raise CloseError(1009, "frame too large")
        return text

    async def receive_first(self) -> object:
        """The first frame, as JSON; it has to come soon. Raises CloseError."""
        try:
            async with asyncio.timeout(AUTHENTICATE_SECONDS):
                return orjson.loads(await self.receive())
        except (TimeoutError, orjson.JSONDecodeError) as error:
            raise CloseError(4401, "not authenticated") from error

    async def send(self, frame: JsonObject) -> None:
        """Waits for a slow reader until ``slow_readers`` cuts it off; nobody else does."""
        async with self._writing:
            await self._socket.send_text(orjson.dumps(frame).decode())

    async def ping(self) -> None:
        """For ever, so that what lies between knows that the connection is used."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self.send({"type": "ping"})


async def run_together(*sides: Coroutine[None, None, None] | asyncio.Future[None]) -> None:
    """Run side by side until one ends, in whatever way; its error is raised, and the others are over when this returns."""
    tasks = {asyncio.ensure_future(side) for side in sides}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def serve_socket(socket: WebSocket, connections: Connections, talk: Callable[[Frames], Awaitable[None]]) -> None:
    """Accept, run and close one connection."""
    connections.require_room()
    await socket.accept()
    with connections.count():
        try:
            await talk(Frames(socket))
        except CloseError as close:
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(close.code, close.reason)
        except UnavailableError:
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(1013, "unavailable: resume by number")
        except WebSocketDisconnect:
            return
