"""What documents say, as entities and edges; and which version each document was read in."""

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

from kefu.storage.tables.base import metadata, of_workspace, own_id, time

graph_entities = Table(
    "graph_entities",
    metadata,
    own_id(),
    of_workspace(),
    Column("language", String(8), nullable=False),
    Column("key", String(300), nullable=False),
    Column("name", String(300), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("aliases", JSON, nullable=False, default=list, server_default="[]"),
    Column("is_by_hand", Boolean, nullable=False, default=False, server_default=false()),
    UniqueConstraint("workspace_id", "language", "key"),
)

graph_edges = Table(
    "graph_edges",
    metadata,
    own_id(),
    of_workspace(),
    Column("fact", String(64), nullable=False),
    Column("subject_id", String(40), ForeignKey("graph_entities.id"), nullable=False, index=True),
    Column("relation", String(100), nullable=False),
    Column("object_id", String(40), ForeignKey("graph_entities.id"), index=True),
    Column("value_kind", String(20)),
    Column("value_text", Text),
    Column("value_number", Float),
    Column("value_unit", String(20)),
    Column("is_negated", Boolean, nullable=False, default=False, server_default=false()),
    Column("qualifier", Text, nullable=False),
    Column("document_id", String(40), ForeignKey("documents.id"), index=True),
    Column("document_key", String(300)),
    Column("language", String(8), nullable=False),
    Column("chunk_id", String(40)),
    Column("start", Integer),
    Column("end", Integer),
    Column("sentence", Text),
    Column("extractor", String(20), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("status", String(20), nullable=False),
    time("created_at"),
    UniqueConstraint("workspace_id", "document_key", "language", "fact"),
)

Index("ix_graph_edges_status", graph_edges.c.workspace_id, graph_edges.c.status)

graph_readings = Table(
    "graph_readings",
    metadata,
    Column("document_id", String(40), ForeignKey("documents.id"), primary_key=True),
    of_workspace(),
    Column("reading", String(64), nullable=False),
)
