"""Taking conversations, passing them on, and ending them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from kefu.domain.action import PendingAction, PendingActionState
from kefu.domain.conversation import Conversation, Handler, Status
from kefu.domain.desk import Agent, AgentState, Assignment, DeskEventType
from kefu.domain.errors import AgentUnavailableError, InvalidInputError
from kefu.domain.turn import Event, OutboxDraft, OutboxEntry
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.services.action_events import Told, append_told, refusal_of
from kefu.services.delivery import DeliveryService
from kefu.services.desk.moves import Move, Moved, make, tell
from kefu.services.desk.permission import get_agent, is_holder, require_free, require_holder
from kefu.services.principal import Operator
from kefu.services.runner import TurnRunner
from kefu.services.waiting import rejoin
from kefu.storage.database import Database
from kefu.storage.unit import Unit

SNOOZE_ENDED = "snooze_ended"
"""Outbox topic: a conversation that slept is to wake."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a call finds: who asks, and the locked conversation with its assignment."""

    unit: Unit
    agent: Agent
    conversation: Conversation
    assignment: Assignment | None

    def require_own(self) -> Assignment:
        """Raises ConversationNotHeldError."""
        return require_holder(self.agent, self.conversation, self.assignment)

    def require_own_or_waiting(self) -> Assignment:
        """As ``require_own``; what waits belongs to every agent."""
        is_waiting = self.conversation.handler is Handler.QUEUE
        return self.assignment if is_waiting and self.assignment is not None else self.require_own()


Decide = Callable[[Seen], Awaitable[Move | None]]
"""What a call makes of a conversation; None leaves it as it is."""


class HoldingService:
    """Each call locks the conversation, so that of two agents one wins and the other gets a typed conflict."""

    def __init__(
        self, database: Database, *, delivery: DeliveryService, runner: TurnRunner, strings: Strings, clock: Clock
    ) -> None:
        self._database = database
        self._strings = strings
        self._delivery = delivery
        self._runner = runner
        self._clock = clock

    async def take(self, operator: Operator, conversation_id: str) -> None:
        """Hold a conversation, whoever answers it now but another agent; a second call changes nothing.

        Raises ConversationTakenError. From the commit on the assistant cannot say a word in it.
        """
        await self._move(operator, conversation_id, self._taken)

    async def give_back(self, operator: Operator, conversation_id: str) -> None:
        """Let the assistant answer again, from the customer's next message on."""

        async def decide(seen: Seen) -> Move:
            freed = _freed(seen.require_own())
            kind = DeskEventType.CONVERSATION_RETURNED
            return Move(Handler.ASSISTANT, Status.OPEN, freed, kind, {"agent_id": seen.agent.id})

        await self._move(operator, conversation_id, decide)

    async def transfer(
        self, operator: Operator, conversation_id: str, *, to_agent: str | None, to_team: str | None
    ) -> None:
        """Pass on a conversation that one holds, or that waits, to an agent who is online or to a team's queue."""
        if (to_agent is None) == (to_team is None):
            raise InvalidInputError("Name an agent or a team, one of the two.", field="agent_id")

        async def decide(seen: Seen) -> Move:
            own = seen.require_own_or_waiting()
            moved: Assignment = (
                await self._to_agent(seen.unit, own, to_agent)
                if to_agent is not None
                else await self._to_team(seen.unit, own, str(to_team))
            )
            handler = Handler.QUEUE if to_agent is None else Handler.AGENT
            kind = DeskEventType.CONVERSATION_TRANSFERRED
            data = {"from_agent_id": seen.agent.id, "agent_id": moved.agent_id, "team_id": moved.team_id}
            return Move(handler, Status.OPEN, moved, kind, {**data})

        await self._move(operator, conversation_id, decide)

    async def resolve(self, operator: Operator, conversation_id: str) -> None:
        """Say that it is done; what the customer writes next opens it again, with the assistant."""

        async def decide(seen: Seen) -> Move | None:
            if seen.conversation.status is Status.RESOLVED:
                return None
            own = seen.require_own_or_waiting()
            done = replace(own, is_waiting=False, agent_id=seen.agent.id, promised_at=None, snoozed_until=None)
            kind = DeskEventType.CONVERSATION_RESOLVED
            return Move(Handler.ASSISTANT, Status.RESOLVED, done, kind, {"agent_id": seen.agent.id})

        await self._move(operator, conversation_id, decide)

    async def snooze(self, operator: Operator, conversation_id: str, *, until: datetime) -> None:
        """Put aside what one holds until a time, or until the customer writes."""
        delay = until - self._clock.now()
        if delay.total_seconds() <= 0:
            raise InvalidInputError("A snooze ends in the future.", field="until")

        async def decide(seen: Seen) -> Move:
            asleep = replace(seen.require_own(), snoozed_until=until)
            payload = {"conversation_id": seen.conversation.id, "until": until.isoformat()}
            await seen.unit.outbox.add(OutboxDraft(SNOOZE_ENDED, {**payload}, delay))
            kind = DeskEventType.CONVERSATION_SNOOZED
            data = {"agent_id": seen.agent.id, "until": until.isoformat()}
            return Move(Handler.AGENT, Status.SNOOZED, asleep, kind, {**data})

        await self._move(operator, conversation_id, decide)

    async def reopen(self, operator: Operator, conversation_id: str) -> None:
        """Take up again what sleeps or was done; one then holds it."""

        async def decide(seen: Seen) -> Move | None:
            if seen.conversation.status is Status.OPEN:
                raise InvalidInputError("The conversation is open.", field="conversation_id")
            move = await self._taken(seen)
            return None if move is None else replace(move, type=DeskEventType.CONVERSATION_REOPENED)

        await self._move(operator, conversation_id, decide)

    async def wake(self, entry: OutboxEntry) -> None:
        """Handler of ``SNOOZE_ENDED``; a snooze that was ended or renewed meanwhile is left alone."""
        conversation_id, until = str(entry.payload["conversation_id"]), str(entry.payload["until"])
        async with self._database.write(entry.workspace_id) as unit:
            conversation = await unit.conversations.lock(conversation_id)
            before = await unit.assignments.find(conversation_id)
            is_due = before is not None and before.snoozed_until == datetime.fromisoformat(until)
            if conversation.status is not Status.SNOOZED or before is None or not is_due:
                return
            kind, awake = DeskEventType.CONVERSATION_REOPENED, replace(before, snoozed_until=None)
            data = {"agent_id": before.agent_id}
            moved = await make(unit, conversation, Move(conversation.handler, Status.OPEN, awake, kind, {**data}))
        await self._tell(entry.workspace_id, moved)

    async def _move(self, operator: Operator, conversation_id: str, decide: Decide) -> None:
        async with self._database.write(operator.workspace_id) as unit:
            agent = await get_agent(unit, operator)
            conversation = await unit.conversations.lock(conversation_id)
            move = await decide(Seen(unit, agent, conversation, await unit.assignments.find(conversation_id)))
            moved = None if move is None else await make(unit, conversation, move)
            withdrawn = [] if move is None else await self._withdraw(unit, conversation_id, move.withdrawn)
        if moved is not None:
            await self._tell(operator.workspace_id, replace(moved, events=[*moved.events, *withdrawn]))

    async def _withdraw(self, unit: Unit, conversation_id: str, actions: tuple[PendingAction, ...]) -> list[Event]:
        """Who was told that a colleague decides is told that a colleague is here instead."""
        if not actions:
            return []
        conversation = await unit.conversations.get(conversation_id)
        refusals = [refusal_of(action, PendingActionState.EXPIRED) for action in actions]
        now = self._clock.now()
        return await append_told(unit, conversation, refusals, Told.WITHDRAWN, strings=self._strings, at=now)

    async def _tell(self, workspace_id: str, moved: Moved) -> None:
        await tell(workspace_id, moved, delivery=self._delivery, runner=self._runner)

    async def _taken(self, seen: Seen) -> Move | None:
        agent, conversation, before = seen.agent, seen.conversation, seen.assignment
        await require_free(seen.unit, agent, conversation, before)
        if is_holder(agent, conversation, before) and conversation.status is Status.OPEN:
            return None
        expired = await seen.unit.pending_actions.expire_of_conversation(conversation.id)
        now = self._clock.now()
        known = before or Assignment(
            conversation.id, None, is_waiting=False, queued_at=None, due_at=None, promised_at=None
        )
        held = replace(known, is_waiting=False, agent_id=agent.id, taken_at=now, snoozed_until=None)
        data = {"agent_id": agent.id, "agent_name": agent.name, "waited_seconds": _waited(before, now)}
        withdrawn = tuple(action for action in expired if action.state.is_agents)
        return Move(Handler.AGENT, Status.OPEN, held, DeskEventType.CONVERSATION_TAKEN, {**data}, withdrawn)

    async def _to_agent(self, unit: Unit, own: Assignment, agent_id: str) -> Assignment:
        other = await unit.agents.get(agent_id)
        if other.presence(self._clock.now()) is not AgentState.ONLINE:
            raise AgentUnavailableError(name=other.name)
        now = self._clock.now()
        return replace(own, is_waiting=False, agent_id=other.id, taken_at=now, snoozed_until=None)

    async def _to_team(self, unit: Unit, own: Assignment, team_id: str) -> Assignment:
        team = await unit.agents.get_team(team_id)
        return rejoin(own, at=self._clock.now(), team_id=team.id)


def _freed(assignment: Assignment) -> Assignment:
    return replace(assignment, is_waiting=False, agent_id=None, taken_at=None, promised_at=None, snoozed_until=None)


def _waited(assignment: Assignment | None, now: datetime) -> float | None:
    """How long the customer really waited; None when there was no wait, or a promised time instead of one."""
    if assignment is None or not assignment.is_waiting or assignment.promised_at is not None:
        return None
    return None if assignment.queued_at is None else (now - assignment.queued_at).total_seconds()
