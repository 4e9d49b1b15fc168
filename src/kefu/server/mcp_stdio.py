"""kefu as an MCP server over standard input and output, for a client on the same machine."""

from typing import Any

from kefu.server.mcp_protocol import create_server
from kefu.services.access import AccessService
from kefu.services.mcp.assistant import AssistantTools
from kefu.services.mcp.peer import require_installed
from kefu.services.principal import Operator


async def serve(tools: AssistantTools, access: AccessService, *, token: str) -> None:
    """Until the input ends. The key is looked at anew for each call: one that is revoked works no more.

    Raises McpMissingError, UnauthenticatedError.
    """
    require_installed()
    from mcp.server.stdio import stdio_server

    await access.authenticate(token)

    async def who_calls(_context: Any) -> Operator:
        return await access.authenticate(token)

    server = create_server(tools, who_calls)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
