"""An MCP server that is a program of the operator's, spoken to over its standard input and output."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from kefu.domain.errors import KefuError
from kefu.services.mcp.peer import Opened, connected, list_all, reason_of, require_installed
from kefu.services.mcp.settings import ConfiguredServer

_ALIVE_S = 2.0
"""So long may a program take to list its tools before it is started anew."""
_END_S = 8.0
"""Longer than the library takes to kill it."""
log = structlog.get_logger(__name__)


class ProgramReach:
    """Started when first needed, kept, and started again when it has ended or answers no more."""

    def __init__(self, server: ConfiguredServer) -> None:
        self._server = server
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = asyncio.Lock()
        self._client: Any = None
        self._closing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Opened]:
        require_installed()
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # the thread was left behind, and with it what lived in it
            self._loop, self._starting, self._client, self._keeper = loop, asyncio.Lock(), None, None
        async with self._starting:
            opened = await self._reuse() or await self._start()
        yield opened

    async def aclose(self) -> None:
        """End it: its input is closed, then it is told to go, then it is killed."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        ended = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._end(), loop))
        await asyncio.wait({ended}, timeout=_END_S)

    async def _reuse(self) -> Opened | None:
        """The program that runs, if it still answers."""
        if self._client is None or self._keeper is None or self._keeper.done():
            return None
        from mcp import MCPError

        try:
            async with asyncio.timeout(_ALIVE_S):
                return Opened(self._client, await list_all(self._client))
        except (MCPError, KefuError, TimeoutError, OSError, ValueError, RuntimeError) as error:
            log.warning("mcp_program_restarted", reason=reason_of(error))
            await self._end()
            return None

    async def _start(self) -> Opened:
        self._closing = closing = asyncio.Event()
        started: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(started, closing), name="mcp-program")
        try:
            self._client = await started
            return Opened(self._client, await list_all(self._client))
        except BaseException:
            closing.set()
            raise

    async def _keep(self, started: "asyncio.Future[Any]", closing: asyncio.Event) -> None:
        """Owns the connection: what is entered in a task must be left in it."""
        from mcp.client.stdio import StdioServerParameters, stdio_client

        server = self._server
        environment = {name: value.get_secret_value() for name, value in server.env.items()}
        program = StdioServerParameters(command=server.command, args=list(server.args), env=environment)
        try:
            streams = stdio_client(program, errlog=sys.__stderr__ or sys.stderr)
            async with connected(streams, goodbye_seconds=_END_S) as client:
                if not started.done():
                    started.set_result(client)
                await closing.wait()
        except Exception as error:  # noqa: BLE001 - whatever a program does is told to whoever waits for it
            if started.done():
                log.warning("mcp_program_broke_off", reason=reason_of(error))
            else:
                started.set_exception(error)

    async def _end(self) -> None:
        keeper, self._keeper, self._client = self._keeper, None, None
        if keeper is not None:
            self._closing.set()
            await asyncio.wait({keeper}, timeout=_END_S)
