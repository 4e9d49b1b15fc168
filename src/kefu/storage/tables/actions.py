"""Writes on other systems: what waits, what was done; and which plugins a workspace uses."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false

from kefu.storage.tables.base import metadata, of_conversation, of_workspace, own_id, time

pending_actions = Table(
    "pending_actions",
    metadata,
    own_id(),
    of_workspace(),
    of_conversation(),
    Column("contact_id", String(40), ForeignKey("contacts.id"), nullable=False),
    Column("auth", String(20), nullable=False),
    Column("caller", String(20), nullable=False),
    Column("tool", String(60), nullable=False),
    Column("key", String(200), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("arguments_hash", String(64), nullable=False),
    Column("preview", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("amount", String(60)),
    Column("needs_approval", Boolean, nullable=False),
    Column("shown_turn", String(40), nullable=False),
    Column("decided_by", String(40)),
    Column("reason", Text, nullable=False, default="", server_default=""),
    time("created_at"),
    time("expires_at"),
    time("closed_at", nullable=True),
)

_IS_OPEN = pending_actions.c.closed_at.is_(None)

Index(
    "uq_pending_actions_open_key",
    pending_actions.c.workspace_id,
    pending_actions.c.conversation_id,
    pending_actions.c.key,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)
Index("ix_pending_actions_expires_at", pending_actions.c.expires_at, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)
Index("ix_pending_actions_conversation_id_key", pending_actions.c.conversation_id, pending_actions.c.key)

tool_ledger = Table(
    "tool_ledger",
    metadata,
    own_id(),
    of_workspace(),
    Column("key", String(200), nullable=False),
    Column("tool", String(60), nullable=False),
    of_conversation(),
    Column("contact_id", String(40), ForeignKey("contacts.id"), nullable=False),
    Column("turn_id", String(40), nullable=False),
    Column("action_id", String(40)),
    Column("arguments", JSON, nullable=False),
    Column("arguments_hash", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("result", JSON, nullable=False),
    Column("code", String(60), nullable=False),
    Column("detail", Text, nullable=False),
    Column("decided_by", String(40)),
    Column("attempts", Integer, nullable=False),
    time("started_at"),
    time("check_at", nullable=True),
    time("finished_at", nullable=True),
    UniqueConstraint("workspace_id", "key"),
)

_IS_TO_CHECK = tool_ledger.c.check_at.is_not(None)

Index("ix_tool_ledger_check_at", tool_ledger.c.check_at, sqlite_where=_IS_TO_CHECK, postgresql_where=_IS_TO_CHECK)
Index("ix_tool_ledger_contact_id_tool", tool_ledger.c.contact_id, tool_ledger.c.tool, tool_ledger.c.started_at)

plugin_states = Table(
    "plugin_states",
    metadata,
    own_id(),
    of_workspace(),
    Column("plugin", String(40), nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("closed_tools", JSON, nullable=False),
    Column("is_open_to_models", Boolean, nullable=False, default=False, server_default=false()),
    time("changed_at"),
    UniqueConstraint("workspace_id", "plugin"),
)
