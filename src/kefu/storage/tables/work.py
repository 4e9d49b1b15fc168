"""Work that leaves after commit, and who may order it."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from kefu.storage.tables.base import metadata, of_workspace, own_id, time

outbox = Table(
    "outbox",
    metadata,
    own_id(),
    of_workspace(),
    Column("topic", String(60), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_error", Text),
    time("created_at"),
    time("available_at"),
    time("done_at", nullable=True),
)

Index(
    "ix_outbox_due",
    outbox.c.available_at,
    sqlite_where=outbox.c.done_at.is_(None),
    postgresql_where=outbox.c.done_at.is_(None),
)

jobs = Table(
    "jobs",
    metadata,
    own_id(),
    of_workspace(),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("cursor", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("problem_count", Integer, nullable=False),
    Column("error_code", String(60)),
    Column("error_detail", Text),
    Column("attempts", Integer, nullable=False),
    Column("lease_token", Integer, nullable=False),
    Column("is_cancel_requested", Boolean, nullable=False),
    time("available_at"),
    time("created_at"),
    time("started_at", nullable=True),
    time("finished_at", nullable=True),
)

_IS_OPEN = jobs.c.finished_at.is_(None)

Index("ix_jobs_due", jobs.c.available_at, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)

Index(
    "uq_jobs_open_subject",
    jobs.c.workspace_id,
    jobs.c.kind,
    jobs.c.subject,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)

api_keys = Table(
    "api_keys",
    metadata,
    own_id(),
    of_workspace(),
    Column("name", String(200), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    time("created_at"),
    time("expires_at", nullable=True),
    time("revoked_at", nullable=True),
    Column("agent_id", String(40), ForeignKey("agents.id")),
)
