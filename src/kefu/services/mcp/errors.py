"""What goes wrong between kefu and an MCP server.

KefuError (kefu.domain.errors)
├── McpMissingError      501  mcp_missing
└── McpServerError       502  mcp_server_failed
"""

from kefu.domain.errors import KefuError

INSTALL = "pip install 'kefu[mcp]'"


class McpMissingError(KefuError):
    """The extra is not installed here."""

    code = "mcp_missing"
    status = 501
    title = "The extra kefu[mcp] is not installed on this server"

    def __init__(self) -> None:
        super().__init__(f"{self.title}: {INSTALL}")


class McpServerError(KefuError):
    """A server cannot be reached, or does not keep to the protocol. ``detail`` has no word of the server's own."""

    code = "mcp_server_failed"
    status = 502
    title = "The MCP server failed"
