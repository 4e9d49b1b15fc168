"""What the desk is made of: agents, teams, canned responses, opening hours."""

from typing import Annotated

from fastapi import APIRouter, Response

from kefu.domain.access import Scope
from kefu.domain.conversation import Language
from kefu.domain.desk import CannedResponse
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.schemas_desk_setup import (
    AgentChangeRequest,
    AgentKeyRequest,
    AgentKeyResponse,
    AgentListResponse,
    AgentRequest,
    AgentResponse,
    AgentStateRequest,
    CannedResponseBody,
    CannedResponseListResponse,
    CannedResponseRequest,
    FilledResponse,
    HotlinesBody,
    HoursBody,
    InboxHoursResponse,
    InboxListResponse,
    TeamListResponse,
    TeamRequest,
    TeamResponse,
)
from kefu.services.principal import Operator

router = APIRouter(prefix="/desk", tags=["desk"])
Reader = Annotated[Operator, OperatorWith(Scope.INBOX_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.INBOX_WRITE)]
Admin = Annotated[Operator, OperatorWith(Scope.INBOX_ADMIN)]


@router.get("/agents/me")
async def get_me(factory: FactoryDep, operator: Reader) -> AgentResponse:
    return AgentResponse.of(await factory.desk_people.me(operator), factory.clock.now())


@router.put("/agents/me")
async def set_my_state(body: AgentStateRequest, factory: FactoryDep, operator: Writer) -> AgentResponse:
    return AgentResponse.of(await factory.desk_presence.say(operator, body.state), factory.clock.now())


@router.get("/agents")
async def list_agents(factory: FactoryDep, operator: Reader) -> AgentListResponse:
    found = await factory.desk_people.list_agents(operator.workspace_id)
    return AgentListResponse(agents=[AgentResponse.of(agent, factory.clock.now()) for agent in found])


@router.post("/agents", status_code=201)
async def add_agent(body: AgentRequest, factory: FactoryDep, operator: Admin) -> AgentResponse:
    agent = await factory.desk_people.add_agent(
        operator.workspace_id, name=body.name, languages=body.languages, teams=body.teams
    )
    return AgentResponse.of(agent, factory.clock.now())


@router.patch("/agents/{agent_id}")
async def change_agent(agent_id: str, body: AgentChangeRequest, factory: FactoryDep, operator: Admin) -> AgentResponse:
    agent = await factory.desk_people.change_agent(
        operator.workspace_id, agent_id, languages=body.languages, teams=body.teams
    )
    return AgentResponse.of(agent, factory.clock.now())


@router.post("/agents/{agent_id}/keys", status_code=201)
async def issue_agent_key(
    agent_id: str, factory: FactoryDep, operator: Admin, body: AgentKeyRequest | None = None
) -> AgentKeyResponse:
    may_approve = body is not None and body.may_approve
    issued = await factory.desk_people.issue_key(operator.workspace_id, agent_id, may_approve=may_approve)
    return AgentKeyResponse(key_id=issued.key.id, token=issued.token)


@router.get("/teams")
async def list_teams(factory: FactoryDep, operator: Reader) -> TeamListResponse:
    found = await factory.desk_people.list_teams(operator.workspace_id)
    return TeamListResponse(teams=[TeamResponse.of(team) for team in found])


@router.post("/teams", status_code=201)
async def add_team(body: TeamRequest, factory: FactoryDep, operator: Admin) -> TeamResponse:
    return TeamResponse.of(await factory.desk_people.add_team(operator.workspace_id, body.name))


@router.get("/canned-responses")
async def list_canned_responses(factory: FactoryDep, operator: Reader) -> CannedResponseListResponse:
    found = await factory.desk_phrases.list_all(operator.workspace_id)
    return CannedResponseListResponse(canned_responses=[CannedResponseBody.of(one) for one in found])


@router.put("/canned-responses/{key}")
async def put_canned_response(
    key: str, language: Language, body: CannedResponseRequest, factory: FactoryDep, operator: Writer
) -> CannedResponseBody:
    response = CannedResponse(key, language, body.text)
    return CannedResponseBody.of(await factory.desk_phrases.put(operator.workspace_id, response))


@router.delete("/canned-responses/{key}", status_code=204)
async def delete_canned_response(key: str, language: Language, factory: FactoryDep, operator: Writer) -> Response:
    await factory.desk_phrases.remove(operator.workspace_id, key, language)
    return Response(status_code=204)


@router.get("/conversations/{conversation_id}/canned-responses/{key}")
async def fill_canned_response(conversation_id: str, key: str, factory: FactoryDep, operator: Reader) -> FilledResponse:
    return FilledResponse(text=await factory.desk_phrases.fill(operator, conversation_id, key))


@router.get("/hotlines")
async def get_hotlines(factory: FactoryDep, operator: Reader) -> HotlinesBody:
    return HotlinesBody.of(await factory.desk_hours.get_hotlines(operator.workspace_id))


@router.put("/hotlines")
async def set_hotlines(body: HotlinesBody, factory: FactoryDep, operator: Admin) -> HotlinesBody:
    return HotlinesBody.of(await factory.desk_hours.set_hotlines(operator.workspace_id, body.to_hotlines()))


@router.get("/inboxes")
async def list_inboxes(factory: FactoryDep, operator: Reader) -> InboxListResponse:
    found = await factory.desk_hours.list_inboxes(operator.workspace_id)
    return InboxListResponse(inboxes=[InboxHoursResponse.of(inbox, factory.clock.now()) for inbox in found])


@router.put("/inboxes/{inbox}/hours")
async def set_hours(inbox: str, body: HoursBody, factory: FactoryDep, operator: Admin) -> InboxHoursResponse:
    changed = await factory.desk_hours.set_hours(operator.workspace_id, inbox, body.to_hours())
    return InboxHoursResponse.of(changed, factory.clock.now())


@router.delete("/inboxes/{inbox}/hours")
async def remove_hours(inbox: str, factory: FactoryDep, operator: Admin) -> InboxHoursResponse:
    changed = await factory.desk_hours.set_hours(operator.workspace_id, inbox, None)
    return InboxHoursResponse.of(changed, factory.clock.now())
