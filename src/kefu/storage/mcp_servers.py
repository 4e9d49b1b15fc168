"""Servers of the Model Context Protocol and their tools, as one workspace knows them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy.exc import IntegrityError

from kefu.domain.action import AuthLevel
from kefu.domain.errors import ConflictError, NotFoundError
from kefu.domain.mcp import BoundTo, McpDefinition, McpServer, McpTerms, McpTool, McpToolState
from kefu.storage.repository import Repository
from kefu.storage.tables import mcp_servers, mcp_tools

_ADD = Repository.insert(mcp_servers)
_FIND = Repository.select(mcp_servers).where(mcp_servers.c.name == bindparam("of_name"))
_FIND_BY_ID = Repository.select(mcp_servers).where(mcp_servers.c.id == bindparam("of_id"))
_LIST = Repository.select(mcp_servers).order_by(mcp_servers.c.name)
_SET_CHECKED = (
    Repository.update(mcp_servers)
    .where(mcp_servers.c.id == bindparam("of_id"))
    .values(
        checked_at=bindparam("new_checked_at", type_=mcp_servers.c.checked_at.type), problem=bindparam("new_problem")
    )
)
_REMOVE = Repository.delete(mcp_servers).where(mcp_servers.c.id == bindparam("of_id"))

_ADD_TOOL = Repository.insert(mcp_tools)
_LIST_TOOLS = Repository.select(mcp_tools).order_by(mcp_tools.c.server_id, mcp_tools.c.name)
_REMOVE_TOOL = Repository.delete(mcp_tools).where(mcp_tools.c.id == bindparam("of_id"))
_REMOVE_TOOLS = Repository.delete(mcp_tools).where(mcp_tools.c.server_id == bindparam("of_server"))


class McpServerRepository(Repository):
    async def add(self, server: McpServer) -> None:
        """Raises ConflictError when there is one of this name."""
        row = {
            "id": server.id,
            "name": server.name,
            "url": server.url,
            "created_at": server.created_at,
            "checked_at": server.checked_at,
            "problem": server.problem,
        }
        try:
            await self._add(_ADD, row)
        except IntegrityError as error:
            raise ConflictError(f"There is an MCP server {server.name}.") from error

    async def get(self, name: str) -> McpServer:
        row = (await self._execute(_FIND, of_name=name)).one_or_none()
        if row is None:
            raise NotFoundError("MCP server", name)
        return _to_server(row)

    async def find_by_id(self, server_id: str) -> McpServer | None:
        row = (await self._execute(_FIND_BY_ID, of_id=server_id)).one_or_none()
        return None if row is None else _to_server(row)

    async def list_all(self) -> list[McpServer]:
        """By name; their number is limited where they are added."""
        return [_to_server(row) for row in await self._execute(_LIST)]

    async def set_checked(self, server_id: str, *, at: datetime, problem: str) -> None:
        await self._execute(_SET_CHECKED, of_id=server_id, new_checked_at=at, new_problem=problem)

    async def remove(self, server_id: str) -> None:
        """With its tools."""
        await self._execute(_REMOVE_TOOLS, of_server=server_id)
        await self._execute(_REMOVE, of_id=server_id)

    async def list_tools(self, server_id: str | None = None) -> list[McpTool]:
        """By server and name; without a server those of all."""
        tools = [_to_tool(row) for row in await self._execute(_LIST_TOOLS)]
        return [tool for tool in tools if server_id in (None, tool.server_id)]

    async def remove_tool(self, tool_id: str) -> None:
        await self._execute(_REMOVE_TOOL, of_id=tool_id)

    async def put_tool(self, tool: McpTool) -> None:
        """Store it in the place of what was there. Raises ConflictError when another tool is called like it."""
        await self._execute(_REMOVE_TOOL, of_id=tool.id)
        row = {
            "id": tool.id,
            "server_id": tool.server_id,
            "name": tool.name,
            "state": tool.state,
            "reason": tool.reason,
            "found": asdict(tool.found),
            "accepted": None if tool.accepted is None else asdict(tool.accepted),
            "terms": None if tool.terms is None else asdict(tool.terms),
            "tool": tool.tool,
            "changed_at": tool.changed_at,
        }
        try:
            await self._add(_ADD_TOOL, row)
        except IntegrityError as error:
            raise ConflictError(f"Another tool of this workspace is called {tool.tool}.") from error


def _to_server(row: Row[tuple[object, ...]]) -> McpServer:
    return McpServer(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        url=row.url,
        created_at=row.created_at,
        checked_at=row.checked_at,
        problem=row.problem,
    )


def _to_tool(row: Row[tuple[object, ...]]) -> McpTool:
    return McpTool(
        id=row.id,
        workspace_id=row.workspace_id,
        server_id=row.server_id,
        name=row.name,
        state=McpToolState(row.state),
        reason=row.reason,
        found=McpDefinition(**row.found),
        accepted=None if row.accepted is None else McpDefinition(**row.accepted),
        terms=None if row.terms is None else _to_terms(row.terms),
        tool=row.tool,
        changed_at=row.changed_at,
    )


def _to_terms(stored: dict[str, Any]) -> McpTerms:
    return McpTerms(
        **{
            **stored,
            "auth": AuthLevel(stored["auth"]),
            "bind": {argument: BoundTo(source) for argument, source in stored["bind"].items()},
            "facts": tuple(stored["facts"]),
            "hide": tuple(stored["hide"]),
        }
    )
