"""Where documents come from by themselves, and files that were sent to be read."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from kefu.storage.tables.base import UtcDateTime, metadata, of_workspace, own_id, time

sources = Table(
    "sources",
    metadata,
    own_id(),
    of_workspace(),
    Column("kind", String(20), nullable=False),
    Column("address", String(800), nullable=False),
    Column("options", JSON, nullable=False),
    time("created_at"),
    time("synced_at", nullable=True),
    Column("due_at", UtcDateTime(), index=True),
    Column("failures", Integer, nullable=False),
    Column("error_code", String(60)),
    Column("error_detail", Text),
    Column("problem_count", Integer, nullable=False),
    Column("revision", String(100)),
    UniqueConstraint("workspace_id", "kind", "address"),
)

source_items = Table(
    "source_items",
    metadata,
    own_id(),
    of_workspace(),
    Column("source_id", String(40), ForeignKey("sources.id"), nullable=False),
    Column("address", String(800), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("reading_hash", String(64), nullable=False),
    Column("etag", String(300)),
    Column("last_modified", String(300)),
    UniqueConstraint("source_id", "address"),
)

uploads = Table(
    "uploads",
    metadata,
    own_id(),
    of_workspace(),
    Column("job_id", String(40), ForeignKey("jobs.id")),
    Column("name", String(300), nullable=False),
    time("created_at"),
)

Index("ix_uploads_job_id", uploads.c.job_id)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("upload_id", String(40), ForeignKey("uploads.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    of_workspace(),
    Column("content", LargeBinary, nullable=False),
)
