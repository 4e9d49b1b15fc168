"""The MCP servers of a workspace as guests among the plugins, and the connections to them."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial

import structlog

from kefu.domain.errors import InvalidInputError, KefuError
from kefu.domain.mcp import McpDefinition, McpServer
from kefu.egress.client import EgressClient
from kefu.kit.clock import Clock
from kefu.plugins.manifest import Plugin
from kefu.services.mcp.errors import McpServerError
from kefu.services.mcp.peer import HttpReach, Opened, Peer, Reach, is_installed, preload
from kefu.services.mcp.program import ProgramReach
from kefu.services.mcp.records import record
from kefu.services.mcp.settings import ConfiguredServer
from kefu.services.mcp.tools import to_plugin
from kefu.storage.database import Database

_MOST_RECORDINGS = 32
log = structlog.get_logger(__name__)


class McpToolbox:
    """What a workspace has accepted, made callable. ``plugins_of`` is the ``LoadGuests`` of the plugin host."""

    def __init__(
        self,
        database: Database,
        *,
        egress: EgressClient,
        configured: Mapping[str, ConfiguredServer],
        max_bytes: int,
        clock: Clock,
    ) -> None:
        self._database = database
        self._egress = egress
        self._configured = configured
        self._max_bytes = max_bytes
        self._clock = clock
        self._peers: dict[str, Peer] = {}
        self._recordings: set[asyncio.Task[None]] = set()

    async def plugins_of(self, workspace_id: str) -> list[Plugin]:
        async with self._database.read(workspace_id) as unit:
            servers = await unit.mcp_servers.list_all()
            tools = await unit.mcp_servers.list_tools() if servers else []
            slug = (await unit.workspaces.get()).slug if servers else ""
        if servers and is_installed():
            await asyncio.to_thread(preload)
        made = []
        for server in servers:
            own = [tool for tool in tools if tool.server_id == server.id]
            report = partial(self._report, asyncio.get_running_loop(), server)
            made.append(to_plugin(server, own, peer=self.peer_of(server, slug), report=report))
        return made

    def peer_of(self, server: McpServer, workspace_slug: str) -> Peer:
        """The connection to a server; made once, and nothing is opened before it is used."""
        if server.id not in self._peers:
            self._peers[server.id] = Peer(self._reach(server, workspace_slug), max_bytes=self._max_bytes)
        return self._peers[server.id]

    async def forget(self, server: McpServer) -> None:
        """Close what is open to a server."""
        peer = self._peers.pop(server.id, None)
        if peer is not None:
            await peer.aclose()

    async def check_address(self, name: str, url: str, *, workspace_slug: str) -> str:
        """The address in its one form; empty for a server of the operator's file.

        Raises InvalidInputError, AddressRefusedError, FetchError (no such host).
        """
        if url:
            return (await self._egress.pin(url)).target.url
        configured = self._configured.get(name)
        if configured is None or not configured.is_for(workspace_slug):
            raise InvalidInputError(
                f"The operator's file (KEFU_MCP_SERVERS) has no server {name} for this workspace.", field="name"
            )
        return ""

    async def aclose(self) -> None:
        for task in self._recordings:
            task.cancel()
        await asyncio.gather(*self._recordings, return_exceptions=True)
        for peer in self._peers.values():
            await peer.aclose()

    def _reach(self, server: McpServer, workspace_slug: str) -> Reach:
        if server.url:
            return HttpReach(self._egress, server.url, headers={}, max_bytes=self._max_bytes)
        configured = self._configured.get(server.name)
        if configured is None or not configured.is_for(workspace_slug):
            return _NoReach(f"The operator's file has no server {server.name} for this workspace.")
        if configured.command:
            return ProgramReach(configured)
        headers = {name: value.get_secret_value() for name, value in configured.headers.items()}
        return HttpReach(self._egress, configured.url, headers=headers, max_bytes=self._max_bytes)

    def _report(self, loop: asyncio.AbstractEventLoop, server: McpServer, listed: list[McpDefinition]) -> None:
        """From the server's thread: what was called is not what was accepted."""
        log.warning("mcp_tools_changed", server=server.name, workspace_id=server.workspace_id)
        try:
            loop.call_soon_threadsafe(self._start_recording, server, listed)
        except RuntimeError:
            log.info("mcp_change_not_recorded", server=server.name)  # the process ends; the next call finds it again

    def _start_recording(self, server: McpServer, listed: list[McpDefinition]) -> None:
        if len(self._recordings) >= _MOST_RECORDINGS:
            return
        task = asyncio.create_task(self._record(server, listed), name="record-mcp-tools")
        self._recordings.add(task)
        task.add_done_callback(self._recordings.discard)

    async def _record(self, server: McpServer, listed: list[McpDefinition]) -> None:
        try:
            async with self._database.write(server.workspace_id) as unit:
                if await unit.mcp_servers.find_by_id(server.id) is not None:
                    await record(unit, server, listed, now=self._clock.now())
        except KefuError as error:
            log.warning("mcp_change_not_recorded", server=server.name, reason=error.code)


class _NoReach:
    """A server that cannot be reached from here."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def open(self) -> AbstractAsyncContextManager[Opened]:
        raise McpServerError(self._reason)

    async def aclose(self) -> None:
        """Nothing is open."""
