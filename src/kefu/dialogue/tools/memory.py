"""Books in memory: for trying dialogues where nothing shall stay, and for tests of the gate."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

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
from kefu.domain.turn import Lease
from kefu.kit.clock import Clock


class MemoryLedger:
    """One process, one event loop; no method waits, so each is whole."""

    def __init__(self, *, clock: Clock, states: Iterable[PluginState] = ()) -> None:
        self._clock = clock
        self.states = {(state.workspace_id, state.plugin): state for state in states}
        self.entries: dict[tuple[str, str], LedgerEntry] = {}
        self.actions: dict[str, PendingAction] = {}

    async def find_plugin_state(self, workspace_id: str, plugin: str) -> PluginState | None:
        return self.states.get((workspace_id, plugin))

    async def find_entry(self, workspace_id: str, key: str) -> LedgerEntry | None:
        return self.entries.get((workspace_id, key))

    async def find_action(self, workspace_id: str, conversation_id: str, key: str) -> PendingAction | None:
        wanted = (workspace_id, conversation_id, key)
        found = [a for a in self.actions.values() if (a.workspace_id, a.conversation_id, a.key) == wanted]
        return found[-1] if found else None

    async def count_writes(self, workspace_id: str, *, contact_id: str, tool: str, since: datetime) -> int:
        wanted = (workspace_id, contact_id, tool)
        return sum(
            (entry.workspace_id, entry.contact_id, entry.tool) == wanted
            and entry.started_at > since
            and entry.status is not LedgerStatus.FAILED
            for entry in self.entries.values()
        )

    async def offer(self, action: PendingAction) -> None:
        for before in self._of_conversation(action):
            waits = before.state is PendingActionState.WAITING and before.caller is action.caller
            if waits or (before.key == action.key and before.state.is_open):
                self._set_state(before, PendingActionState.REPLACED)
        self.actions[action.id] = action

    def withdraw(self, action_ids: Iterable[str]) -> None:
        """What the end of a turn does in the database (``PendingActionRepository.withdraw``)."""
        for action in map(self.actions.__getitem__, action_ids):
            if action.state is PendingActionState.WAITING:
                self._set_state(action, PendingActionState.WITHDRAWN)

    async def request_approval(self, action: PendingAction, *, expires_at: datetime) -> bool:
        if self.actions[action.id].state is not PendingActionState.WAITING:
            return False
        self.actions[action.id] = replace(action, state=PendingActionState.APPROVAL, expires_at=expires_at)
        return True

    async def begin(
        self, entry: LedgerEntry, *, action: PendingAction | None, rate: CallRate | None, lease: Lease | None
    ) -> Begun | None:
        known = self.entries.get((entry.workspace_id, entry.key))
        if known is not None:
            return Begun(known, is_ours=False)
        if rate is not None:
            since, contact_id, tool = entry.started_at - rate.per, entry.contact_id, entry.tool
            count = await self.count_writes(entry.workspace_id, contact_id=contact_id, tool=tool, since=since)
            if count >= rate.count:
                return None
        if action is not None:
            if self.actions[action.id].state is not action.state:
                return None
            self._set_state(action, PendingActionState.DONE)
        self.entries[entry.workspace_id, entry.key] = entry
        return Begun(entry, is_ours=True)

    async def finish(
        self, entry: LedgerEntry, outcome: LedgerOutcome, *, check_at: datetime | None, decided_by: str | None = None
    ) -> LedgerEntry:
        stored = self.entries[entry.workspace_id, entry.key]
        if not stored.status.is_settled:
            stored = replace(
                stored,
                status=outcome.status,
                result=outcome.result,
                code=outcome.code,
                detail=outcome.detail,
                decided_by=decided_by or stored.decided_by,
                attempts=entry.attempts,
                check_at=check_at,
                finished_at=self._clock.now() if outcome.status.is_settled else None,
            )
            self.entries[entry.workspace_id, entry.key] = stored
        return stored

    def _of_conversation(self, action: PendingAction) -> list[PendingAction]:
        wanted = (action.workspace_id, action.conversation_id)
        return [one for one in self.actions.values() if (one.workspace_id, one.conversation_id) == wanted]

    def _set_state(self, action: PendingAction, state: PendingActionState) -> None:
        self.actions[action.id] = replace(self.actions[action.id], state=state)
