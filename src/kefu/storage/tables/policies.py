"""How sure the answers of a workspace must be."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table

from kefu.storage.tables.base import metadata, time

answer_policies = Table(
    "answer_policies",
    metadata,
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), primary_key=True),
    Column("thresholds", JSON, nullable=False),
    Column("set_by", String(200), nullable=False),
    time("set_at"),
    Column("knowledge_version", Integer, nullable=False),
    Column("encoder", String(120), nullable=False),
    Column("report", JSON(none_as_null=True)),
)
