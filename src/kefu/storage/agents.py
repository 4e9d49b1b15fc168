"""Agents and teams of one workspace."""

from sqlalchemy import Row, bindparam

from kefu.domain.desk import Agent, AgentState, Team
from kefu.domain.errors import NotFoundError
from kefu.storage.repository import Repository
from kefu.storage.tables import agents, teams

_IS_THIS = agents.c.id == bindparam("of_id")
_ADD = Repository.insert(agents)
_LIST = Repository.select(agents).order_by(agents.c.id)
_GET = Repository.select(agents).where(_IS_THIS)
_FIND_NAMED = Repository.select(agents).where(agents.c.name == bindparam("of_name"))
_SET_PROFILE = (
    Repository.update(agents)
    .where(_IS_THIS)
    .values(
        name=bindparam("to_name"),
        languages=bindparam("to_languages", type_=agents.c.languages.type),
        teams=bindparam("to_teams", type_=agents.c.teams.type),
    )
)
_ADD_TEAM = Repository.insert(teams)
_LIST_TEAMS = Repository.select(teams).order_by(teams.c.name)
_FIND_TEAM = Repository.select(teams).where(teams.c.name == bindparam("of_name"))
_GET_TEAM = Repository.select(teams).where(teams.c.id == bindparam("of_id"))


class AgentRepository(Repository):
    async def add(self, agent: Agent) -> None:
        values = {
            "id": agent.id,
            "name": agent.name,
            "languages": [*agent.languages],
            "teams": [*agent.teams],
            "state": agent.state,
            "seen_at": agent.seen_at,
            "created_at": agent.created_at,
        }
        await self._add(_ADD, values)

    async def get(self, agent_id: str) -> Agent:
        row = (await self._execute(_GET, of_id=agent_id)).one_or_none()
        if row is None:
            raise NotFoundError("agent", agent_id)
        return to_agent(row)

    async def find_named(self, name: str) -> Agent | None:
        row = (await self._execute(_FIND_NAMED, of_name=name)).one_or_none()
        return None if row is None else to_agent(row)

    async def list_all(self) -> list[Agent]:
        """The oldest first."""
        return [to_agent(row) for row in await self._execute(_LIST)]

    async def set_profile(self, agent: Agent) -> None:
        """Store name, languages and teams."""
        values = {"to_name": agent.name, "to_languages": [*agent.languages], "to_teams": [*agent.teams]}
        await self._execute(_SET_PROFILE, of_id=agent.id, **values)

    async def add_team(self, team: Team) -> None:
        await self._add(_ADD_TEAM, {"id": team.id, "name": team.name})

    async def list_teams(self) -> list[Team]:
        return [_to_team(row) for row in await self._execute(_LIST_TEAMS)]

    async def find_team(self, name: str) -> Team | None:
        row = (await self._execute(_FIND_TEAM, of_name=name)).one_or_none()
        return None if row is None else _to_team(row)

    async def get_team(self, team_id: str) -> Team:
        row = (await self._execute(_GET_TEAM, of_id=team_id)).one_or_none()
        if row is None:
            raise NotFoundError("team", team_id)
        return _to_team(row)


def to_agent(row: Row[tuple[object, ...]]) -> Agent:
    return Agent(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        languages=tuple(row.languages),
        teams=tuple(row.teams),
        state=AgentState(row.state),
        seen_at=row.seen_at,
        created_at=row.created_at,
    )


def _to_team(row: Row[tuple[object, ...]]) -> Team:
    return Team(id=row.id, workspace_id=row.workspace_id, name=row.name)
