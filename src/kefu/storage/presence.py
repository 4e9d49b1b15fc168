"""Which agents are there."""

from datetime import datetime

from sqlalchemy import bindparam

from kefu.domain.desk import Agent, AgentState
from kefu.storage.agents import to_agent
from kefu.storage.repository import Repository
from kefu.storage.tables import agents

_IS_THIS = agents.c.id == bindparam("of_id")
_LIST_HEARD = Repository.select(agents).where(
    agents.c.state == AgentState.ONLINE, agents.c.seen_at >= bindparam("since")
)
_SAY = Repository.update(agents).where(_IS_THIS).values(state=bindparam("to_state"), seen_at=bindparam("now"))
_HEAR = Repository.update(agents).where(_IS_THIS).values(seen_at=bindparam("now"))
_LEAVE = _SAY.where(agents.c.state != AgentState.OFFLINE, agents.c.seen_at <= bindparam("unheard_since"))


class PresenceRepository(Repository):
    async def list_online(self, *, since: datetime) -> list[Agent]:
        """Those who take conversations and were heard of at or after ``since``."""
        return [to_agent(row) for row in await self._execute(_LIST_HEARD, since=since)]

    async def say(self, agent_id: str, state: AgentState) -> None:
        """The agent has said so, now."""
        await self._execute(_SAY, of_id=agent_id, to_state=state, now=self._clock.now())

    async def hear(self, agent_id: str) -> None:
        """The agent is still there; what they said of their state stays."""
        await self._execute(_HEAR, of_id=agent_id, now=self._clock.now())

    async def leave(self, agent_id: str, *, unheard_since: datetime) -> bool:
        """Make an agent offline who was not heard of after ``unheard_since``; False when there is nothing to change."""
        rows = await self._execute(
            _LEAVE, of_id=agent_id, to_state=AgentState.OFFLINE, now=self._clock.now(), unheard_since=unheard_since
        )
        return rows.rowcount > 0
