"""Inboxes, contacts, and what is said."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from kefu.storage.tables.base import UtcDateTime, metadata, of_conversation, of_workspace, own_id, time

inboxes = Table(
    "inboxes",
    metadata,
    own_id(),
    of_workspace(),
    Column("slug", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("plugin_channel", String(101)),
    Column("burst_window_ms", Integer, nullable=False),
    Column("profile", JSON, nullable=False),
    Column("hours", JSON(none_as_null=True)),
    UniqueConstraint("workspace_id", "slug"),
)

contacts = Table(
    "contacts",
    metadata,
    own_id(),
    of_workspace(),
    Column("inbox_id", String(40), ForeignKey("inboxes.id"), nullable=False),
    Column("external_id", String(200)),
    Column("segments", JSON, nullable=False, default=list, server_default="[]"),
    Column("profile_consent", String(10)),
    time("created_at"),
    UniqueConstraint("workspace_id", "external_id"),
)

contact_facts = Table(
    "contact_facts",
    metadata,
    Column("contact_id", String(40), ForeignKey("contacts.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    of_workspace(),
    Column("value", JSON, nullable=False),
    Column("display", String(200), nullable=False),
    Column("source", String(20), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("turn_id", String(40), nullable=False),
    time("at"),
    time("expires_at", nullable=True),
)

conversations = Table(
    "conversations",
    metadata,
    own_id(),
    of_workspace(),
    Column("inbox_id", String(40), ForeignKey("inboxes.id"), nullable=False),
    Column("contact_id", String(40), ForeignKey("contacts.id"), nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("handler", String(20), nullable=False),
    Column("language", String(8)),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("inbound_seq", Integer, nullable=False, default=0),
    Column("handled_seq", Integer, nullable=False, default=0),
    Column("stopped_seq", Integer, nullable=False, default=0),
    Column("lease_token", Integer, nullable=False, default=0),
    Column("lease_expires_at", UtcDateTime()),
    time("created_at"),
    time("updated_at"),
)

Index(
    "ix_conversations_unhandled",
    conversations.c.updated_at,
    sqlite_where=conversations.c.inbound_seq > conversations.c.handled_seq,
    postgresql_where=conversations.c.inbound_seq > conversations.c.handled_seq,
)

messages = Table(
    "messages",
    metadata,
    own_id(),
    of_workspace(),
    of_conversation(),
    Column("seq", Integer, nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("author", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("choice", String(200)),
    Column("attachments", JSON, nullable=False),
    Column("body_hash", String(64), nullable=False),
    time("created_at"),
    UniqueConstraint("conversation_id", "client_id"),
    UniqueConstraint("conversation_id", "seq"),
)

events = Table(
    "events",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    of_workspace(),
    Column("type", String(40), nullable=False),
    Column("turn_id", String(40), index=True),
    Column("data", JSON, nullable=False),
    time("at"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    of_workspace(),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    time("at"),
)

turns = Table(
    "turns",
    metadata,
    own_id(),
    of_workspace(),
    of_conversation(),
    Column("state", String(20), nullable=False),
    Column("through_seq", Integer, nullable=False),
    Column("decision", String(20)),
    Column("confidence", Float),
    Column("is_hard", Boolean, nullable=False, default=False, server_default=false()),
    Column("model_calls", Integer, nullable=False, default=0, server_default="0"),
    Column("prompt_tokens", Integer, nullable=False, default=0, server_default="0"),
    Column("completion_tokens", Integer, nullable=False, default=0, server_default="0"),
    Column("model_ms", Integer, nullable=False, default=0, server_default="0"),
    time("started_at"),
    time("finished_at", nullable=True),
    Column("tape", JSON(none_as_null=True)),
)

Index("ix_turns_conversation_id_state", turns.c.conversation_id, turns.c.state)
Index("ix_turns_workspace_id_started_at", turns.c.workspace_id, turns.c.started_at)
