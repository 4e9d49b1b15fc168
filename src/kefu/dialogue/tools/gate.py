"""The one gate (law 4): whoever asks for a tool, this is the way, in this order.

known tool → enabled in the workspace → schema → policy → authentication → ownership, asked of the back end →
pre-conditions → limits → preview → pending action with frozen arguments → confirmation in a later turn on the same hash
→ ledger ``executing`` → call → ``succeeded``, ``failed`` or ``unknown``.
"""

from kefu.dialogue.tools.admission import Admission, Admitted, RefusedError, code_of, may_call, to_value
from kefu.dialogue.tools.caching import ReadCache
from kefu.dialogue.tools.ledger import Ledger
from kefu.dialogue.tools.limits import find_amount, require_rate
from kefu.dialogue.tools.previewing import (
    APPROVE_WITHIN,
    is_confirmed,
    is_same,
    is_still_good,
    preview_of,
    shown,
    to_action,
    to_pending,
)
from kefu.dialogue.tools.reconciling import Reconciler
from kefu.dialogue.tools.results import (
    ConfirmationRequested,
    GateFact,
    Pending,
    Refusal,
    Refused,
    ToolCalled,
    ToolFacts,
    ToolResult,
)
from kefu.dialogue.tools.turn import GateTurn
from kefu.dialogue.tools.writing import Writer, to_result
from kefu.domain.action import LedgerEntry, LedgerStatus, PendingAction, PendingActionState
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.errors import ToolError
from kefu.plugins.host import PluginHost
from kefu.plugins.isolation import PluginFailure
from kefu.plugins.models import schema_of
from kefu.plugins.spec import ToolSpec

_LONGEST_KEY = 200
_MOST_TRIES = 20
"""Failed writes of one ``idempotency`` key before it is refused."""


class Gate:
    """Gives each turn its tools."""

    def __init__(self, host: PluginHost, ledger: Ledger, *, clock: Clock) -> None:
        self._host = host
        self._ledger = ledger
        self._clock = clock

    @property
    def reconciler(self) -> Reconciler:
        """What asks, later, what became of writes that this gate has begun."""
        return Reconciler(self._host, self._ledger, clock=self._clock)

    def describe(self, tool: str) -> ToolFacts | None:
        """What is known of a tool, whether a workspace uses it or not; None when no plugin brings it."""
        found = self._host.find_tool(tool)
        return None if found is None else to_facts(found[1].spec)

    def for_turn(self, turn: GateTurn) -> "TurnTools":
        return TurnTools(turn, host=self._host, ledger=self._ledger, clock=self._clock)


class TurnTools:
    """The tools of one turn, behind the gate; the ToolPort of flows. ``log`` is what it did, in order."""

    def __init__(self, turn: GateTurn, *, host: PluginHost, ledger: Ledger, clock: Clock) -> None:
        self._turn = turn
        self._host = host
        self._ledger = ledger
        self._admission = Admission(host, ledger)
        self._writer = Writer(host, ledger, clock=clock)
        self._cache = ReadCache()
        self._log: list[GateFact] = []

    @property
    def log(self) -> tuple[GateFact, ...]:
        return tuple(self._log)

    def describe(self, tool: str) -> ToolFacts | None:
        """What is known of a tool, whether the workspace uses it or not; None when no plugin brings it."""
        found = self._host.find_tool(tool, workspace_id=self._turn.workspace_id)
        return None if found is None else to_facts(found[1].spec)

    async def list_callable(self) -> tuple[ToolFacts, ...]:
        """The reading tools that the turn's caller may ask for in this workspace."""
        found: list[ToolFacts] = []
        for plugin in self._host.plugins:
            state = await self._ledger.find_plugin_state(self._turn.workspace_id, plugin.name)
            if state is not None and state.is_enabled:
                specs = [tool.spec for tool in plugin.tools if tool.name not in state.closed_tools]
                reads = [spec for spec in specs if spec.effect == "read"]
                found.extend(to_facts(spec) for spec in reads if may_call(self._turn.caller, spec, state))
        return tuple(found)

    async def read(self, tool: str, arguments: JsonObject) -> ToolResult:
        """What a reading tool gives; the same question of one turn is asked once. A no is a result, not an error."""
        try:
            admitted = await self._admission.admit(self._turn, tool, arguments, effect="read")
            known = self._cache.find(admitted.arguments_hash)
            if known is not None:
                self._note(admitted, known, entry=None, is_recorded=True)
                return known
            result = await self._read(admitted)
        except RefusedError as error:
            return self._refuse(tool, error)
        self._cache.keep(admitted.arguments_hash, result)
        self._note(admitted, result, entry=None, is_recorded=False)
        return result

    async def write(self, tool: str, arguments: JsonObject, *, key: str) -> ToolResult | Pending:
        """Carry out a write, or say what the customer must confirm first. A no is a result, not an error.

        ``key`` names the write within this conversation: the same key never makes a second call.
        """
        full = f"{self._turn.conversation_id}:{tool}:{key}"
        return await self.write_as(tool, arguments, key=full if len(full) <= _LONGEST_KEY else sha256_of(full))

    async def write_as(self, tool: str, arguments: JsonObject, *, key: str) -> ToolResult | Pending:
        """As ``write``, with the ledger's own key: for an action that an agent has approved."""
        try:
            admitted = await self._admission.admit(self._turn, tool, arguments, effect="write")
            return await self._write(admitted, key)
        except RefusedError as error:
            return self._refuse(tool, error)

    async def compensate(self, key: str) -> ToolResult | Pending:
        """Undo the write that was done under the ledger's ``key``, by the tool that its tool names, through this gate."""
        entry = await self._ledger.find_entry(self._turn.workspace_id, key)
        found = None if entry is None else self._host.find_tool(entry.tool, workspace_id=entry.workspace_id)
        if entry is None or found is None or entry.contact_id != self._turn.contact.id:
            return self._refuse("", RefusedError(Refusal.NOT_COMPENSABLE, "there is no such write"))
        plugin, tool = found
        undo, spec = tool.hooks.undo, tool.spec
        if undo is None or entry.status is not LedgerStatus.SUCCEEDED:
            return self._refuse(
                entry.tool, RefusedError(Refusal.NOT_COMPENSABLE, "it was not done, or cannot be undone")
            )
        try:
            done = spec.arguments.model_validate(entry.arguments), spec.result.model_validate(entry.result)
            arguments = await self._host.call(plugin.name, undo, *done, seconds=spec.timeout)
        except (ToolError, PluginFailure, ValueError) as error:
            return self._refuse(entry.tool, RefusedError(Refusal.NOT_COMPENSABLE, type(error).__name__))
        return await self.write(spec.compensate, arguments, key=f"undo:{entry.id}")

    async def _read(self, admitted: Admitted) -> ToolResult:
        context, spec = admitted.context(self._turn), admitted.spec
        await self._admission.ask_back_end(admitted, context)
        result = ToolResult("failed", {}, Refusal.TOOL_NOT_CALLED)
        for _ in range(1 + spec.retries):
            if not self._cache.count():
                raise RefusedError(Refusal.TOO_MANY_CALLS, "reads of one turn")
            try:
                found = await self._host.call(
                    admitted.plugin.name, admitted.tool.function, admitted.arguments, context, seconds=spec.timeout
                )
            except ToolError as error:
                return ToolResult("failed", {}, error.code)
            except PluginFailure as failure:
                result = ToolResult("failed", {}, code_of(failure))
            else:
                value = to_value(spec, found)
                return (
                    ToolResult("failed", {}, Refusal.INVALID_RESULT)
                    if value is None
                    else ToolResult("succeeded", value)
                )
        return result

    async def _write(self, admitted: Admitted, key: str) -> ToolResult | Pending:
        key, entry = await self._find_recorded(admitted, key)
        context = admitted.context(self._turn, key=key)
        if entry is not None and entry.contact_id == self._turn.contact.id:
            if entry.arguments_hash != admitted.arguments_hash:
                raise RefusedError(Refusal.KEY_REUSED, "for other arguments")
            return self._note_entry(admitted, await self._writer.review(admitted, entry, context), is_recorded=True)
        await self._admission.ask_back_end(admitted, context)
        if entry is not None:
            raise RefusedError(Refusal.KEY_REUSED, "by another contact")
        await require_rate(self._ledger, admitted, self._turn)
        amount = await find_amount(self._admission, admitted, context)
        if admitted.spec.confirm == "never":
            return await self._carry_out(admitted, key, action=None)
        preview = await preview_of(self._admission, admitted, context)
        return await self._confirm(admitted, to_action(self._turn, admitted, key=key, preview=preview, amount=amount))

    async def _confirm(self, admitted: Admitted, wanted: PendingAction) -> ToolResult | Pending:
        """Go on with what was shown if it is still the same, in force and confirmed; else ask (again)."""
        turn = self._turn
        action = await self._ledger.find_action(turn.workspace_id, turn.conversation_id, wanted.key)
        if action is None or not is_same(action, wanted):
            return await self._offer(wanted)
        if action.state is PendingActionState.DECLINED:
            raise RefusedError(Refusal.APPROVAL_DECLINED, "an agent said no")
        if action.state is PendingActionState.DONE:
            return await self._tell_done(admitted, action.key)
        if not action.state.is_open or action.is_expired(turn.now):
            return await self._offer(wanted)
        if action.state is PendingActionState.APPROVED:
            return await self._carry_out(admitted, action.key, action=action)
        if action.state is PendingActionState.APPROVAL:
            raise RefusedError(Refusal.APPROVAL_PENDING, "an agent has not looked at it yet")
        if is_confirmed(action, turn):
            return await self._go_on(admitted, action, wanted)
        return self._ask(action) if is_still_good(action, turn) else await self._offer(wanted)

    async def _go_on(self, admitted: Admitted, action: PendingAction, wanted: PendingAction) -> ToolResult | Pending:
        """The customer has said yes: carry it out, or have an agent look at it first."""
        if not action.needs_approval:
            return await self._carry_out(admitted, action.key, action=action)
        if not await self._ledger.request_approval(action, expires_at=self._turn.now + APPROVE_WITHIN):
            return await self._offer(wanted)
        raise RefusedError(Refusal.APPROVAL_PENDING, "the amount is above the limit")

    async def _tell_done(self, admitted: Admitted, key: str) -> ToolResult:
        """Another worker has carried it out since this one looked for its row: nobody is asked a second time."""
        entry = await self._ledger.find_entry(self._turn.workspace_id, key)
        if entry is None:
            raise RefusedError(Refusal.KEY_REUSED, "the action is done, and its row is gone")
        entry = await self._writer.review(admitted, entry, admitted.context(self._turn, key=key))
        return self._note_entry(admitted, entry, is_recorded=True)

    async def _offer(self, wanted: PendingAction) -> Pending:
        await self._ledger.offer(wanted)
        return self._ask(wanted)

    def _ask(self, action: PendingAction) -> Pending:
        pending = to_pending(action)
        self._log.append(ConfirmationRequested(pending))
        return pending

    async def _carry_out(self, admitted: Admitted, key: str, *, action: PendingAction | None) -> ToolResult:
        entry, is_ours = await self._writer.carry_out(self._turn, admitted, key=key, action=action)
        if not is_ours and entry.arguments_hash != admitted.arguments_hash:
            raise RefusedError(Refusal.KEY_REUSED, "for other arguments")
        return self._note_entry(admitted, entry, is_recorded=not is_ours)

    async def _find_recorded(self, admitted: Admitted, key: str) -> tuple[str, LedgerEntry | None]:
        """The key, with the row that is there under it. A tool's own key may be tried again after a failure."""
        make = admitted.tool.hooks.idempotency
        if make is None:
            return key, await self._ledger.find_entry(self._turn.workspace_id, key)
        own = await self._admission.call(admitted, make, admitted.arguments, admitted.context(self._turn))
        base = f"{admitted.spec.name}:{own}"
        base = base if len(base) <= _LONGEST_KEY else sha256_of(base)
        for number in range(1, _MOST_TRIES + 1):
            name = base if number == 1 else f"{base}#{number}"
            entry = await self._ledger.find_entry(self._turn.workspace_id, name)
            if entry is None or entry.status is not LedgerStatus.FAILED:
                return name, entry
        raise RefusedError(Refusal.TOO_MANY_CALLS, f"it has failed {_MOST_TRIES} times")

    def _refuse(self, tool: str, error: RefusedError) -> ToolResult:
        self._log.append(Refused(tool, error.code, error.detail))
        return ToolResult("failed", {}, error.code)

    def _note_entry(self, admitted: Admitted, entry: LedgerEntry, *, is_recorded: bool) -> ToolResult:
        result = to_result(entry)
        self._note(admitted, result, entry=entry, is_recorded=is_recorded)
        return result

    def _note(self, admitted: Admitted, result: ToolResult, *, entry: LedgerEntry | None, is_recorded: bool) -> None:
        spec = admitted.spec
        facts = {name: result.value[name] for name in spec.facts if name in result.value}
        arguments = shown(admitted, admitted.frozen)
        self._log.append(
            ToolCalled(
                spec.name,
                spec.effect,
                result.status,
                result.code,
                arguments,
                facts,
                entry_id=None if entry is None else entry.id,
                is_recorded=is_recorded,
                action_id=None if entry is None else entry.action_id,
                decided_by=None if entry is None else entry.decided_by,
            )
        )


def to_facts(spec: ToolSpec) -> ToolFacts:
    return ToolFacts(
        name=spec.name,
        description=spec.description,
        effect=spec.effect,
        arguments=schema_of(spec.arguments),
        result=schema_of(spec.result),
        codes=spec.codes,
        facts=spec.facts,
        hide=spec.hide,
        needs_confirmation=spec.confirm == "always",
        compensate=spec.compensate,
        fresh_for=spec.fresh_for,
    )
