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
_START_S = 60.0
_END_S = 8.0
"""Longer than the library takes to kill it."""
log = structlog.get_logger(__name__)


class ProgramReach:
    """Started when first needed, kept, and started again when it has ended or answers no more.

    A start that takes longer than one caller may wait goes on for the next one.
    """

    def __init__(self, server: ConfiguredServer) -> None:
        self._server = server
        self._loop: asyncio.AbstractEventLoop | None = None
        self._choosing = asyncio.Lock()
        self._running: _Running | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Opened]:
        require_installed()
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # the thread was left behind, and with it what lived in it
            self._loop, self._choosing, self._running = loop, asyncio.Lock(), None
        async with self._choosing:
            opened = await self._reuse()
            if opened is None:
                self._running = self._running or _Running(self._server)
                client = await asyncio.shield(self._running.started)
                opened = Opened(client, await list_all(client))
        yield opened

    async def aclose(self) -> None:
        """End it: its input is closed, then it is told to go, then it is killed."""
        loop, running = self._loop, self._running
        if loop is None or running is None or loop.is_closed():
            return
        self._running = None
        ended = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(running.end(), loop))
        await asyncio.wait({ended}, timeout=_END_S)

    async def _reuse(self) -> Opened | None:
        """The program that runs, if it still answers."""
        from mcp import MCPError

        running = self._running
        if running is None or not running.started.done():
            return None
        try:
            async with asyncio.timeout(_ALIVE_S):
                client = running.started.result()
                return Opened(client, await list_all(client))
        except (MCPError, KefuError, TimeoutError, OSError, ValueError, RuntimeError, ExceptionGroup) as error:
            log.warning("mcp_program_restarted", reason=reason_of(error))
            self._running = None
            await running.end()
            return None


class _Running:
    """One start of the program, and the task that owns the connection: what is entered in a task must be left in it."""

    def __init__(self, server: ConfiguredServer) -> None:
        self.started: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._server = server
        self._closing = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep(), name="mcp-program")

    async def end(self) -> None:
        self._closing.set()
        if not self.started.done():
            self._keeper.cancel()
        await asyncio.wait({self._keeper}, timeout=_END_S)

    async def _keep(self) -> None:
        from mcp.client.stdio import StdioServerParameters, stdio_client

        server = self._server
        environment = {name: value.get_secret_value() for name, value in server.env.items()}
        program = StdioServerParameters(command=server.command, args=list(server.args), env=environment)
        streams = stdio_client(program, errlog=sys.__stderr__ or sys.stderr)
        try:
            async with asyncio.timeout(_START_S) as patience, connected(streams, goodbye_seconds=_END_S) as client:
                patience.reschedule(None)
                self.started.set_result(client)
                await self._closing.wait()
        except Exception as error:  # noqa: BLE001 - whatever a program does is told to whoever waits for it
            if self.started.done():
                log.warning("mcp_program_broke_off", reason=reason_of(error))
            else:
                self.started.set_exception(error)
                self.started.exception()  # it may be that nobody waits any more
        except asyncio.CancelledError:
            self.started.cancel()
            raise
