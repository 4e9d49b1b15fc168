"""Who is there: said by agents, kept up while they are connected, and ended soon after they have gone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import orjson
import structlog

from kefu.domain.desk import Agent, AgentState
from kefu.domain.errors import KefuError
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.services.desk.permission import get_agent, require_holder
from kefu.services.principal import Operator
from kefu.storage.bus import Bus, notify
from kefu.storage.database import Database

log = structlog.get_logger(__name__)


class PresenceService:
    """What is told here is told to those who listen now; it has no number, and nobody reads it again later."""

    def __init__(self, database: Database, *, bus: Bus, grace: timedelta, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._grace = grace
        self._clock = clock
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def beat_seconds(self) -> float:
        """How often a connection says that its agent is there: often enough for a second one to be heard in the grace."""
        return self._grace.total_seconds() / 3

    async def say(self, operator: Operator, state: AgentState) -> Agent:
        """Say whether one takes conversations; it counts for ``HEARTBEAT_LIFETIME``, so a client says it again."""
        async with self._database.write(operator.workspace_id) as unit:
            before = await get_agent(unit, operator)
            await unit.presence.say(before.id, state)
            after = await unit.agents.get(before.id)
        if before.presence(self._clock.now()) is not state:
            await self._tell_presence(operator.workspace_id)
        return after

    async def hear(self, agent: Agent) -> None:
        """The agent's connection is open still."""
        async with self._database.write(agent.workspace_id) as unit:
            await unit.presence.hear(agent.id)

    async def list_agents(self, workspace_id: str) -> list[Agent]:
        async with self._database.read(workspace_id) as unit:
            return await unit.agents.list_all()

    @asynccontextmanager
    async def connected(self, agent: Agent) -> AsyncIterator[None]:
        """While an agent's connection is open. Afterwards who is not heard of within the grace is offline."""
        await self.hear(agent)
        try:
            yield
        finally:
            leaving = asyncio.create_task(self._leave(agent), name=f"leaving:{agent.id}")
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def tell_typing(self, operator: Operator, conversation_id: str) -> None:
        """The holder of a conversation is writing: its customer and the other agents see it. Raises ConversationNotHeldError."""
        async with self._database.read(operator.workspace_id) as unit:
            agent = await get_agent(unit, operator)
            conversation = await unit.conversations.get(conversation_id)
            require_holder(agent, conversation, await unit.assignments.find(conversation_id))
        signal: JsonObject = {"type": "typing", "conversation_id": conversation_id, "agent_id": agent.id}
        await notify(
            self._bus, _desk_channel(operator.workspace_id), orjson.dumps({**signal, "agent_name": agent.name})
        )
        await notify(self._bus, _typing_channel(conversation_id), b"agent")

    async def signals(self, workspace_id: str) -> AsyncGenerator[JsonObject, None]:
        """``{"type": "presence"}`` when somebody came or went, ``{"type": "typing", …}``; for ever.

        Raises ListenerTooSlowError.
        """
        async with self._bus.subscribe(_desk_channel(workspace_id)) as listener:
            while True:
                yield orjson.loads(await listener.receive())

    async def typing(self, conversation_id: str) -> AsyncGenerator[str, None]:
        """``agent`` whenever the person who holds the conversation is writing; for ever. Raises ListenerTooSlowError."""
        async with self._bus.subscribe(_typing_channel(conversation_id)) as listener:
            while True:
                yield (await listener.receive()).decode()

    async def aclose(self) -> None:
        """Who is in the grace stays as they are: they come back to another process, or time makes them offline."""
        for leaving in self._leaving:
            leaving.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _leave(self, agent: Agent) -> None:
        left_at = self._clock.now()
        await asyncio.sleep(self._grace.total_seconds())
        try:
            async with self._database.write(agent.workspace_id) as unit:
                has_left = await unit.presence.leave(agent.id, unheard_since=left_at)
        except KefuError as error:  # their last sign of life runs out by itself
            log.warning("agent_not_made_offline", agent_id=agent.id, code=error.code)
            return
        if has_left:
            await self._tell_presence(agent.workspace_id)

    async def _tell_presence(self, workspace_id: str) -> None:
        await notify(self._bus, _desk_channel(workspace_id), orjson.dumps({"type": "presence"}))


def _desk_channel(workspace_id: str) -> str:
    return f"{workspace_id}:desk-signals"


def _typing_channel(conversation_id: str) -> str:
    return f"{conversation_id}:typing"
