"""What is asked in vain, gathered; what is wrong with the documents."""

from sqlalchemy import JSON, Column, Float, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from kefu.storage.tables.base import metadata, of_workspace, own_id, time

gap_clusters = Table(
    "gap_clusters",
    metadata,
    own_id(),
    of_workspace(),
    Column("question", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("state", String(20), nullable=False),
    Column("vectors", LargeBinary, nullable=False),
    Column("encoder", String(120), nullable=False),
    Column("checked_version", Integer, nullable=False),
    Column("nearest_key", String(300)),
    Column("nearest_language", String(8)),
    Column("nearest_probability", Float),
    Column("draft_key", String(300)),
    time("changed_at"),
)

knowledge_findings = Table(
    "knowledge_findings",
    metadata,
    own_id(),
    of_workspace(),
    Column("kind", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    time("first_seen"),
    time("last_seen"),
    time("changed_at"),
    UniqueConstraint("workspace_id", "fingerprint"),
)
