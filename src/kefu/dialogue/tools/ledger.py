"""What the gate asks of whoever keeps its books; services keep them in the database, tests in memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kefu.domain.action import CallRate, LedgerEntry, LedgerOutcome, PendingAction, PluginState
from kefu.domain.turn import Lease


@dataclass(frozen=True, slots=True)
class Begun:
    """``is_ours``: the row is new, and whoever got this answer makes the one call. Otherwise it is what was there."""

    entry: LedgerEntry
    is_ours: bool


class Ledger(Protocol):
    """Each method is a transaction of its own, committed when it returns: a crash after it forgets nothing."""

    async def find_plugin_state(self, workspace_id: str, plugin: str) -> PluginState | None: ...

    async def find_entry(self, workspace_id: str, key: str) -> LedgerEntry | None: ...

    async def find_action(self, workspace_id: str, conversation_id: str, key: str) -> PendingAction | None:
        """The newest pending action of this key, whatever has become of it."""
        ...

    async def count_writes(self, workspace_id: str, *, contact_id: str, tool: str, since: datetime) -> int:
        """Writes that were begun since then; those that failed do not count."""
        ...

    async def offer(self, action: PendingAction) -> None:
        """Store it. It replaces the open one of its key, and whatever of its caller waits in the conversation."""
        ...

    async def request_approval(self, action: PendingAction, *, expires_at: datetime) -> bool:
        """The customer has confirmed, an agent has to. False when it is no longer waiting."""
        ...

    async def begin(
        self, entry: LedgerEntry, *, action: PendingAction | None, rate: CallRate | None, lease: Lease | None
    ) -> Begun | None:
        """Write ``executing`` **before** the call; of two with one key only one is told that it is theirs.

        With an action, that is done in the same transaction, if it is still open as given. None when the rate does not
        allow it or the action is no longer open. Raises LeaseLostError when another worker holds the conversation.
        """
        ...

    async def finish(
        self, entry: LedgerEntry, outcome: LedgerOutcome, *, check_at: datetime | None, decided_by: str | None = None
    ) -> LedgerEntry:
        """Write down how it ended, unless that is settled already; what is stored now."""
        ...
