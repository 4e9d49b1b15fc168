"""Events as server-sent events (WHATWG HTML, section 9.2). What arrives together is written together."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

import orjson
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from kefu.domain.desk import DeskEvent
from kefu.domain.turn import Event
from kefu.kit.jsonvalue import JsonObject
from kefu.server.streams.connections import Connections
from kefu.services.wire import desk_event_to_json, event_to_public
from kefu.storage.bus import ListenerTooSlowError

T = TypeVar("T")
OPENING = b": stream\n\n"
"""Sent at once: some proxies hold the response's head until its first byte."""
KEEP_ALIVE = b": keep-alive\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def to_sse(events: list[Event]) -> bytes:
    """``id``, ``event`` and ``data`` of each event of a conversation; a comment when there is none."""
    return _frames([(event.seq, event.type, event_to_public(event)) for event in events])


def desk_to_sse(events: list[DeskEvent]) -> bytes:
    """As ``to_sse``, of the desk's events."""
    return _frames([(event.seq, event.type, desk_event_to_json(event)) for event in events])


def _frames(events: list[tuple[int, str, JsonObject]]) -> bytes:
    if not events:
        return KEEP_ALIVE
    return b"".join(
        b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, kind.encode(), orjson.dumps(data)) for seq, kind, data in events
    )


class Stream(StreamingResponse):
    """A response of events. Closes its body when it ends, though the reader may not have taken the last piece."""

    def __init__(self, body: AsyncGenerator[bytes, None]) -> None:
        super().__init__(body, media_type="text/event-stream", headers=_HEADERS)
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._body):
            await super().__call__(scope, receive, send)


def respond(pages: AsyncGenerator[list[Event], None], connections: Connections) -> Stream:
    """Stream pages until they end, the reader is too slow, or the server drains (the client resumes by number)."""
    return _respond(pages, connections, to_sse)


def respond_desk(pages: AsyncGenerator[list[DeskEvent], None], connections: Connections) -> Stream:
    """As ``respond``, for agents."""
    return _respond(pages, connections, desk_to_sse)


def _respond(pages: AsyncGenerator[T, None], connections: Connections, to_bytes: Callable[[T], bytes]) -> Stream:
    connections.require_room()
    return Stream(_write(pages, connections, to_bytes))


async def _write(
    pages: AsyncGenerator[T, None], connections: Connections, to_bytes: Callable[[T], bytes]
) -> AsyncGenerator[bytes, None]:
    with connections.count():
        async with aclosing(pages), aclosing(connections.until_drained(pages)) as rest:
            yield OPENING
            try:
                async for page in rest:
                    yield to_bytes(page)
            except ListenerTooSlowError:
                return
