"""The agents' desk: who answers, who waits, and the desk's own log. A visitor reads none of it."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from kefu.storage.tables.base import metadata, of_workspace, own_id, time

agents = Table(
    "agents",
    metadata,
    own_id(),
    of_workspace(),
    Column("name", String(200), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("teams", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    time("seen_at", nullable=True),
    time("created_at"),
    UniqueConstraint("workspace_id", "name"),
)

teams = Table(
    "teams",
    metadata,
    own_id(),
    of_workspace(),
    Column("name", String(200), nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    of_workspace(),
    Column("reason", String(40)),
    Column("policy", String(40)),
    Column("is_waiting", Boolean, nullable=False),
    time("queued_at", nullable=True),
    time("due_at", nullable=True),
    time("promised_at", nullable=True),
    Column("agent_id", String(40), ForeignKey("agents.id"), index=True),
    Column("team_id", String(40), ForeignKey("teams.id")),
    time("taken_at", nullable=True),
    time("snoozed_until", nullable=True),
)

Index(
    "ix_assignments_waiting",
    assignments.c.workspace_id,
    assignments.c.due_at,
    sqlite_where=assignments.c.is_waiting,
    postgresql_where=assignments.c.is_waiting,
)

conversation_labels = Table(
    "conversation_labels",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    Column("label", String(60), primary_key=True),
    of_workspace(),
)

desk_events = Table(
    "desk_events",
    metadata,
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", String(40), nullable=False),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False, index=True),
    Column("data", JSON, nullable=False),
    time("at"),
)

Index("ix_desk_events_workspace_id_type", desk_events.c.workspace_id, desk_events.c.type, desk_events.c.seq)

canned_responses = Table(
    "canned_responses",
    metadata,
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), primary_key=True),
    Column("key", String(60), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("text", Text, nullable=False),
)
