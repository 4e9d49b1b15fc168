"""Servers of the Model Context Protocol, and what was accepted of their tools."""

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text, UniqueConstraint

from kefu.storage.tables.base import metadata, of_workspace, own_id, time

mcp_servers = Table(
    "mcp_servers",
    metadata,
    own_id(),
    of_workspace(),
    Column("name", String(24), nullable=False),
    Column("url", String(800), nullable=False),
    time("created_at"),
    time("checked_at", nullable=True),
    Column("problem", Text, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

mcp_tools = Table(
    "mcp_tools",
    metadata,
    own_id(),
    of_workspace(),
    Column("server_id", String(40), ForeignKey("mcp_servers.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("found", JSON, nullable=False),
    Column("accepted", JSON(none_as_null=True)),
    Column("terms", JSON(none_as_null=True)),
    Column("tool", String(60)),
    time("changed_at"),
    UniqueConstraint("server_id", "name"),
    UniqueConstraint("workspace_id", "tool"),
)
