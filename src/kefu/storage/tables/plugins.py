"""What plugins need beside their own tables: which of those are there, what is due, who writes over their channels."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from kefu.storage.tables.base import UtcDateTime, metadata, of_workspace, time

plugin_schemas = Table(
    "plugin_schemas",
    metadata,
    Column("plugin", String(40), primary_key=True),
    Column("steps", JSON, nullable=False),
)
"""Of the whole installation: the steps that were carried out for a plugin's own tables, each by its digest."""

plugin_schedules = Table(
    "plugin_schedules",
    metadata,
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), primary_key=True),
    Column("plugin", String(40), primary_key=True),
    Column("job", String(60), primary_key=True),
    Column("due_at", UtcDateTime(), nullable=False, index=True),
)

channel_threads = Table(
    "channel_threads",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    of_workspace(),
    Column("inbox_id", String(40), ForeignKey("inboxes.id"), nullable=False),
    Column("peer", String(200), nullable=False),
    Column("contact_id", String(40), ForeignKey("contacts.id"), nullable=False),
    Column("delivered_seq", Integer, nullable=False),
    Column("held_until", UtcDateTime()),
    Column("error", Text),
    time("created_at"),
    UniqueConstraint("inbox_id", "peer"),
)
