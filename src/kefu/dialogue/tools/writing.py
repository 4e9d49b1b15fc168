"""The one call of a write: first the ledger, then the call, then how it ended; and asking what became of one."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kefu.dialogue.tools.admission import Admitted, RefusedError, code_of, to_value
from kefu.dialogue.tools.ledger import Ledger
from kefu.dialogue.tools.results import Refusal, Status, ToolResult
from kefu.dialogue.tools.turn import GateTurn
from kefu.domain.action import LedgerEntry, LedgerOutcome, LedgerStatus, PendingAction
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.plugins.context import ToolContext
from kefu.plugins.errors import ToolError
from kefu.plugins.host import PluginHost
from kefu.plugins.isolation import PluginFailure, PluginNotCalledError

ABANDONED = timedelta(seconds=30)
"""So long after its time limit, a write that is still ``executing`` has lost its worker."""
SETTLED = timedelta(minutes=5)
"""A write that the other system has no trace of so long after it was begun has not been done."""
MOST_QUESTIONS = 8
"""How often the other system is asked what became of a write; then a person has to know."""
_FIRST_PAUSE = timedelta(seconds=30)


class Writer:
    """Carries out writes. Nothing else calls a writing tool."""

    def __init__(self, host: PluginHost, ledger: Ledger, *, clock: Clock) -> None:
        self._host = host
        self._ledger = ledger
        self._clock = clock

    async def carry_out(
        self, turn: GateTurn, admitted: Admitted, *, key: str, action: PendingAction | None
    ) -> tuple[LedgerEntry, bool]:
        """The row of this key, settled or unknown, and whether the call was made now. Raises RefusedError.

        Once the row is written, nothing interrupts this: a turn that is cancelled waits for the end.
        """
        entry = self._to_entry(turn, admitted, key=key, action=action)
        begun = await self._ledger.begin(entry, action=action, rate=admitted.spec.rate, lease=turn.lease)
        if begun is None:
            raise RefusedError(Refusal.TOO_MANY_CALLS, "the rate was reached, or the action decided, a moment ago")
        if not begun.is_ours:
            return await self.review(admitted, begun.entry, admitted.context(turn, key=key)), False
        call = asyncio.ensure_future(self._call(begun.entry, admitted, admitted.context(turn, key=key)))
        return await _to_its_end(call), True

    async def review(self, admitted: Admitted, entry: LedgerEntry, context: ToolContext) -> LedgerEntry:
        """A row that was there: as it is, or asked about when that is due. Never a second call."""
        is_due = entry.check_at is not None and self._clock.now() >= entry.check_at
        if is_due and not entry.status.is_settled:
            return await self.ask(admitted, entry, context)
        return replace(entry, code=Refusal.IN_PROGRESS) if entry.status is LedgerStatus.EXECUTING else entry

    async def ask(self, admitted: Admitted, entry: LedgerEntry, context: ToolContext) -> LedgerEntry:
        """Ask the other system, by key, what became of a write that nobody knows the end of; it stays unknown if it
        cannot say. ``attempts`` counts; after ``MOST_QUESTIONS`` only a person can settle it.
        """
        asked = replace(entry, attempts=entry.attempts + 1)
        outcome = await self._find(admitted, asked, context)
        if outcome is None:
            code = entry.code if entry.status is LedgerStatus.UNKNOWN else Refusal.TOOL_CRASHED
            outcome = LedgerOutcome(LedgerStatus.UNKNOWN, {}, code, entry.detail or "its worker died")
        return await self._ledger.finish(asked, outcome, check_at=self._check_at(admitted, asked, outcome))

    async def _call(self, entry: LedgerEntry, admitted: Admitted, context: ToolContext) -> LedgerEntry:
        outcome = await self._outcome(admitted, context)
        if outcome.status is LedgerStatus.UNKNOWN:
            outcome = await self._find(admitted, entry, context) or outcome
        return await self._ledger.finish(entry, outcome, check_at=self._check_at(admitted, entry, outcome))

    async def _outcome(self, admitted: Admitted, context: ToolContext) -> LedgerOutcome:
        """How the call ended. Only ToolError, or no call at all, says that nothing was done."""
        spec = admitted.spec
        try:
            found = await self._host.call(
                admitted.plugin.name, admitted.tool.function, admitted.arguments, context, seconds=spec.timeout
            )
        except ToolError as error:
            return LedgerOutcome(LedgerStatus.FAILED, {}, error.code, error.detail)
        except PluginNotCalledError as failure:
            return LedgerOutcome(LedgerStatus.FAILED, {}, code_of(failure), failure.reason)
        except PluginFailure as failure:
            return LedgerOutcome(LedgerStatus.UNKNOWN, {}, code_of(failure), failure.reason)
        return _to_outcome(admitted, found)

    async def _find(self, admitted: Admitted, entry: LedgerEntry, context: ToolContext) -> LedgerOutcome | None:
        """What the other system says; None when it cannot say, or says nothing too soon to believe it."""
        hook = admitted.tool.hooks.find
        if hook is None:
            return None
        try:
            found = await self._host.call(
                admitted.plugin.name, hook, admitted.arguments, context, seconds=admitted.spec.timeout
            )
        except (ToolError, PluginFailure):
            return None
        if found is not None:
            outcome = _to_outcome(admitted, found)
            return outcome if outcome.status is LedgerStatus.SUCCEEDED else None
        if self._clock.now() < entry.started_at + SETTLED:
            return None
        return LedgerOutcome(LedgerStatus.FAILED, {}, Refusal.NOT_DONE, "the other system has no trace of it")

    def _check_at(self, admitted: Admitted, entry: LedgerEntry, outcome: LedgerOutcome) -> datetime | None:
        """When to ask again; None when it is settled, there is nobody to ask, or it was asked often enough."""
        is_askable = admitted.tool.hooks.find is not None and entry.attempts < MOST_QUESTIONS
        if outcome.status is not LedgerStatus.UNKNOWN or not is_askable:
            return None
        return self._clock.now() + _FIRST_PAUSE * (1 << entry.attempts)

    def _to_entry(self, turn: GateTurn, admitted: Admitted, *, key: str, action: PendingAction | None) -> LedgerEntry:
        now = self._clock.now()
        return LedgerEntry(
            id=new_id("led"),
            workspace_id=turn.workspace_id,
            key=key,
            tool=admitted.spec.name,
            conversation_id=turn.conversation_id,
            contact_id=turn.contact.id,
            turn_id=turn.turn_id,
            action_id=None if action is None else action.id,
            arguments=admitted.frozen,
            arguments_hash=admitted.arguments_hash,
            status=LedgerStatus.EXECUTING,
            result={},
            code="",
            detail="",
            decided_by=None if action is None else action.decided_by,
            attempts=0,
            started_at=now,
            check_at=now + timedelta(seconds=admitted.spec.timeout) + ABANDONED,
            finished_at=None,
        )


def to_result(entry: LedgerEntry) -> ToolResult:
    """A row as the gate's answer: what is still executing is unknown to whoever asks now."""
    status: Status = "succeeded" if entry.status is LedgerStatus.SUCCEEDED else "unknown"
    if entry.status is LedgerStatus.FAILED:
        status = "failed"
    return ToolResult(status, entry.result, entry.code)


def _to_outcome(admitted: Admitted, found: Any) -> LedgerOutcome:
    value = to_value(admitted.spec, found)
    if value is None:
        detail = f"it gave a {type(found).__name__}, not a {admitted.spec.result.__name__} that is JSON"
        return LedgerOutcome(LedgerStatus.UNKNOWN, {}, Refusal.INVALID_RESULT, detail)
    return LedgerOutcome(LedgerStatus.SUCCEEDED, value)


async def _to_its_end(call: "asyncio.Future[LedgerEntry]") -> LedgerEntry:
    """Wait for a write that has begun, also when cancelled: its end must be written down."""
    cancelled: asyncio.CancelledError | None = None
    while not call.done():
        try:
            await asyncio.wait({call})
        except asyncio.CancelledError as error:
            cancelled = error
    entry = call.result()
    if cancelled is not None:
        raise cancelled
    return entry
