"""A bound on request bodies, before anything reads them."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kefu.domain.errors import BodyTooLargeError
from kefu.server.errors import to_problem, to_response

MAX_BODY = 256 * 1024
_PROBLEM = to_problem(BodyTooLargeError(limit=MAX_BODY))
_FILES = frozenset({"/api/v1/knowledge/imports", "/api/v1/knowledge/calibrations"})
"""Files come here. Their handlers know the sender first, and read piece by piece with a limit for each file."""


class _TooLargeError(HTTPException):
    """An HTTPException, because FastAPI turns any other error of a body into 400."""

    def __init__(self) -> None:
        super().__init__(BodyTooLargeError.status)


class BodyLimit:
    """Refuses by Content-Length at once, and a chunked body as soon as it has grown too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["path"] in _FILES and scope["method"] == "POST"):
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            await to_response(_PROBLEM)(scope, receive, send)
            return
        await self._app(scope, _Counter(receive).receive, send)


class _Counter:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._total = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._total += len(message.get("body", b""))
        if self._total > MAX_BODY:
            raise _TooLargeError
        return message


def install(app: FastAPI) -> None:
    """Bound all bodies of an application."""
    app.add_middleware(BodyLimit)
    app.exception_handler(_TooLargeError)(_on_too_large)


async def _on_too_large(_request: Request, _error: _TooLargeError) -> JSONResponse:
    return to_response(_PROBLEM)
