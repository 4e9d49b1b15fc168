"""kefu's own tools in the words of the Model Context Protocol; the library is imported only where it is used."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from kefu import __version__
from kefu.domain.errors import KefuError
from kefu.server.errors import to_problem
from kefu.services.mcp.assistant import AssistantTool, AssistantTools
from kefu.services.principal import Operator

WhoCalls = Callable[[Any], Awaitable[Operator]]
"""The bearer of the API key, from the library's context of a request. Raises UnauthenticatedError."""


def create_server(tools: AssistantTools, who_calls: WhoCalls) -> Any:
    """The library's server with kefu's tools."""
    from mcp.server import Server
    from mcp_types import CallToolResult, ListToolsResult, TextContent

    async def list_tools(context: Any, _params: Any) -> ListToolsResult:
        operator = await who_calls(context)
        return ListToolsResult(tools=[_to_tool(tool) for tool in tools.list_for(operator)])

    async def call_tool(context: Any, params: Any) -> CallToolResult:
        try:
            operator = await who_calls(context)
            values, is_error = await tools.call(operator, params.name, params.arguments or {}), False
        except KefuError as error:
            values, is_error = to_problem(error), True
        text = TextContent(text=orjson.dumps(values).decode())
        return CallToolResult(content=[text], structured_content=values, is_error=is_error)

    return Server(
        "kefu",
        version=__version__,
        title="kefu 客服",
        instructions="Customer service of one shop: ask its assistant, search its documents, read its conversations.",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _to_tool(tool: AssistantTool) -> Any:
    from mcp_types import Tool, ToolAnnotations

    return Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        output_schema=tool.result.model_json_schema(),
        annotations=ToolAnnotations(read_only_hint=tool.is_read, destructive_hint=False, open_world_hint=False),
    )
