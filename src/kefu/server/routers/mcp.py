"""MCP servers whose tools a workspace uses: added, looked at, their tools accepted or closed."""

from typing import Annotated

from fastapi import APIRouter, Response

from kefu.domain.access import Scope
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_mcp import McpAcceptRequest, McpServerListResponse, McpServerRequest, McpServerResponse
from kefu.services.principal import Operator

router = APIRouter(prefix="/mcp/servers", tags=["mcp"])
Reader = Annotated[Operator, OperatorWith(Scope.TOOLS_READ)]
Admin = Annotated[Operator, OperatorWith(Scope.TOOLS_ADMIN)]


@router.get("")
async def list_mcp_servers(factory: FactoryDep, operator: Reader) -> McpServerListResponse:
    found = await factory.mcp.list_all(operator.workspace_id)
    return McpServerListResponse(servers=[McpServerResponse.of(view) for view in found])


@router.post("", status_code=201)
async def add_mcp_server(body: McpServerRequest, factory: FactoryDep, operator: Admin) -> McpServerResponse:
    return McpServerResponse.of(await factory.mcp.add(operator.workspace_id, body.name, url=body.url))


@router.get("/{name}")
async def get_mcp_server(name: str, factory: FactoryDep, operator: Reader) -> McpServerResponse:
    return McpServerResponse.of(await factory.mcp.get(operator.workspace_id, name))


@router.delete("/{name}", status_code=204)
async def remove_mcp_server(name: str, factory: FactoryDep, operator: Admin) -> Response:
    await factory.mcp.remove(operator.workspace_id, name)
    return Response(status_code=204)


@router.post("/{name}/check")
async def check_mcp_server(name: str, factory: FactoryDep, operator: Admin) -> McpServerResponse:
    """List its tools now. What is not as it was accepted is closed."""
    return McpServerResponse.of(await factory.mcp.check(operator.workspace_id, name))


@router.post("/{name}/tools/{tool:path}/accept")
async def accept_mcp_tool(
    name: str, tool: str, body: McpAcceptRequest, factory: FactoryDep, operator: Admin
) -> McpServerResponse:
    """Open a tool by these terms, as it was when it was looked at."""
    view = await factory.mcp.accept(
        operator.workspace_id, name, tool, terms=body.to_terms(), fingerprint=body.fingerprint
    )
    return McpServerResponse.of(view)


@router.post("/{name}/tools/{tool:path}/close")
async def close_mcp_tool(name: str, tool: str, factory: FactoryDep, operator: Admin) -> McpServerResponse:
    """Let it not be called until it is accepted again."""
    return McpServerResponse.of(await factory.mcp.close(operator.workspace_id, name, tool))
