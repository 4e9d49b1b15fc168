"""What becomes of the tools of a server when it lists them: new, as accepted, changed, gone."""

import re
from dataclasses import replace
from datetime import datetime

from kefu.domain.action import PluginState
from kefu.domain.errors import InvalidInputError
from kefu.domain.mcp import McpDefinition, McpServer, McpTool, McpToolState
from kefu.kit.canonical import to_canonical_json
from kefu.kit.ids import new_id
from kefu.services.mcp.schemas import to_arguments, to_result
from kefu.services.mcp.tools import to_tool_name
from kefu.storage.unit import Unit

_NAME = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_LARGEST_DEFINITION = 64 * 1024
_PARTS = ("description", "arguments", "result", "annotations")


async def record(unit: Unit, server: McpServer, listed: list[McpDefinition], *, now: datetime) -> None:
    """Store what a server lists; whatever is not what was accepted is closed in the same transaction."""
    known = {tool.name: tool for tool in await unit.mcp_servers.list_tools(server.id)}
    for definition in listed:
        before = known.pop(definition.name, None)
        after = _new(server, definition, now=now) if before is None else _seen(server, before, definition, now=now)
        if after != before:
            await unit.mcp_servers.put_tool(after)
    for tool in known.values():
        if tool.accepted is None:
            await unit.mcp_servers.remove_tool(tool.id)
        elif tool.state is not McpToolState.GONE:
            gone = replace(tool, state=McpToolState.GONE, reason="The server does not list it.", changed_at=now)
            await unit.mcp_servers.put_tool(gone)
    await unit.mcp_servers.set_checked(server.id, at=now, problem="")
    await close_what_is_not_accepted(unit, server, now=now)


async def close_what_is_not_accepted(unit: Unit, server: McpServer, *, now: datetime, is_renewed: bool = False) -> None:
    """The gate reads this before each call, in every process. ``is_renewed``: each of them shall look at the tools anew."""
    tools = await unit.mcp_servers.list_tools(server.id)
    closed = tuple(tool.tool for tool in tools if tool.tool is not None and tool.state is not McpToolState.ACCEPTED)
    known = await unit.plugin_states.find(server.plugin)
    is_enabled = True if known is None else known.is_enabled
    state = PluginState(
        unit.workspace_id, server.plugin, is_enabled=is_enabled, settings={}, closed_tools=closed, changed_at=now
    )
    if is_renewed or known is None or known.closed_tools != closed:
        await unit.plugin_states.put(state)


def problem_of(server: McpServer, definition: McpDefinition) -> str:
    """Why a tool cannot be accepted as it is; empty when it can."""
    if _NAME.fullmatch(definition.name) is None:
        return "Its name has other characters than letters, digits, _ . / and -."
    if len(to_canonical_json([definition.arguments, definition.result, definition.annotations])) > _LARGEST_DEFINITION:
        return f"Its definition is larger than {_LARGEST_DEFINITION} bytes."
    try:
        to_tool_name(server.name, definition.name)
    except InvalidInputError as error:
        return error.detail
    for part, read, schema in (
        ("arguments", to_arguments, definition.arguments),
        ("result", to_result, definition.result),
    ):
        try:
            if schema is not None:
                read(schema)
        except InvalidInputError as error:
            return f"The schema of its {part}: {error.detail}"
    return ""


def _new(server: McpServer, definition: McpDefinition, *, now: datetime) -> McpTool:
    problem = problem_of(server, definition)
    return McpTool(
        id=new_id("mcpt"),
        workspace_id=server.workspace_id,
        server_id=server.id,
        name=definition.name,
        state=McpToolState.UNSUPPORTED if problem else McpToolState.NEW,
        reason=problem,
        found=_kept(definition, problem),
        accepted=None,
        terms=None,
        tool=None,
        changed_at=now,
    )


def _seen(server: McpServer, tool: McpTool, definition: McpDefinition, *, now: datetime) -> McpTool:
    """An accepted tool stays so only while nothing is said otherwise; once closed, only an operator opens it again."""
    problem = problem_of(server, definition)
    found = _kept(definition, problem)
    if tool.accepted is None:
        state = McpToolState.UNSUPPORTED if problem else McpToolState.NEW
        return replace(
            tool, state=state, reason=problem, found=found, changed_at=now if found != tool.found else tool.changed_at
        )
    is_same = definition.fingerprint == tool.accepted.fingerprint
    if is_same and tool.state is not McpToolState.GONE:
        return replace(tool, found=found)
    if tool.state is McpToolState.CHANGED and found == tool.found:
        return tool
    parts = [part for part in _PARTS if getattr(definition, part) != getattr(tool.accepted, part)]
    reason = "It was gone, and is back." if is_same else f"It says otherwise: {', '.join(parts) or 'its title'}."
    return replace(tool, state=McpToolState.CHANGED, reason=f"{reason} {problem}".strip(), found=found, changed_at=now)


def _kept(definition: McpDefinition, problem: str) -> McpDefinition:
    """Schemas that no call can be held to are not kept: they may be of any size."""
    if not problem:
        return definition
    return replace(definition, arguments={}, result=None, annotations={}, description=definition.description[:500])
