"""One MCP server as kefu speaks to it: what it lists, and a call of one of its tools.

A server over HTTP gets a connection for each call, so that no answer to one customer can break another's call; a program
is started once and kept. Both are asked for their list before each call: a tool that is not what was accepted is not
called. Everything that a server says is data, and bounded.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import structlog

from kefu import __version__
from kefu.domain.errors import KefuError
from kefu.domain.mcp import McpDefinition
from kefu.egress.client import EgressClient
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.services.mcp.errors import McpMissingError, McpServerError

MOST_TOOLS = 100
_MOST_PAGES = 20
_LONGEST_NAME = 200
_LONGEST_DESCRIPTION = 8_000
_GOODBYE_S = 1.0
_META_KEY = "dev.kefu/idempotency-key"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool gave. ``values`` is None when it gave only text."""

    is_error: bool
    text: str
    values: JsonValue


class NotDoneError(Exception):
    """The server said, or it is plain, that the call was not carried out. ``code`` is for flows."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class InvalidAnswerError(Exception):
    """The server answered, but not in a form that the tool's accepted schema, the protocol or the limit allows."""


class ListChangedError(Exception):
    """The server's list is not what was accepted. ``listed`` is what it says now."""

    def __init__(self, listed: list[McpDefinition]) -> None:
        super().__init__("changed")
        self.listed = listed


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, and what the server listed on it. ``client`` is the library's, imported where it is used."""

    client: Any
    listed: list[McpDefinition]


class Reach(Protocol):
    """How a server is reached."""

    def open(self) -> AbstractAsyncContextManager[Opened]: ...

    async def aclose(self) -> None:
        """From any event loop."""
        ...


class Peer:
    """One server. Its methods run in one event loop, that of the server's thread."""

    def __init__(self, reach: Reach, *, max_bytes: int) -> None:
        self._reach = reach
        self._max_bytes = max_bytes

    async def list_tools(self, *, seconds: float) -> list[McpDefinition]:
        """All its tools. Raises McpMissingError, McpServerError, AddressRefusedError, FetchError."""
        try:
            async with asyncio.timeout(seconds), self._reach.open() as opened:
                return opened.listed
        except KefuError:
            raise
        except TimeoutError as error:
            raise McpServerError(f"It did not answer within {seconds:g} s.") from error
        except Exception as error:  # a library over any transport, spoken to by strangers
            raise McpServerError(f"It cannot be spoken to: {reason_of(error)}.") from error

    async def call(self, accepted: McpDefinition, arguments: JsonObject, *, key: str, connect_seconds: float) -> Answer:
        """Call a tool that is still what was accepted.

        Raises NotDoneError and ListChangedError: nothing was done. InvalidAnswerError, and **any other error, leave open
        whether it was.**
        """
        is_sent = False
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(connect_seconds):
                    opened = await stack.enter_async_context(self._reach.open())
                _require_unchanged(accepted, opened.listed)
                is_sent = True
                return await self._call(opened.client, accepted.name, arguments, key=key)
        except (ListChangedError, NotDoneError):
            raise
        except Exception as error:
            if is_sent:
                raise
            raise NotDoneError("server_unavailable", reason_of(error)) from error

    async def aclose(self) -> None:
        await self._reach.aclose()

    async def _call(self, client: Any, name: str, arguments: JsonObject, *, key: str) -> Answer:
        from mcp import MCPError
        from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND, PARSE_ERROR

        meta = {_META_KEY: key} if key else None
        try:
            result = await client.session.call_tool(name, dict(arguments), meta=meta)
        except MCPError as error:
            if error.code in (INVALID_PARAMS, METHOD_NOT_FOUND):
                raise NotDoneError("rejected_by_server", f"JSON-RPC {error.code}") from error
            if error.code == PARSE_ERROR:
                raise InvalidAnswerError("it cannot be read, or is too large") from error
            raise
        except (RuntimeError, ValueError) as error:  # how the library says that an answer is not what was promised
            raise InvalidAnswerError(type(error).__name__) from error
        answer = to_answer(result)
        if len(answer.text.encode("utf-8", "replace")) > self._max_bytes:
            raise InvalidAnswerError(f"more than {self._max_bytes} bytes")
        return answer


class HttpReach:
    """A server over streamable HTTP, by the rules of egress: looked up once, checked, pinned, its headers bound to it."""

    def __init__(self, egress: EgressClient, url: str, *, headers: Mapping[str, str], max_bytes: int) -> None:
        self._egress = egress
        self._url = url
        self._headers = headers
        self._max_bytes = max_bytes

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Opened]:
        require_installed()
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        transport = await self._egress.transport(self._url, max_bytes=self._max_bytes)
        http = httpx2.AsyncClient(
            transport=transport, headers=self._headers, timeout=None, follow_redirects=False, trust_env=False
        )
        async with http:
            streams = streamable_http_client(self._url, http_client=http, max_sse_event_size=self._max_bytes)
            async with connected(streams) as client:
                yield Opened(client, await list_all(client))

    async def aclose(self) -> None:
        """Nothing is kept open."""


@asynccontextmanager
async def connected(streams: Any, *, goodbye_seconds: float = _GOODBYE_S) -> AsyncIterator[Any]:
    """A client that answers nothing that a server asks of it: no sampling, no elicitation, no roots.

    Saying goodbye takes at most so long: the answer is there already.
    """
    from mcp import Client
    from mcp_types import Implementation

    client = Client(streams, client_info=Implementation(name="kefu", version=__version__), cache=None)
    stack = AsyncExitStack()
    await stack.enter_async_context(client)
    try:
        yield client
    finally:
        await _close(stack, seconds=goodbye_seconds)


async def _close(stack: AsyncExitStack, *, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stack.aclose()
    except TimeoutError:
        log.debug("mcp_goodbye_unheard")


async def list_all(client: Any) -> list[McpDefinition]:
    """All tools of a server, page by page. Raises McpServerError when they are too many."""
    found: dict[str, McpDefinition] = {}
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor, cache_mode="bypass")
        for tool in map(to_definition, page.tools):
            if tool.name in found:
                raise McpServerError("It lists two tools of one name.")
            found[tool.name] = tool
        if len(found) > MOST_TOOLS:
            raise McpServerError(f"It lists more than {MOST_TOOLS} tools.")
        if page.next_cursor is None:
            return list(found.values())
        cursor = page.next_cursor
    raise McpServerError(f"Its list has more than {_MOST_PAGES} pages.")


def _require_unchanged(accepted: McpDefinition, listed: list[McpDefinition]) -> None:
    if accepted.fingerprint not in {one.fingerprint for one in listed}:
        raise ListChangedError(listed)


def require_installed() -> None:
    """Raises McpMissingError. From here on the library is silent: it would log what strangers send."""
    if not is_installed():
        raise McpMissingError
    logging.getLogger("mcp.client").setLevel(logging.CRITICAL)


def preload() -> None:
    """Import what a call needs, in a thread that may wait: it takes about a second, once."""
    import mcp.client.stdio
    import mcp.client.streamable_http  # noqa: F401 - what counts is that it is there


def is_installed() -> bool:
    return find_spec("mcp") is not None


def to_definition(tool: Any) -> McpDefinition:
    """What a server says of a tool; the fingerprint covers every word of it, but for pictures and ``_meta``."""
    said = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    annotations = said.get("annotations", {})
    return McpDefinition(
        name=tool.name[:_LONGEST_NAME],
        description=(tool.description or "")[:_LONGEST_DESCRIPTION],
        arguments=tool.input_schema,
        result=tool.output_schema,
        annotations=annotations,
        fingerprint=sha256_of({key: value for key, value in said.items() if key not in {"_meta", "icons"}}),
    )


def to_answer(result: Any) -> Answer:
    from mcp_types import TextContent

    texts = [block.text for block in result.content if isinstance(block, TextContent)]
    return Answer(result.is_error, "\n".join(texts), result.structured_content)


def reason_of(error: BaseException) -> str:
    """The kind of an error, without a word that the other side chose."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error.detail if isinstance(error, KefuError) else type(error).__name__
