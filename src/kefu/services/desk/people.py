"""Agents, teams, and their keys."""

from collections.abc import Sequence
from dataclasses import replace

from kefu.domain.access import Scope
from kefu.domain.conversation import Language
from kefu.domain.desk import Agent, AgentState, Team
from kefu.domain.errors import ConflictError, InvalidInputError
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.services.access import AccessService, IssuedKey
from kefu.services.desk.permission import get_agent
from kefu.services.principal import Operator
from kefu.storage.database import Database
from kefu.storage.unit import Unit

AGENT_SCOPES = (Scope.INBOX_READ, Scope.INBOX_WRITE, Scope.KNOWLEDGE_READ, Scope.ACTIONS_READ)
_MAX_NAME = 200


class PeopleService:
    """Who the agents are is the operators' business."""

    def __init__(self, database: Database, *, access: AccessService, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def add_agent(
        self, workspace_id: str, *, name: str, languages: Sequence[Language], teams: Sequence[str] = ()
    ) -> Agent:
        """A new agent; ``teams`` are names, made if they do not exist. Raises ConflictError for a name in use."""
        _check_name(name)
        async with self._database.write(workspace_id) as unit:
            if await unit.agents.find_named(name) is not None:
                raise ConflictError(f"There is an agent {name} already.")
            agent = Agent(
                id=new_id("agent"),
                workspace_id=workspace_id,
                name=name,
                languages=tuple(dict.fromkeys(languages)),
                teams=await _team_ids(unit, teams),
                state=AgentState.OFFLINE,
                seen_at=None,
                created_at=self._clock.now(),
            )
            await unit.agents.add(agent)
        return agent

    async def change_agent(
        self, workspace_id: str, agent_id: str, *, languages: Sequence[Language] | None, teams: Sequence[str] | None
    ) -> Agent:
        """Set what is given; ``teams`` are names."""
        async with self._database.write(workspace_id) as unit:
            agent = await unit.agents.get(agent_id)
            changed = replace(
                agent,
                languages=agent.languages if languages is None else tuple(dict.fromkeys(languages)),
                teams=agent.teams if teams is None else await _team_ids(unit, teams),
            )
            await unit.agents.set_profile(changed)
        return changed

    async def find_agent(self, workspace_id: str, name: str) -> Agent | None:
        async with self._database.read(workspace_id) as unit:
            return await unit.agents.find_named(name)

    async def list_agents(self, workspace_id: str) -> list[Agent]:
        async with self._database.read(workspace_id) as unit:
            return await unit.agents.list_all()

    async def list_teams(self, workspace_id: str) -> list[Team]:
        async with self._database.read(workspace_id) as unit:
            return await unit.agents.list_teams()

    async def add_team(self, workspace_id: str, name: str) -> Team:
        """The team of this name, made if it does not exist."""
        async with self._database.write(workspace_id) as unit:
            return await _ensure_team(unit, name)

    async def issue_key(self, workspace_id: str, agent_id: str, *, may_approve: bool = False) -> IssuedKey:
        """A key with which the agent works at the desk; its token is shown once. With ``may_approve`` they decide on
        writes that wait for an approval, and say what became of those whose end is unknown.
        """
        scopes = (*AGENT_SCOPES, Scope.ACTIONS_WRITE) if may_approve else AGENT_SCOPES
        async with self._database.read(workspace_id) as unit:
            agent = await unit.agents.get(agent_id)
        return await self._access.issue(workspace_id, name=agent.name, scopes=scopes, agent_id=agent.id)

    async def me(self, operator: Operator) -> Agent:
        async with self._database.read(operator.workspace_id) as unit:
            return await get_agent(unit, operator)


async def _team_ids(unit: Unit, names: Sequence[str]) -> tuple[str, ...]:
    return tuple([(await _ensure_team(unit, name)).id for name in dict.fromkeys(names)])


async def _ensure_team(unit: Unit, name: str) -> Team:
    _check_name(name)
    found = await unit.agents.find_team(name)
    if found is not None:
        return found
    team = Team(new_id("team"), unit.workspace_id, name)
    await unit.agents.add_team(team)
    return team


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > _MAX_NAME:
        raise InvalidInputError(f"A name has 1 to {_MAX_NAME} characters.", field="name")
