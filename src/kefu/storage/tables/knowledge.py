"""What a company knows, and what it is asked in vain."""

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

from kefu.storage.tables.base import metadata, of_conversation, of_workspace, own_id, time

documents = Table(
    "documents",
    metadata,
    own_id(),
    of_workspace(),
    Column("key", String(300), nullable=False),
    Column("language", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("title", String(500), nullable=False),
    Column("text", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("is_current", Boolean, nullable=False),
    Column("is_draft", Boolean, nullable=False, default=False, server_default=false()),
    Column("removed_in", Integer),
    time("valid_from", nullable=True),
    time("valid_until", nullable=True),
    Column("segments", JSON, nullable=False, default=list, server_default="[]"),
    Column("tags", JSON, nullable=False, default=list, server_default="[]"),
    Column("owner", String(200)),
    Column("origin", String(1000)),
    Column("risk", String(20), nullable=False, default="general", server_default="general"),
    Column("source_item_id", String(40), index=True),
    time("created_at"),
    UniqueConstraint("workspace_id", "key", "language", "version"),
)

Index("ix_documents_removed_in", documents.c.workspace_id, documents.c.removed_in)
Index(
    "uq_documents_draft",
    documents.c.workspace_id,
    documents.c.key,
    documents.c.language,
    unique=True,
    sqlite_where=documents.c.is_draft,
    postgresql_where=documents.c.is_draft,
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
    own_id(),
    of_workspace(),
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
    own_id(),
    of_workspace(),
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
    of_workspace(),
    of_conversation(),
    Column("question", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("confidence", Float),
    Column("cluster_id", String(40)),
    time("at"),
    Index("ix_gaps_workspace_id_cluster_id", "workspace_id", "cluster_id"),
)
