"""The ledger of writes: a row before the call, one a key."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Integer, Row, bindparam, func
from sqlalchemy.exc import IntegrityError

from kefu.domain.action import LedgerEntry, LedgerOutcome, LedgerStatus
from kefu.domain.errors import NotFoundError
from kefu.storage.repository import Repository
from kefu.storage.tables import contacts
from kefu.storage.tables import tool_ledger as table

_ADD = Repository.insert(table)
_GET = Repository.select(table).where(table.c.id == bindparam("of_id"))
_FIND = Repository.select(table).where(table.c.key == bindparam("of_key"))
_LOCK_CONTACT = (
    Repository.select(contacts, contacts.c.id).where(contacts.c.id == bindparam("of_contact")).with_for_update()
)
_COUNT = (
    Repository.select(table)
    .with_only_columns(func.count())
    .where(
        table.c.contact_id == bindparam("of_contact"),
        table.c.tool == bindparam("of_tool"),
        table.c.started_at > bindparam("since"),
        table.c.status != LedgerStatus.FAILED,
    )
)
_LIST = (
    Repository.select(table)
    .where(table.c.status.in_(bindparam("of_statuses", expanding=True)))
    .order_by(table.c.id.desc())
    .limit(bindparam("at_most", type_=Integer))
)
_LIST_DUE = (
    Repository.select(table)
    .where(table.c.check_at <= bindparam("now"))
    .order_by(table.c.check_at)
    .limit(bindparam("at_most", type_=Integer))
)
_FINISH = (
    Repository.update(table)
    .where(table.c.id == bindparam("of_id"), table.c.status.in_([LedgerStatus.EXECUTING, LedgerStatus.UNKNOWN]))
    .values(
        status=bindparam("to_status"),
        result=bindparam("to_result", type_=table.c.result.type),
        code=bindparam("to_code"),
        detail=bindparam("to_detail"),
        attempts=bindparam("to_attempts"),
        decided_by=func.coalesce(bindparam("to_decided_by", type_=table.c.decided_by.type), table.c.decided_by),
        check_at=bindparam("to_check_at", type_=table.c.check_at.type),
        finished_at=bindparam("to_finished_at", type_=table.c.finished_at.type),
    )
)


class ToolLedgerRepository(Repository):
    async def add(self, entry: LedgerEntry) -> bool:
        """Write it down; False when the key is taken, and the transaction goes on."""
        try:
            async with self._connection.begin_nested():
                await self._add(_ADD, asdict(entry))
        except IntegrityError:
            if await self.find(entry.key) is None:
                raise  # it was another constraint
            return False
        return True

    async def get(self, entry_id: str) -> LedgerEntry:
        row = (await self._execute(_GET, of_id=entry_id)).one_or_none()
        if row is None:
            raise NotFoundError("write", entry_id)
        return _to_entry(row)

    async def find(self, key: str) -> LedgerEntry | None:
        row = (await self._execute(_FIND, of_key=key)).one_or_none()
        return None if row is None else _to_entry(row)

    async def count(self, *, contact_id: str, tool: str, since: datetime) -> int:
        """Writes begun since then, without those that failed."""
        rows = await self._execute(_COUNT, of_contact=contact_id, of_tool=tool, since=since)
        count: int = rows.scalar_one()
        return count

    async def lock_contact(self, contact_id: str) -> None:
        """Until the transaction ends nobody else counts, and begins, writes for this contact."""
        await self._execute(_LOCK_CONTACT, of_contact=contact_id)

    async def list_newest(self, statuses: Collection[LedgerStatus], *, limit: int) -> list[LedgerEntry]:
        rows = await self._execute(_LIST, of_statuses=list(statuses), at_most=limit)
        return [_to_entry(row) for row in rows]

    async def list_due(self, *, limit: int) -> list[LedgerEntry]:
        """Those to ask the other system about now."""
        rows = await self._execute(_LIST_DUE, now=self._clock.now(), at_most=limit)
        return [_to_entry(row) for row in rows]

    async def finish(
        self, entry: LedgerEntry, outcome: LedgerOutcome, *, check_at: datetime | None, decided_by: str | None = None
    ) -> bool:
        """Write down how it ended; False when that is settled already."""
        rows = await self._execute(
            _FINISH,
            of_id=entry.id,
            to_status=outcome.status,
            to_result=outcome.result,
            to_code=outcome.code,
            to_detail=outcome.detail,
            to_attempts=entry.attempts,
            to_decided_by=decided_by,
            to_check_at=check_at,
            to_finished_at=self._clock.now() if outcome.status.is_settled else None,
        )
        return rows.rowcount > 0


def _to_entry(row: Row[tuple[object, ...]]) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        workspace_id=row.workspace_id,
        key=row.key,
        tool=row.tool,
        conversation_id=row.conversation_id,
        contact_id=row.contact_id,
        turn_id=row.turn_id,
        action_id=row.action_id,
        arguments=row.arguments,
        arguments_hash=row.arguments_hash,
        status=LedgerStatus(row.status),
        result=row.result,
        code=row.code,
        detail=row.detail,
        decided_by=row.decided_by,
        attempts=row.attempts,
        started_at=row.started_at,
        check_at=row.check_at,
        finished_at=row.finished_at,
    )
