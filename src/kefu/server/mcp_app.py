"""``/mcp``: kefu as an MCP server over streamable HTTP.

Each request stands alone: it brings an API key, and no session outlives it that another key could take over. Whoever calls
must name a host that is ours (DNS rebinding) and, from a browser, come from an allowed page.
"""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from kefu.config import Settings
from kefu.domain.errors import ConfigurationError, ForbiddenError, KefuError, UnauthenticatedError
from kefu.factory import Factory
from kefu.server.errors import to_problem, to_response
from kefu.server.limits import MAX_BODY
from kefu.server.mcp_protocol import create_server
from kefu.server.streams.connections import Connections
from kefu.services.mcp.errors import INSTALL
from kefu.services.mcp.peer import is_installed
from kefu.services.principal import Operator

PATH = "/mcp"
_OPERATOR = "kefu.operator"
_PORTS = {"http": 80, "https": 443}


class McpApp:
    """An ASGI application; ``run`` is to be entered for as long as it serves."""

    def __init__(self, factory: Factory, *, connections: Connections) -> None:
        if not is_installed():
            raise ConfigurationError(f"KEFU_MCP_SERVE needs the extra: {INSTALL}")
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        self._factory = factory
        self._connections = connections
        self._hosts = hosts_of(factory.settings)
        self._origins = factory.settings.origins
        self._sessions = StreamableHTTPSessionManager(
            create_server(factory.assistant_tools, _operator_of),
            json_response=True,
            stateless=True,
            max_request_body_size=MAX_BODY,
        )

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        async with self._sessions.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._connections.require_room()
            scope[_OPERATOR] = await self._admit(scope)
        except KefuError as error:
            headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, UnauthenticatedError) else None
            await to_response(to_problem(error), headers)(scope, receive, send)
            return
        if scope["method"] != "POST":
            await JSONResponse(None, status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        with self._connections.count():
            try:
                await self._connections.unless_drained(self._sessions.handle_request(scope, receive, send))
            except KefuError as error:
                await to_response(to_problem(error), {"Retry-After": "2"})(scope, receive, send)

    async def _admit(self, scope: Scope) -> Operator:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            raise ForbiddenError("This host is not served here (KEFU_PUBLIC_URL, KEFU_MCP_HOSTS).")
        if any(origin not in self._origins for origin in headers.getlist("origin")):
            raise ForbiddenError("This origin is not allowed (KEFU_ALLOWED_ORIGINS).")
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if not hmac.compare_digest(scheme.lower().encode(), b"bearer") or not token:
            raise UnauthenticatedError
        return await self._factory.access.authenticate(token.strip())


def hosts_of(settings: Settings) -> frozenset[str]:
    """The values of ``Host`` that are this server's own, with and without the port that is understood."""
    own = settings.public_url or f"http://{settings.host}:{settings.port}"
    addresses = [own, *settings.origins] if not settings.public_url else [own]
    found = {part.strip().lower() for part in settings.mcp.hosts.split(",") if part.strip()}
    for address in addresses:
        parts = urlsplit(address)
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
        port = parts.port or _PORTS.get(parts.scheme, 80)
        found |= {f"{host}:{port}"} | ({host} if port == _PORTS.get(parts.scheme) else set())
    return frozenset(found)


async def _operator_of(context: Any) -> Operator:
    """Who was admitted with the request that the library is answering."""
    operator: Operator = context.request.scope[_OPERATOR]
    return operator
