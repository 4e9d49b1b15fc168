"""Writes as agents see them: what waits for their approval, and what nobody knows the end of."""

from collections.abc import Collection
from dataclasses import dataclass

from kefu.dialogue.memory.case_card import CaseLine, build_evidence
from kefu.dialogue.tools.gate import Gate
from kefu.dialogue.tools.recording import Recorded
from kefu.dialogue.tools.results import Pending, Refusal
from kefu.dialogue.tools.turn import GateTurn
from kefu.domain.action import (
    AuthLevel,
    LedgerEntry,
    LedgerOutcome,
    LedgerStatus,
    PendingAction,
    PendingActionState,
)
from kefu.domain.conversation import Contact, Language
from kefu.domain.desk import DeskEvent, DeskEventType
from kefu.domain.errors import ConflictError, InvalidInputError
from kefu.domain.job import JobDraft, JobProblem
from kefu.domain.turn import Change, Event, EventDraft
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.plugins.context import ToolContact
from kefu.plugins.host import PluginHost
from kefu.services.action_events import (
    Told,
    append_told,
    decided_event,
    outcome_of,
    refusal_of,
    write_event,
)
from kefu.services.delivery import DeliveryService
from kefu.services.job_run import JobRun
from kefu.services.jobs import order_in
from kefu.storage.database import Database
from kefu.storage.unit import Unit

APPROVED_ACTION = "approved_action"
"""Job: carries out an action that an agent has approved; its subject is the action's id."""
RECONCILE = JobDraft("reconcile_writes", "due")
"""Job: asks the other systems what became of writes, and closes what nobody said yes to in time."""
MAX_REASON = 500
_AT_ONCE = 100
_MOST_EARLIER = 10
_MOST_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class ActionView:
    """A pending action, or a write, with the arguments that an agent may see."""

    arguments: JsonObject
    action: PendingAction
    customer: str | None = None
    """The contact's id at the shop."""


@dataclass(frozen=True, slots=True)
class WriteView:
    arguments: JsonObject
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: an API key, the agent who bears it if it is an agent's, and why."""

    key_id: str
    agent_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ActionFile:
    """A pending action with what an agent needs to decide. ``earlier`` are others of the same contact, newest first."""

    view: ActionView
    evidence: tuple[CaseLine, ...]
    earlier: tuple[ActionView, ...]
    decided_by_name: str | None


class ActionService:
    def __init__(
        self,
        database: Database,
        *,
        host: PluginHost,
        gate: Gate,
        delivery: DeliveryService,
        strings: Strings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._strings = strings
        self._host = host
        self._gate = gate
        self._reconciler = gate.reconciler
        self._delivery = delivery
        self._clock = clock

    async def list_actions(
        self, workspace_id: str, states: Collection[PendingActionState], *, limit: int = 50
    ) -> list[ActionView]:
        """The newest first."""
        async with self._database.read(workspace_id) as unit:
            found = await unit.pending_actions.list_newest(states, limit=limit)
            contacts = {one: await unit.contacts.find(one) for one in {action.contact_id for action in found}}
        await self._know(workspace_id, {action.tool for action in found})
        return [self._view(action, contacts[action.contact_id]) for action in found]

    async def list_writes(
        self, workspace_id: str, statuses: Collection[LedgerStatus], *, limit: int = 50
    ) -> list[WriteView]:
        """Rows of the ledger, the newest first."""
        async with self._database.read(workspace_id) as unit:
            found = await unit.tool_ledger.list_newest(statuses, limit=limit)
        await self._know(workspace_id, {entry.tool for entry in found})
        return [self._view_write(entry) for entry in found]

    async def find_file(self, workspace_id: str, action_id: str, *, language: Language) -> ActionFile:
        """An action with what an agent needs to decide about it. Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            action = await unit.pending_actions.get(action_id)
            conversation = await unit.conversations.get(action.conversation_id)
            contact = await unit.contacts.find(action.contact_id)
            events = await unit.events.list_recent(conversation.id, floor=conversation.last_seq - _MOST_EVENTS)
            others = await unit.pending_actions.list_of_contact(action.contact_id, limit=_MOST_EARLIER + 1)
            decider = None if action.decided_by is None else await unit.api_keys.find(action.decided_by)
        return ActionFile(
            view=self._view(action, contact),
            evidence=build_evidence(events, action, strings=self._strings, language=language),
            earlier=tuple(self._view(other) for other in others if other.id != action.id)[:_MOST_EARLIER],
            decided_by_name=None if decider is None else decider.name,
        )

    async def approve(self, workspace_id: str, action_id: str, *, by: Decider) -> ActionView:
        """An agent's yes; a job carries it out, through the gate. Raises NotFoundError, ConflictError."""
        async with self._database.write(workspace_id) as unit:
            action, desk = await self._decide(unit, action_id, PendingActionState.APPROVED, by=by)
            await order_in(unit, JobDraft(APPROVED_ACTION, action_id))
        await self._delivery.publish_desk(workspace_id, desk)
        return self._view(action)

    async def decline(self, workspace_id: str, action_id: str, *, by: Decider) -> ActionView:
        """An agent's no. Raises NotFoundError, ConflictError."""
        async with self._database.write(workspace_id) as unit:
            action, desk = await self._decide(unit, action_id, PendingActionState.DECLINED, by=by)
            refusal = refusal_of(action, Refusal.APPROVAL_DECLINED)
            events = await self._tell(unit, action.conversation_id, refusal, Told.DECLINED)
        await self._delivery.publish(events)
        await self._delivery.publish_desk(workspace_id, desk)
        return self._view(action)

    async def ask(self, workspace_id: str, entry_id: str) -> WriteView:
        """Ask the other system now what became of a write. Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            entry = await unit.tool_ledger.get(entry_id)
        return self._view_write(await self._ask(entry))

    async def settle(
        self, workspace_id: str, entry_id: str, status: LedgerStatus, *, by: Decider, note: str = ""
    ) -> WriteView:
        """A person says what became of a write. Raises NotFoundError, ConflictError when that is known, InvalidInputError."""
        if not status.is_settled:
            raise InvalidInputError("A person says `succeeded` or `failed`.", field="outcome")
        async with self._database.write(workspace_id) as unit:
            entry = await unit.tool_ledger.get(entry_id)
            await unit.conversations.lock(entry.conversation_id)
            outcome = LedgerOutcome(status, {}, "settled_by_hand", note)
            is_late = entry.status is LedgerStatus.EXECUTING and not _is_abandoned(entry, self._clock)
            if is_late or not await unit.tool_ledger.finish(entry, outcome, check_at=None, decided_by=by.key_id):
                raise ConflictError(
                    f"The write {entry_id} is {entry.status}; only one that is unknown is settled by hand."
                )
            settled = await unit.tool_ledger.get(entry_id)
            events = await self._tell_settled(unit, settled)
            desk = await unit.desk_events.append(
                write_event(DeskEventType.WRITE_SETTLED, settled, name=await _name_of(unit, by))
            )
        await self._delivery.publish(events)
        await self._delivery.publish_desk(workspace_id, desk)
        return self._view_write(settled)

    async def run_approved(self, run: JobRun) -> JsonObject:
        """Job handler: the approved action, through the gate. A second run finds the first one's row."""
        workspace_id = run.job.workspace_id
        async with self._database.read(workspace_id) as unit:
            action = await unit.pending_actions.get(run.job.subject)
            contact, language = await _to_whom(unit, action, auth=action.auth)
        is_approved = action.state is PendingActionState.APPROVED
        code = await self._carry_out(action, contact, language) if is_approved else action.state.value
        async with self._database.write(workspace_id) as unit:
            entry = await unit.tool_ledger.find(action.key)
            done = entry if entry is not None and entry.action_id == action.id else None
            events = await self._tell_approved(unit, action, done, code)
        await self._delivery.publish(events)
        return {"status": "failed" if done is None else done.status, "code": code}

    async def run_reconcile(self, run: JobRun) -> JsonObject:
        """Job handler of ``RECONCILE``."""
        expired = await self._expire_due(run.job.workspace_id)
        async with self._database.read(run.job.workspace_id) as unit:
            due = await unit.tool_ledger.list_due(limit=_AT_ONCE)
        settled = 0
        for number, entry in enumerate(due, start=1):
            found = await self._ask(entry)
            settled += found.status.is_settled
            is_left = not found.status.is_settled and found.check_at is None
            problems = [JobProblem(found.id, "outcome_unknown", "Only a person can say what became of it.")]
            await run.report(done=number, total=len(due), problems=problems if is_left else ())
        return {"asked": len(due), "settled": settled, "expired": expired}

    async def _expire_due(self, workspace_id: str) -> int:
        """Close what nobody said yes to in time, and say so where an agent's word was promised."""
        async with self._database.write(workspace_id) as unit:
            count = await unit.pending_actions.expire_unconfirmed()
            undecided = await unit.pending_actions.list_undecided()
        return count + sum([await self._expire(action) for action in undecided])

    async def _expire(self, action: PendingAction) -> bool:
        """False when somebody was first."""
        async with self._database.write(action.workspace_id) as unit:
            await unit.conversations.lock(action.conversation_id)
            if not await unit.pending_actions.move(action, PendingActionState.EXPIRED):
                return False
            refusal = refusal_of(action, PendingActionState.EXPIRED)
            events = await self._tell(unit, action.conversation_id, refusal, Told.EXPIRED)
            desk = await unit.desk_events.append(decided_event(action, PendingActionState.EXPIRED))
        await self._delivery.publish(events)
        await self._delivery.publish_desk(action.workspace_id, desk)
        return True

    async def _carry_out(self, action: PendingAction, contact: ToolContact, language: Language) -> str:
        """The code of how it went."""
        turn = GateTurn(
            workspace_id=action.workspace_id,
            conversation_id=action.conversation_id,
            turn_id=action.shown_turn,
            contact=contact,
            now=self._clock.now(),
            language=language,
            caller=action.caller,
        )
        result = await self._gate.for_turn(turn).write_as(action.tool, action.arguments, key=action.key)
        return "confirmation_needed" if isinstance(result, Pending) else result.code

    async def _ask(self, entry: LedgerEntry) -> LedgerEntry:
        async with self._database.read(entry.workspace_id) as unit:
            contact, language = await _to_whom(unit, entry, auth=AuthLevel.IDENTIFIED)
        found = await self._reconciler.ask(entry, contact=contact, language=language)
        if found.status.is_settled and not entry.status.is_settled:
            async with self._database.write(entry.workspace_id) as unit:
                events = await self._tell_settled(unit, found)
            await self._delivery.publish(events)
        return found

    async def _decide(
        self, unit: Unit, action_id: str, state: PendingActionState, *, by: Decider
    ) -> tuple[PendingAction, list[DeskEvent]]:
        """Conversations are locked before their actions, here as where they are taken."""
        if len(by.reason) > MAX_REASON:
            raise InvalidInputError(f"A reason has at most {MAX_REASON} characters.", field="reason")
        await unit.conversations.lock((await unit.pending_actions.get(action_id)).conversation_id)
        action = await unit.pending_actions.get(action_id)
        if action.state is not PendingActionState.APPROVAL or action.is_expired(self._clock.now()):
            raise ConflictError(f"{action_id} does not wait for an approval: it is {action.state}.")
        if not await unit.pending_actions.move(action, state, decided_by=by.key_id, reason=by.reason):
            raise ConflictError(f"{action_id} was decided a moment ago.")
        name = await _name_of(unit, by)
        draft = decided_event(action, state, by=by.key_id, name=name, reason=by.reason)
        return await unit.pending_actions.get(action_id), await unit.desk_events.append(draft)

    async def _tell_approved(
        self, unit: Unit, action: PendingAction, done: LedgerEntry | None, code: str
    ) -> list[Event]:
        """Nothing is said twice: what a turn carried out meanwhile, it has told by itself."""
        if done is None:
            is_told = action.state in {PendingActionState.DECLINED, PendingActionState.EXPIRED}
            refusal = refusal_of(action, code)
            if is_told:
                return await unit.events.append(action.conversation_id, [EventDraft(*refusal)], change=Change())
            return await self._tell(unit, action.conversation_id, refusal, Told.FAILED)
        outcome = outcome_of(done, self._host)
        if done.turn_id != action.shown_turn:
            return await unit.events.append(action.conversation_id, [EventDraft(*outcome)], change=Change())
        ended = {LedgerStatus.SUCCEEDED: Told.SUCCEEDED, LedgerStatus.FAILED: Told.FAILED}
        return await self._tell(unit, action.conversation_id, outcome, ended.get(done.status, Told.UNKNOWN))

    async def _tell_settled(self, unit: Unit, entry: LedgerEntry) -> list[Event]:
        told = Told.WRITE_SUCCEEDED if entry.status is LedgerStatus.SUCCEEDED else Told.WRITE_FAILED
        return await self._tell(unit, entry.conversation_id, outcome_of(entry, self._host), told)

    async def _tell(self, unit: Unit, conversation_id: str, fact: Recorded, told: Told) -> list[Event]:
        conversation = await unit.conversations.lock(conversation_id)
        return await append_told(unit, conversation, [fact], told, strings=self._strings, at=self._clock.now())

    async def _know(self, workspace_id: str, tools: Collection[str]) -> None:
        for tool in tools:
            await self._host.look_for_tool(tool, workspace_id=workspace_id)

    def _view(self, action: PendingAction, contact: Contact | None = None) -> ActionView:
        customer = None if contact is None else contact.external_id
        return ActionView(self._shown(action.workspace_id, action.tool, action.arguments), action, customer)

    def _view_write(self, entry: LedgerEntry) -> WriteView:
        return WriteView(self._shown(entry.workspace_id, entry.tool, entry.arguments), entry)

    def _shown(self, workspace_id: str, tool: str, arguments: JsonObject) -> JsonObject:
        """Without hidden fields; nothing of a tool that is not here to say which those are."""
        found = self._host.find_tool(tool, workspace_id=workspace_id)
        hidden = arguments.keys() if found is None else found[1].spec.hide
        return {name: value for name, value in arguments.items() if name not in hidden}


def _is_abandoned(entry: LedgerEntry, clock: Clock) -> bool:
    return entry.check_at is not None and clock.now() >= entry.check_at


async def _name_of(unit: Unit, by: Decider) -> str | None:
    return None if by.agent_id is None else (await unit.agents.get(by.agent_id)).name


async def _to_whom(unit: Unit, found: PendingAction | LedgerEntry, *, auth: AuthLevel) -> tuple[ToolContact, Language]:
    """The contact as it is known now, and the language of the conversation."""
    contact = await unit.contacts.find(found.contact_id)
    conversation = await unit.conversations.get(found.conversation_id)
    external_id = None if contact is None else contact.external_id
    segments = frozenset[str]() if contact is None else contact.segments
    return ToolContact(found.contact_id, external_id, auth, segments), conversation.language or "zh"
