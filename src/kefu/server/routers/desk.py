"""The agents' desk: the queue, one conversation, and what agents do with it."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse

from kefu.domain.access import Scope
from kefu.domain.conversation import Language
from kefu.domain.desk import DeskFilter, DeskView
from kefu.domain.turn import HandoffReason
from kefu.server.dependencies import FactoryDep, OperatorWith
from kefu.server.origins import require_allowed_origin
from kefu.server.schemas import MessageBody, TraceResponse
from kefu.server.schemas_desk import (
    AgentReplyRequest,
    AgentReplyResponse,
    CaseFileResponse,
    DeskItemResponse,
    DeskListResponse,
    LabelsBody,
    NoteBody,
    NoteRequest,
    SnoozeRequest,
    SuggestionResponse,
    TransferRequest,
)
from kefu.server.schemas_intents import CorrectionRequest, ExampleReportResponse, IntentListResponse
from kefu.server.streams import desk_socket, sse
from kefu.services.principal import Operator
from kefu.services.wire import message_to_json

router = APIRouter(prefix="/desk", tags=["desk"])
Reader = Annotated[Operator, OperatorWith(Scope.INBOX_READ)]
Writer = Annotated[Operator, OperatorWith(Scope.INBOX_WRITE)]
_STREAM: dict[int | str, dict[str, object]] = {200: {"content": {"text/event-stream": {}}}}


@router.get("/queue")
async def list_queue(
    factory: FactoryDep,
    operator: Reader,
    *,
    view: DeskView = DeskView.WAITING,
    is_mine: Annotated[bool, Query(alias="mine", description="Only those assigned to the key's agent.")] = False,
    team: Annotated[str | None, Query(description="A team's id.")] = None,
    inbox: Annotated[str | None, Query(description="An inbox's id.")] = None,
    language: Language | None = None,
    label: Annotated[str | None, Query(max_length=60)] = None,
    reason: HandoffReason | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeskListResponse:
    agent_id = operator.agent_id if is_mine else None
    wanted = DeskFilter(agent_id, team, inbox, language, label, reason)
    return DeskListResponse.of(await factory.desk_queue.list_items(operator, view, wanted=wanted, limit=limit))


@router.get("/conversations/{conversation_id}")
async def open_conversation(
    conversation_id: str, factory: FactoryDep, operator: Reader, language: Language = "zh"
) -> CaseFileResponse:
    return CaseFileResponse.of(await factory.desk_queue.open(operator, conversation_id, language=language))


@router.get("/conversations/{conversation_id}/suggestion")
async def suggest_reply(conversation_id: str, factory: FactoryDep, operator: Reader) -> SuggestionResponse:
    return SuggestionResponse.of(await factory.desk_suggesting.suggest(operator, conversation_id))


@router.get("/turns/{turn_id}/trace")
async def explain_turn(
    turn_id: str, factory: FactoryDep, operator: Reader, language: Language | None = None
) -> TraceResponse:
    found = await factory.explaining.explain(operator.workspace_id, turn_id, language=language)
    return TraceResponse.model_validate(found)


@router.post("/conversations/{conversation_id}/take")
async def take_conversation(conversation_id: str, factory: FactoryDep, operator: Writer) -> DeskItemResponse:
    await factory.desk_holding.take(operator, conversation_id)
    return DeskItemResponse.of(await factory.desk_queue.get(operator, conversation_id))


@router.post("/conversations/{conversation_id}/reply", status_code=201)
async def reply(
    conversation_id: str, body: AgentReplyRequest, response: Response, factory: FactoryDep, operator: Writer
) -> AgentReplyResponse:
    written = await factory.desk_speaking.reply(operator, conversation_id, client_id=body.client_id, text=body.text)
    response.status_code = 201 if written.is_new else 200
    return AgentReplyResponse(message=MessageBody.model_validate(message_to_json(written.message)))


@router.post("/conversations/{conversation_id}/notes", status_code=201)
async def add_note(conversation_id: str, body: NoteRequest, factory: FactoryDep, operator: Writer) -> NoteBody:
    note = await factory.desk_speaking.add_note(operator, conversation_id, text=body.text)
    return NoteBody.model_validate(note)


@router.put("/conversations/{conversation_id}/labels")
async def set_labels(conversation_id: str, body: LabelsBody, factory: FactoryDep, operator: Writer) -> LabelsBody:
    return LabelsBody(labels=await factory.desk_speaking.set_labels(operator, conversation_id, body.labels))


@router.post("/conversations/{conversation_id}/transfer")
async def transfer_conversation(
    conversation_id: str, body: TransferRequest, factory: FactoryDep, operator: Writer
) -> DeskItemResponse:
    await factory.desk_holding.transfer(operator, conversation_id, to_agent=body.agent_id, to_team=body.team_id)
    return DeskItemResponse.of(await factory.desk_queue.get(operator, conversation_id))


@router.post("/conversations/{conversation_id}/give-back")
async def give_back_conversation(conversation_id: str, factory: FactoryDep, operator: Writer) -> DeskItemResponse:
    await factory.desk_holding.give_back(operator, conversation_id)
    return DeskItemResponse.of(await factory.desk_queue.get(operator, conversation_id))


@router.post("/conversations/{conversation_id}/resolve")
async def resolve_conversation(conversation_id: str, factory: FactoryDep, operator: Writer) -> DeskItemResponse:
    await factory.desk_holding.resolve(operator, conversation_id)
    return DeskItemResponse.of(await factory.desk_queue.get(operator, conversation_id))


@router.post("/conversations/{conversation_id}/reopen")
async def reopen_conversation(conversation_id: str, factory: FactoryDep, operator: Writer) -> DeskItemResponse:
    await factory.desk_holding.reopen(operator, conversation_id)
    return DeskItemResponse.of(await factory.desk_queue.get(operator, conversation_id))


@router.post("/conversations/{conversation_id}/snooze")
async def snooze_conversation(
    conversation_id: str, body: SnoozeRequest, factory: FactoryDep, operator: Writer
) -> DeskItemResponse:
    await factory.desk_holding.snooze(operator, conversation_id, until=body.until)
    return DeskItemResponse.of(await factory.desk_queue.get(operator, conversation_id))


@router.get("/intents")
async def list_intents(factory: FactoryDep, operator: Reader) -> IntentListResponse:
    """What a message can be corrected to."""
    return IntentListResponse.of(await factory.intents.get_overview(operator.workspace_id))


@router.post("/conversations/{conversation_id}/intent")
async def correct_intent(
    conversation_id: str, body: CorrectionRequest, factory: FactoryDep, operator: Writer
) -> ExampleReportResponse:
    """A message of the customer becomes an example of what it really asks for."""
    report = await factory.intent_corrections.correct(
        operator.workspace_id, body.message_id, body.intent, given_by=operator.id, conversation_id=conversation_id
    )
    return ExampleReportResponse(**asdict(report))


@router.get("/conversations/{conversation_id}/events", responses=_STREAM, response_class=StreamingResponse)
async def follow_conversation(
    conversation_id: str,
    request: Request,
    factory: FactoryDep,
    operator: Reader,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> StreamingResponse:
    await factory.desk_queue.get(operator, conversation_id)
    position = after if last_event_id is None else last_event_id
    pages = factory.delivery.follow(operator.workspace_id, conversation_id, after=position)
    return sse.respond(pages, request.app.state.connections)


@router.get("/events", responses=_STREAM, response_class=StreamingResponse)
async def follow_desk(
    request: Request,
    factory: FactoryDep,
    operator: Reader,
    after: Annotated[int, Query(ge=0, description="Number of the last event that the client has.")] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> StreamingResponse:
    position = after if last_event_id is None else last_event_id
    pages = factory.delivery.follow_desk(operator.workspace_id, after=position)
    return sse.respond_desk(pages, request.app.state.connections)


@router.websocket("/ws")
async def attend(socket: WebSocket, after: Annotated[int, Query(ge=0)] = 0) -> None:
    state = socket.app.state
    require_allowed_origin(socket, state.origins)
    await desk_socket.serve(socket, state.factory, state.connections, after=after)
