"""The desk's API for a program that waits for nobody: plain calls, and a stream that comes back by itself."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import httpcore2
import orjson

_TIMEOUT = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 10.0}
_STREAM_TIMEOUT = {**_TIMEOUT, "read": 40.0}
"""The server sends a sign of life every 15 seconds: silence of this length is a lost connection."""
_PAUSES = (0.5, 1.0, 2.0, 5.0)
_OK = range(200, 300)
_LOST = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError)
Json = dict[str, Any]
Method = Literal["GET", "POST", "PUT"]


class RefusedError(Exception):
    """The server said no, or nothing. ``code`` is that of the problem, ``unreachable`` without an answer."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class DeskClient:
    """Calls below ``/api/v1`` with an agent's key. Threads may share it."""

    def __init__(self, url: str, key: str) -> None:
        self._base = url.rstrip("/") + "/api/v1"
        self._headers: dict[bytes | str, bytes | str] = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
        }
        self._pool = httpcore2.ConnectionPool(max_connections=8)

    def call(self, method: Method, path: str, body: Json | None = None) -> Json:
        """The answer's JSON. Raises RefusedError."""
        content = b"" if body is None else orjson.dumps(body)
        try:
            response = self._pool.request(
                method, self._base + path, headers=self._headers, content=content, extensions={"timeout": _TIMEOUT}
            )
        except _LOST as error:
            raise RefusedError("unreachable", f"{self._base} does not answer.") from error
        return _read(response.status, response.content)

    def get(self, path: str) -> Json:
        return self.call("GET", path)

    def post(self, path: str, **body: Any) -> Json:
        return self.call("POST", path, body)

    def follow(
        self, path: str, *, after: int, goes_on: Callable[[], bool], rest: Callable[[float], object]
    ) -> Iterator[Json]:
        """Events above a number, each once, for as long as ``goes_on``; a lost connection is opened again, after a
        ``rest`` of some seconds, which whoever leaves may cut short.
        """
        position, failures = after, 0
        while goes_on():
            try:
                for event in self._stream(f"{path}?after={position}", goes_on):
                    position, failures = event["seq"], 0
                    yield event
            except (*_LOST, RefusedError):
                failures += 1
            rest(_PAUSES[min(failures, len(_PAUSES) - 1)])

    def close(self) -> None:
        """Streams close what is theirs when they end."""
        self._pool.close()

    def _stream(self, path: str, goes_on: Callable[[], bool]) -> Iterator[Json]:
        """Over a connection of its own: it ends late, and calls must not wait for it."""
        url, extensions = self._base + path, {"timeout": _STREAM_TIMEOUT}
        with (
            httpcore2.ConnectionPool(max_connections=1) as own,
            own.stream("GET", url, headers=self._headers, extensions=extensions) as response,
        ):
            if response.status not in _OK:
                raise RefusedError(str(response.status), "This is not followed any more.")
            rest = b""
            for piece in response.iter_stream():
                *lines, rest = (rest + piece).split(b"\n")
                if not goes_on():
                    return
                yield from (orjson.loads(line[6:]) for line in lines if line.startswith(b"data: "))


def _read(status: int, content: bytes) -> Json:
    try:
        found: Json = orjson.loads(content) if content else {}
    except orjson.JSONDecodeError:
        raise RefusedError("unreachable", f"The server answered {status} with something else than JSON.") from None
    if status not in _OK:
        raise RefusedError(str(found.get("code", status)), str(found.get("detail", status)))
    return found
