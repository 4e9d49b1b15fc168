"""What belongs to no single workspace: creating them, finding them by name, sweeping, taking work, knowing a key."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Integer, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from kefu.domain.access import ApiKey
from kefu.domain.conversation import Workspace
from kefu.domain.job import Job, JobState
from kefu.domain.turn import OutboxEntry
from kefu.kit.ids import new_id
from kefu.storage.api_keys import to_api_key
from kefu.storage.due import DueWork
from kefu.storage.jobs import to_job
from kefu.storage.tables import (
    api_keys,
    inboxes,
    jobs,
    outbox,
    plugin_schemas,
    workspaces,
)
from kefu.storage.workspaces import to_workspace

_FIND_WORKSPACE = select(workspaces).where(workspaces.c.slug == bindparam("of_slug"))
_LIST_WORKSPACES = select(workspaces)
_LIST_INTENT_VERSIONS = select(workspaces.c.id, workspaces.c.intent_version).where(
    workspaces.c.intent_version.is_not(None)
)
_ADD_WORKSPACE = insert(workspaces)
_DUE = (
    select(outbox.c.id)
    .where(outbox.c.done_at.is_(None), outbox.c.available_at <= bindparam("now"))
    .order_by(outbox.c.id)
    .limit(bindparam("at_most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_CLAIM_OUTBOX = (
    update(outbox)
    .where(outbox.c.id.in_(_DUE.scalar_subquery()))
    .values(available_at=bindparam("until"), attempts=outbox.c.attempts + 1)
    .returning(outbox)
)
_THIS_ENTRY = update(outbox).where(outbox.c.id == bindparam("of_id"))
_FINISH_OUTBOX = _THIS_ENTRY.values(done_at=bindparam("now"), last_error=None)
_DEFER_OUTBOX = _THIS_ENTRY.values(available_at=bindparam("until"), last_error=bindparam("error"))
_DUE_JOBS = (
    select(jobs.c.id)
    .where(jobs.c.finished_at.is_(None), jobs.c.available_at <= bindparam("now"))
    .order_by(jobs.c.available_at, jobs.c.id)
    .limit(bindparam("at_most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_CLAIM_JOBS = (
    update(jobs)
    .where(jobs.c.id.in_(_DUE_JOBS.scalar_subquery()))
    .values(
        state=JobState.RUNNING,
        available_at=bindparam("until"),
        attempts=jobs.c.attempts + 1,
        lease_token=jobs.c.lease_token + 1,
        started_at=func.coalesce(jobs.c.started_at, bindparam("now", type_=jobs.c.started_at.type)),
    )
    .returning(jobs)
)
_LOCK_SCHEMA = select(plugin_schemas.c.steps).where(plugin_schemas.c.plugin == bindparam("of_plugin")).with_for_update()
_ADD_SCHEMA = insert(plugin_schemas)
_SET_SCHEMA = (
    update(plugin_schemas)
    .where(plugin_schemas.c.plugin == bindparam("of_plugin"))
    .values(steps=bindparam("new_steps", type_=plugin_schemas.c.steps.type))
)
_FIND_INBOX = select(inboxes.c.workspace_id).where(inboxes.c.id == bindparam("of_id"))
_FIND_KEY = select(api_keys).where(api_keys.c.id == bindparam("of_id"))


class Platform(DueWork):
    """Cross-workspace statements. Services of customers and agents never see this."""

    async def find_workspace(self, slug: str) -> Workspace | None:
        row = (await self._connection.execute(_FIND_WORKSPACE, {"of_slug": slug})).one_or_none()
        return None if row is None else to_workspace(row)

    async def list_workspaces(self) -> list[Workspace]:
        return [to_workspace(row) for row in await self._connection.execute(_LIST_WORKSPACES)]

    async def list_intent_versions(self) -> dict[str, int]:
        """The intent model that answers, by workspace; those without one are left out."""
        return {row.id: row.intent_version for row in await self._connection.execute(_LIST_INTENT_VERSIONS)}

    async def create_workspace(self, *, slug: str, name: str) -> Workspace:
        workspace = Workspace(id=new_id("ws"), slug=slug, name=name)
        values = {"id": workspace.id, "slug": slug, "name": name, "created_at": self._clock.now()}
        await self._connection.execute(_ADD_WORKSPACE, values)
        return workspace

    async def claim_outbox(self, *, limit: int, lifetime: timedelta) -> list[OutboxEntry]:
        """Take due entries for ``lifetime``; entries that are not marked done in time are due again."""
        now = self._clock.now()
        rows = await self._connection.execute(_CLAIM_OUTBOX, {"now": now, "until": now + lifetime, "at_most": limit})
        return sorted((_to_entry(row) for row in rows), key=lambda entry: entry.id)

    async def finish_outbox(self, entry_id: str) -> None:
        await self._connection.execute(_FINISH_OUTBOX, {"of_id": entry_id, "now": self._clock.now()})

    async def defer_outbox(self, entry_id: str, *, until: datetime, error: str) -> None:
        """Keep a failed entry, with why, for a later try."""
        await self._connection.execute(_DEFER_OUTBOX, {"of_id": entry_id, "until": until, "error": error})

    async def claim_jobs(self, *, limit: int, lifetime: timedelta) -> list[Job]:
        """Take jobs that are due, or whose worker has died, for ``lifetime``; the oldest first."""
        now = self._clock.now()
        rows = await self._connection.execute(_CLAIM_JOBS, {"now": now, "until": now + lifetime, "at_most": limit})
        return sorted((to_job(row) for row in rows), key=lambda job: job.id)

    async def find_api_key(self, key_id: str) -> ApiKey | None:
        row = (await self._connection.execute(_FIND_KEY, {"of_id": key_id})).one_or_none()
        return None if row is None else to_api_key(row)

    async def find_workspace_of_inbox(self, inbox_id: str) -> str | None:
        """For calls that name an inbox and nothing else."""
        found = (await self._connection.execute(_FIND_INBOX, {"of_id": inbox_id})).scalar_one_or_none()
        return None if found is None else str(found)

    async def lock_plugin_schema(self, plugin: str) -> tuple[str, ...]:
        """The digests of the steps that were carried out for a plugin's tables; nobody else changes them until we end."""
        for _ in range(2):
            row = (await self._connection.execute(_LOCK_SCHEMA, {"of_plugin": plugin})).one_or_none()
            if row is not None:
                return tuple(row.steps)
            with suppress(IntegrityError):  # another process was first: its row is there now
                async with self._connection.begin_nested():
                    await self._connection.execute(_ADD_SCHEMA, {"plugin": plugin, "steps": []})
        return ()

    async def put_plugin_schema(self, plugin: str, steps: Sequence[str]) -> None:
        await self._connection.execute(_SET_SCHEMA, {"of_plugin": plugin, "new_steps": list(steps)})


def _to_entry(row: Row[tuple[object, ...]]) -> OutboxEntry:
    return OutboxEntry(
        id=row.id,
        workspace_id=row.workspace_id,
        topic=row.topic,
        payload=row.payload,
        attempts=row.attempts,
        created_at=row.created_at,
    )
