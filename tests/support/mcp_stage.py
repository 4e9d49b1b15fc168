"""A workspace that uses the order system of ``mcp_peer.py``, over HTTP or as a program."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.tools.results import Pending, ToolResult
from kefu.domain.mcp import BoundTo, McpTerms, McpToolState
from kefu.egress.client import EgressClient
from kefu.egress.settings import EgressSettings
from kefu.kit.clock import Clock
from kefu.plugins.host import PluginHost
from kefu.services.mcp.servers import McpServerView, McpService, McpToolView
from kefu.services.mcp.settings import ConfiguredServer
from kefu.services.mcp.toolbox import McpToolbox
from kefu.storage.database import Database
from tests.support.process import free_port
from tests.support.writes import Books, stored_books

PEER = Path(__file__).with_name("mcp_peer.py")
MAX_BYTES = 64 * 1024
OF_CONTACT = {"customer_id": BoundTo.CONTACT}
READ = McpTerms(effect="read", bind=OF_CONTACT, facts=("status", "total"), hide=("card",), seconds=4)
CANCEL = McpTerms(bind={**OF_CONTACT, "request_id": BoundTo.KEY}, facts=("text",), seconds=4)
HOURS = McpTerms(effect="read", is_shared=True, facts=("text",), seconds=4)


@dataclass(frozen=True)
class HttpPeer:
    """The order system on a port of 127.0.0.1."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def behave(self, mode: str) -> None:
        (self.folder / "mode").write_text(mode)

    def deeds(self) -> list[dict[str, Any]]:
        return _lines(self.folder / "deeds")

    def requests(self) -> list[dict[str, Any]]:
        return _lines(self.folder / "headers")

    def reset(self) -> None:
        for name in ("mode", "deeds", "headers"):
            (self.folder / name).unlink(missing_ok=True)


@contextmanager
def http_peer(folder: Path) -> Iterator[HttpPeer]:
    """Run it in a process of its own."""
    peer = HttpPeer(folder, free_port())
    process = subprocess.Popen([sys.executable, str(PEER), str(folder), str(peer.port)])
    try:
        asyncio.run(_until_listening(peer.port, process))
        yield peer
    finally:
        process.kill()
        process.wait(10)


def as_program(folder: Path, **other: Any) -> ConfiguredServer:
    """The same as an entry of the operator's file."""
    environment = {"KEFU_TEST_SECRET": SecretStr("s3cret")}
    return ConfiguredServer(
        command=sys.executable, args=(str(PEER), str(folder)), env=environment, workspaces=("*",), **other
    )


@dataclass
class Stage:
    """One workspace with Ann's conversation, and its MCP servers."""

    books: Books
    host: PluginHost
    service: McpService
    toolbox: McpToolbox
    database: Database

    @property
    def workspace_id(self) -> str:
        return self.books.workspace_id

    async def add(self, peer: HttpPeer, name: str = "erp") -> McpServerView:
        return await self.service.add(self.workspace_id, name, url=peer.url)

    async def accept(self, tool: str, terms: McpTerms, *, server: str = "erp") -> McpServerView:
        return await self.service.accept(self.workspace_id, server, tool, terms=terms)

    async def tool(self, name: str, *, server: str = "erp") -> McpToolView:
        view = await self.service.get(self.workspace_id, server)
        return next(each for each in view.tools if each.tool.name == name)

    async def until(self, name: str, state: McpToolState) -> McpToolView:
        """Wait for what is written down beside a call."""
        async with asyncio.timeout(5):
            found = await self.tool(name)
            while found.tool.state is not state:
                await asyncio.sleep(0.02)
                found = await self.tool(name)
        return found

    async def read(self, tool: str, **arguments: Any) -> ToolResult:
        return await self.books.tools(self.host).read(tool, arguments)

    async def write(self, tool: str, **arguments: Any) -> ToolResult | Pending:
        return await self.books.tools(self.host).write(tool, arguments, key="k")

    async def confirmed(self, tool: str, *, key: str = "k", **arguments: Any) -> ToolResult:
        return await self.books.confirmed(self.host, tool, arguments, key=key)


@asynccontextmanager
async def stage(
    database: Database, *, peer: HttpPeer | None = None, configured: dict[str, ConfiguredServer] | None = None
) -> AsyncIterator[Stage]:
    """``peer`` names the port that may be reached."""
    port = 80 if peer is None else peer.port
    egress = EgressClient(EgressSettings(ports=str(port), allowed="127.0.0.1"))
    toolbox = McpToolbox(database, egress=egress, configured=configured or {}, max_bytes=MAX_BYTES, clock=Clock())
    host = PluginHost([])
    host.guests.invite(toolbox.plugins_of)
    service = McpService(database, host=host, toolbox=toolbox, guard=InputGuard.load(), clock=Clock())
    try:
        yield Stage(await stored_books(database), host, service, toolbox, database)
    finally:
        await toolbox.aclose()
        await host.aclose()


async def _until_listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    async with asyncio.timeout(30):
        while True:
            assert process.poll() is None, "the MCP server did not start"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
