"""What is due in any workspace: messages without an answer, sources, uploads, writes."""

from datetime import datetime

from sqlalchemy import Integer, and_, bindparam, or_, select

from kefu.domain.conversation import Handler
from kefu.kit.clock import Clock
from kefu.storage.connection import Connection
from kefu.storage.tables import conversations, jobs, pending_actions, plugin_schedules, sources, tool_ledger, uploads

_LIST_UNANSWERED = (
    select(conversations.c.workspace_id, conversations.c.id)
    .where(
        conversations.c.inbound_seq > conversations.c.handled_seq,
        conversations.c.handler != Handler.AGENT,
        conversations.c.updated_at < bindparam("before"),
        or_(conversations.c.lease_expires_at.is_(None), conversations.c.lease_expires_at < bindparam("now")),
    )
    .order_by(conversations.c.updated_at)
    .limit(bindparam("at_most", type_=Integer))
)
_LIST_DUE_SOURCES = (
    select(sources.c.workspace_id, sources.c.id)
    .where(sources.c.due_at <= bindparam("now"))
    .order_by(sources.c.due_at)
    .limit(bindparam("at_most", type_=Integer))
)
_LIST_OLD_UPLOADS = (
    select(uploads.c.workspace_id, uploads.c.id)
    .outerjoin(jobs, jobs.c.id == uploads.c.job_id)
    .where(
        or_(
            jobs.c.finished_at.is_not(None),
            and_(uploads.c.job_id.is_(None), uploads.c.created_at < bindparam("before")),
        )
    )
    .limit(bindparam("at_most", type_=Integer))
)
_LIST_TO_CHECK = select(tool_ledger.c.workspace_id).where(tool_ledger.c.check_at <= bindparam("now")).distinct()
_LIST_EXPIRED = (
    select(pending_actions.c.workspace_id)
    .where(pending_actions.c.closed_at.is_(None), pending_actions.c.expires_at <= bindparam("now"))
    .distinct()
)
_LIST_DUE_PLUGIN_JOBS = (
    select(plugin_schedules.c.workspace_id, plugin_schedules.c.plugin, plugin_schedules.c.job)
    .where(plugin_schedules.c.due_at <= bindparam("now"))
    .order_by(plugin_schedules.c.due_at)
    .limit(bindparam("at_most", type_=Integer))
)


class DueWork:
    """Looked for by sweepers; whoever finds something takes it by its own workspace's statements."""

    def __init__(self, connection: Connection, *, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def list_unanswered(self, *, before: datetime, limit: int = 100) -> list[tuple[str, str]]:
        """(workspace_id, conversation_id) with visitor messages that no live turn is answering: a worker died."""
        values = {"before": before, "now": self._clock.now(), "at_most": limit}
        rows = await self._connection.execute(_LIST_UNANSWERED, values)
        return [(row.workspace_id, row.id) for row in rows]

    async def list_due_sources(self, *, limit: int) -> list[tuple[str, str]]:
        """(workspace_id, source_id) of what is to be read again, the most overdue first."""
        rows = await self._connection.execute(_LIST_DUE_SOURCES, {"now": self._clock.now(), "at_most": limit})
        return [(row.workspace_id, row.id) for row in rows]

    async def list_old_uploads(self, *, before: datetime, limit: int) -> list[tuple[str, str]]:
        """(workspace_id, upload_id) of files whose job is over, or that got none and were begun ``before``."""
        rows = await self._connection.execute(_LIST_OLD_UPLOADS, {"before": before, "at_most": limit})
        return [(row.workspace_id, row.id) for row in rows]

    async def list_due_actions(self) -> list[str]:
        """Ids of workspaces with writes whose end is to be asked for, or pending actions nobody said yes to in time."""
        values = {"now": self._clock.now()}
        found = [await self._connection.execute(statement, values) for statement in (_LIST_TO_CHECK, _LIST_EXPIRED)]
        return sorted({row.workspace_id for rows in found for row in rows})

    async def list_due_plugin_jobs(self, *, limit: int) -> list[tuple[str, str, str]]:
        """(workspace_id, plugin, job) of what is to be run again, the most overdue first."""
        rows = await self._connection.execute(_LIST_DUE_PLUGIN_JOBS, {"now": self._clock.now(), "at_most": limit})
        return [(row.workspace_id, row.plugin, row.job) for row in rows]
