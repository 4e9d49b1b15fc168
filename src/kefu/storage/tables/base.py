"""What all tables share: their metadata, their column types, the workspace they belong to."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
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


def own_id() -> Column[str]:
    return Column("id", String(40), primary_key=True)


def of_workspace() -> Column[str]:
    return Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False, index=True)


def of_conversation() -> Column[str]:
    return Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False)


def time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime(), nullable=nullable)


workspaces = Table(
    "workspaces",
    metadata,
    own_id(),
    Column("slug", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("knowledge_version", Integer, nullable=False, default=0),
    Column("encoder", String(120)),
    Column("intent_version", Integer),
    Column("plugin_version", Integer, nullable=False, default=0, server_default="0"),
    Column("desk_seq", Integer, nullable=False, default=0, server_default="0"),
    Column("allowed_facts", JSON, nullable=False, default=list, server_default="[]"),
    Column("hotlines", JSON, nullable=False, default=dict, server_default="{}"),
    time("created_at"),
)
