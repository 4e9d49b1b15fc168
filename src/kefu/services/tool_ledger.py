"""The gate's books in the database: each method one transaction, committed when it returns."""

from dataclasses import replace
from datetime import datetime, timedelta

from kefu.dialogue.tools.ledger import Begun
from kefu.domain.action import (
    CallRate,
    LedgerEntry,
    LedgerOutcome,
    LedgerStatus,
    PendingAction,
    PendingActionState,
    PluginState,
)
from kefu.domain.desk import DeskEventType
from kefu.domain.errors import LeaseLostError
from kefu.domain.turn import Lease
from kefu.services.action_events import requested_event, write_event
from kefu.services.delivery import DeliveryService
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_MARGIN = timedelta(seconds=15)
"""How much longer than the call a lease is held, to write down how it ended."""


class StoredLedger:
    """``kefu.dialogue.tools.ledger.Ledger`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database, delivery: DeliveryService) -> None:
        self._database = database
        self._delivery = delivery

    async def find_plugin_state(self, workspace_id: str, plugin: str) -> PluginState | None:
        async with self._database.read(workspace_id) as unit:
            return await unit.plugin_states.find(plugin)

    async def find_entry(self, workspace_id: str, key: str) -> LedgerEntry | None:
        async with self._database.read(workspace_id) as unit:
            return await unit.tool_ledger.find(key)

    async def find_action(self, workspace_id: str, conversation_id: str, key: str) -> PendingAction | None:
        async with self._database.read(workspace_id) as unit:
            return await unit.pending_actions.find_newest(conversation_id, key)

    async def count_writes(self, workspace_id: str, *, contact_id: str, tool: str, since: datetime) -> int:
        async with self._database.read(workspace_id) as unit:
            return await unit.tool_ledger.count(contact_id=contact_id, tool=tool, since=since)

    async def offer(self, action: PendingAction) -> None:
        async with self._database.write(action.workspace_id) as unit:
            await unit.pending_actions.add(action)

    async def request_approval(self, action: PendingAction, *, expires_at: datetime) -> bool:
        async with self._database.write(action.workspace_id) as unit:
            if not await unit.pending_actions.move(action, PendingActionState.APPROVAL, expires_at=expires_at):
                return False
            told = await unit.desk_events.append(requested_event(replace(action, expires_at=expires_at)))
        await self._delivery.publish_desk(action.workspace_id, told)
        return True

    async def begin(
        self, entry: LedgerEntry, *, action: PendingAction | None, rate: CallRate | None, lease: Lease | None
    ) -> Begun | None:
        async with self._database.write(entry.workspace_id) as unit:
            known = await unit.tool_ledger.find(entry.key)
            if known is not None:
                return Begun(known, is_ours=False)
            await _hold(unit, entry, lease)
            if rate is not None and not await _is_within(unit, entry, rate):
                return None
            if action is not None and not await unit.pending_actions.move(action, PendingActionState.DONE):
                known = await unit.tool_ledger.find(entry.key)  # its other worker may have just committed
                return None if known is None else Begun(known, is_ours=False)
            if await unit.tool_ledger.add(entry):
                return Begun(entry, is_ours=True)
            known = await unit.tool_ledger.find(entry.key)
            assert known is not None, "the key was taken"
            return Begun(known, is_ours=False)

    async def finish(
        self, entry: LedgerEntry, outcome: LedgerOutcome, *, check_at: datetime | None, decided_by: str | None = None
    ) -> LedgerEntry:
        async with self._database.write(entry.workspace_id) as unit:
            is_news = await unit.tool_ledger.finish(entry, outcome, check_at=check_at, decided_by=decided_by)
            stored = await unit.tool_ledger.get(entry.id)
            kind = _news(entry, stored) if is_news else None
            told = [] if kind is None else await unit.desk_events.append(write_event(kind, stored))
        await self._delivery.publish_desk(entry.workspace_id, told)
        return stored


def _news(before: LedgerEntry, after: LedgerEntry) -> DeskEventType | None:
    """What agents are told: that nobody knows the end of a write, that only they can find it out, and that it is known."""
    if after.status is LedgerStatus.UNKNOWN and (before.status is LedgerStatus.EXECUTING or after.check_at is None):
        return DeskEventType.WRITE_UNKNOWN
    is_found = after.status.is_settled and before.status is LedgerStatus.UNKNOWN
    return DeskEventType.WRITE_SETTLED if is_found else None


async def _hold(unit: Unit, entry: LedgerEntry, lease: Lease | None) -> None:
    """Only who holds the conversation begins a write, and holds it until the write is over."""
    if lease is None or entry.check_at is None:
        return
    lifetime = entry.check_at - entry.started_at + _MARGIN
    if not await unit.conversations.renew_lease(lease, lifetime=lifetime):
        raise LeaseLostError(conversation_id=lease.conversation_id, token=lease.token)


async def _is_within(unit: Unit, entry: LedgerEntry, rate: CallRate) -> bool:
    await unit.tool_ledger.lock_contact(entry.contact_id)
    since = entry.started_at - rate.per
    return await unit.tool_ledger.count(contact_id=entry.contact_id, tool=entry.tool, since=since) < rate.count
