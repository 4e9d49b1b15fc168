"""All tables, in SQLAlchemy Core. Every table but ``workspaces`` carries ``workspace_id``."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database (SQLite itself knows no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> Column[str]:
    return Column("id", String(40), primary_key=True)


def _workspace() -> Column[str]:
    return Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False, index=True)


def _conversation() -> Column[str]:
    return Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime(), nullable=nullable)


workspaces = Table(
    "workspaces",
    metadata,
    _id(),
    Column("slug", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("knowledge_version", Integer, nullable=False, default=0),
    _time("created_at"),
)

inboxes = Table(
    "inboxes",
    metadata,
    _id(),
    _workspace(),
    Column("slug", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("burst_window_ms", Integer, nullable=False),
    Column("profile", JSON, nullable=False),
    UniqueConstraint("workspace_id", "slug"),
)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    _workspace(),
    Column("inbox_id", String(40), ForeignKey("inboxes.id"), nullable=False),
    Column("external_id", String(200)),
    _time("created_at"),
    UniqueConstraint("workspace_id", "external_id"),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _workspace(),
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
    _time("created_at"),
    _time("updated_at"),
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
    _id(),
    _workspace(),
    _conversation(),
    Column("seq", Integer, nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("author", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("choice", String(200)),
    Column("attachments", JSON, nullable=False),
    Column("body_hash", String(64), nullable=False),
    _time("created_at"),
    UniqueConstraint("conversation_id", "client_id"),
    UniqueConstraint("conversation_id", "seq"),
)

events = Table(
    "events",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    _workspace(),
    Column("type", String(40), nullable=False),
    Column("turn_id", String(40), index=True),
    Column("data", JSON, nullable=False),
    _time("at"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    _workspace(),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    _time("at"),
)

documents = Table(
    "documents",
    metadata,
    _id(),
    _workspace(),
    Column("key", String(300), nullable=False),
    Column("language", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("title", String(500), nullable=False),
    Column("text", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("is_current", Boolean, nullable=False),
    _time("created_at"),
    UniqueConstraint("workspace_id", "key", "language", "version"),
)
Index(
    "uq_documents_current",
    documents.c.workspace_id,
    documents.c.key,
    documents.c.language,
    unique=True,
    sqlite_where=documents.c.is_current,
    postgresql_where=documents.c.is_current,
)

chunks = Table(
    "chunks",
    metadata,
    _id(),
    _workspace(),
    Column("document_id", String(40), ForeignKey("documents.id"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("heading_path", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("questions", JSON, nullable=False),
    UniqueConstraint("document_id", "ordinal"),
)

terms = Table(
    "terms",
    metadata,
    _id(),
    _workspace(),
    Column("language", String(8), nullable=False),
    Column("text", String(200), nullable=False),
    Column("synonyms", JSON, nullable=False),
    Column("kind", String(20), nullable=False),
    UniqueConstraint("workspace_id", "language", "text"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("turn_id", String(40), primary_key=True),
    _workspace(),
    _conversation(),
    Column("question", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("confidence", Float),
    _time("at"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _workspace(),
    Column("topic", String(60), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_error", Text),
    _time("created_at"),
    _time("available_at"),
    _time("done_at", nullable=True),
)
Index(
    "ix_outbox_due",
    outbox.c.available_at,
    sqlite_where=outbox.c.done_at.is_(None),
    postgresql_where=outbox.c.done_at.is_(None),
)

turns = Table(
    "turns",
    metadata,
    _id(),
    _workspace(),
    _conversation(),
    Column("state", String(20), nullable=False),
    Column("through_seq", Integer, nullable=False),
    Column("decision", String(20)),
    Column("confidence", Float),
    _time("started_at"),
    _time("finished_at", nullable=True),
)
Index("ix_turns_conversation_id_state", turns.c.conversation_id, turns.c.state)
