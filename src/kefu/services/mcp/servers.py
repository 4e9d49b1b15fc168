"""The MCP servers of a workspace as its operators keep them: added, looked at, their tools accepted or closed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kefu.dialogue.guard.input import InputGuard
from kefu.domain.action import PluginState
from kefu.domain.errors import ConflictError, InvalidInputError, KefuError, NotFoundError
from kefu.domain.mcp import McpDefinition, McpServer, McpTerms, McpTool, McpToolState
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonValue
from kefu.plugins.host import PluginHost
from kefu.plugins.isolation import PluginFailure
from kefu.services.mcp.peer import require_installed
from kefu.services.mcp.records import close_what_is_not_accepted, problem_of, record
from kefu.services.mcp.settings import NAME
from kefu.services.mcp.toolbox import McpToolbox
from kefu.services.mcp.tools import require_fit, to_tool_name
from kefu.storage.database import Database
from kefu.storage.unit import Unit

MOST_SERVERS = 20
CHECK_SECONDS = 20.0
_SHORTEST_FINGERPRINT = 12


@dataclass(frozen=True, slots=True)
class McpToolView:
    """``warnings``: ``instructions`` or ``invisible_characters`` in what the server says of the tool."""

    tool: McpTool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class McpServerView:
    server: McpServer
    is_enabled: bool
    tools: list[McpToolView]


class McpService:
    def __init__(
        self, database: Database, *, host: PluginHost, toolbox: McpToolbox, guard: InputGuard, clock: Clock
    ) -> None:
        self._database = database
        self._host = host
        self._toolbox = toolbox
        self._guard = guard
        self._clock = clock

    async def add(self, workspace_id: str, name: str, *, url: str = "") -> McpServerView:
        """Use a server, and list its tools; none can be called before it is accepted. Without ``url``: the one of this
        name in the operator's file.

        Raises McpMissingError, InvalidInputError, AddressRefusedError, FetchError (no such host), ConflictError.
        """
        require_installed()
        if NAME.fullmatch(name) is None:
            raise InvalidInputError("A server's name is lower-case letters, digits and _ (1 to 24).", field="name")
        async with self._database.read(workspace_id) as unit:
            slug = (await unit.workspaces.get()).slug
        address = await self._toolbox.check_address(name, url, workspace_slug=slug)
        now = self._clock.now()
        server = McpServer(new_id("mcps"), workspace_id, name, address, created_at=now, checked_at=None, problem="")
        async with self._database.write(workspace_id) as unit:
            if len(await unit.mcp_servers.list_all()) >= MOST_SERVERS:
                raise ConflictError(f"A workspace has at most {MOST_SERVERS} MCP servers.")
            await unit.mcp_servers.add(server)
            await close_what_is_not_accepted(unit, server, now=now)
        return await self.check(workspace_id, name)

    async def list_all(self, workspace_id: str) -> list[McpServerView]:
        async with self._database.read(workspace_id) as unit:
            servers, tools = await unit.mcp_servers.list_all(), await unit.mcp_servers.list_tools()
            states = {state.plugin: state for state in await unit.plugin_states.list_all()}
        return [self._view(server, tools, states.get(server.plugin)) for server in servers]

    async def get(self, workspace_id: str, name: str) -> McpServerView:
        """Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            server = await unit.mcp_servers.get(name)
            tools = await unit.mcp_servers.list_tools(server.id)
            state = await unit.plugin_states.find(server.plugin)
        return self._view(server, tools, state)

    async def check(self, workspace_id: str, name: str) -> McpServerView:
        """List its tools now: what is not as it was accepted is closed. ``problem`` of the server says why it could not.

        Raises NotFoundError, McpMissingError.
        """
        require_installed()
        async with self._database.read(workspace_id) as unit:
            server = await unit.mcp_servers.get(name)
            slug = (await unit.workspaces.get()).slug
        listed = await self._listed(server, slug)
        async with self._database.write(workspace_id) as unit:
            server, now = await unit.mcp_servers.get(name), self._clock.now()
            if isinstance(listed, str):
                await unit.mcp_servers.set_checked(server.id, at=now, problem=listed)
            else:
                await record(unit, server, listed, now=now)
        await self._host.guests.load(workspace_id)
        return await self.get(workspace_id, name)

    async def accept(
        self, workspace_id: str, name: str, tool: str, *, terms: McpTerms, fingerprint: str | None = None
    ) -> McpServerView:
        """Open a tool as the server described it last, by these terms, from the next call on.

        ``fingerprint`` is that of the description which was looked at; without it, the last one. Raises NotFoundError,
        InvalidInputError, ConflictError (it is another one by now, or a tool of this name is there).
        """
        async with self._database.write(workspace_id) as unit:
            server = await unit.mcp_servers.get(name)
            found = await _find_tool(unit, server, tool)
            _require_acceptable(server, found, fingerprint)
            require_fit(found.found, terms)
            own_name, now = to_tool_name(server.name, tool), self._clock.now()
            if self._host.find_tool(own_name) is not None:
                raise ConflictError(f"An installed plugin has a tool {own_name} too.")
            accepted = replace(
                found,
                state=McpToolState.ACCEPTED,
                reason="",
                accepted=found.found,
                terms=terms,
                tool=own_name,
                changed_at=now,
            )
            await unit.mcp_servers.put_tool(accepted)
            await close_what_is_not_accepted(unit, server, now=now, is_renewed=True)
        await self._host.guests.load(workspace_id)
        return await self.get(workspace_id, name)

    async def close(self, workspace_id: str, name: str, tool: str) -> McpServerView:
        """Let a tool not be called, from the next call on, until it is accepted again. Raises NotFoundError, ConflictError."""
        async with self._database.write(workspace_id) as unit:
            server = await unit.mcp_servers.get(name)
            found = await _find_tool(unit, server, tool)
            if found.accepted is None:
                raise ConflictError(f"The tool {tool} was never accepted.")
            now = self._clock.now()
            closed = replace(found, state=McpToolState.CHANGED, reason="An operator has closed it.", changed_at=now)
            await unit.mcp_servers.put_tool(closed)
            await close_what_is_not_accepted(unit, server, now=now)
        return await self.get(workspace_id, name)

    async def remove(self, workspace_id: str, name: str) -> None:
        """Forget a server and what was accepted of it. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            server = await unit.mcp_servers.get(name)
            await unit.mcp_servers.remove(server.id)
            await unit.plugin_states.remove(server.plugin)
        await self._toolbox.forget(server)
        await self._host.guests.load(workspace_id)

    async def _listed(self, server: McpServer, slug: str) -> list[McpDefinition] | str:
        """What it lists, asked in its own thread; or, in a sentence, why not."""
        await self._host.guests.load(server.workspace_id)
        peer = self._toolbox.peer_of(server, slug)

        async def ask() -> list[McpDefinition]:
            return await peer.list_tools(seconds=CHECK_SECONDS)

        try:
            listed: list[McpDefinition] = await self._host.call(server.plugin, ask, seconds=CHECK_SECONDS + 5)
        except PluginFailure as failure:
            return failure.__cause__.detail if isinstance(failure.__cause__, KefuError) else failure.reason
        return listed

    def _view(self, server: McpServer, tools: list[McpTool], state: PluginState | None) -> McpServerView:
        own = [McpToolView(tool, self._warnings(tool.found)) for tool in tools if tool.server_id == server.id]
        return McpServerView(server, state is not None and state.is_enabled, own)

    def _warnings(self, definition: McpDefinition) -> tuple[str, ...]:
        texts = list(_texts(definition.description)) + list(_texts(definition.arguments))
        has = {
            "instructions": not all(map(self._guard.is_clean, texts)),
            "invisible_characters": not all(text.replace("\n", " ").replace("\t", " ").isprintable() for text in texts),
        }
        return tuple(name for name, is_there in has.items() if is_there)


async def _find_tool(unit: Unit, server: McpServer, name: str) -> McpTool:
    tools = await unit.mcp_servers.list_tools(server.id)
    found = next((tool for tool in tools if tool.name == name), None)
    if found is None:
        raise NotFoundError("tool", f"{server.name}/{name}")
    return found


def _require_acceptable(server: McpServer, tool: McpTool, fingerprint: str | None) -> None:
    if tool.state is McpToolState.GONE:
        raise ConflictError(f"The server does not list {tool.name} any more.")
    is_other = fingerprint is not None and not tool.found.fingerprint.startswith(fingerprint)
    if is_other or (fingerprint is not None and len(fingerprint) < _SHORTEST_FINGERPRINT):
        raise ConflictError(f"The server says something else of {tool.name} by now: look at it again.")
    problem = tool.reason if tool.state is McpToolState.UNSUPPORTED else problem_of(server, tool.found)
    if problem:
        raise InvalidInputError(f"{tool.name} cannot be accepted. {problem}", field="tool")


def _texts(value: JsonValue) -> Iterator[str]:
    """All texts in a JSON value, names too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)
