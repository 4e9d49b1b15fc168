"""A visitor's conversations."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse

from kefu.domain.conversation import Language
from kefu.server.dependencies import FactoryDep, VisitorDep
from kefu.server.origins import require_allowed_origin
from kefu.server.schemas import (
    CitedPassageResponse,
    ConversationRequest,
    ConversationResponse,
    DocumentBody,
    PassageBody,
    RatingRequest,
    TraceResponse,
)
from kefu.server.streams import sse, websocket

router = APIRouter(tags=["conversations"])
After = Annotated[int, Query(ge=0, description="Number of the last event that the client has.")]


@router.post("/conversations", status_code=201)
async def create_conversation(
    body: ConversationRequest, factory: FactoryDep, visitor: VisitorDep
) -> ConversationResponse:
    return ConversationResponse.of(await factory.conversations.create(visitor, language=body.language))


@router.get("/conversations/{conversation_id}")
async def get_conversation(conversation_id: str, factory: FactoryDep, visitor: VisitorDep) -> ConversationResponse:
    return ConversationResponse.of(await factory.conversations.get(visitor, conversation_id))


@router.post("/conversations/{conversation_id}/rating", status_code=204)
async def rate_conversation(
    conversation_id: str, body: RatingRequest, factory: FactoryDep, visitor: VisitorDep
) -> Response:
    await factory.conversations.rate(visitor, conversation_id, score=body.score, comment=body.comment)
    return Response(status_code=204)


@router.post("/conversations/{conversation_id}/stop", status_code=202)
async def stop_turn(conversation_id: str, factory: FactoryDep, visitor: VisitorDep) -> Response:
    await factory.conversations.stop(visitor, conversation_id)
    return Response(status_code=202)


@router.get("/conversations/{conversation_id}/citations/{citation_id}")
async def get_citation(
    conversation_id: str, citation_id: str, factory: FactoryDep, visitor: VisitorDep
) -> CitedPassageResponse:
    cited = await factory.conversations.get_citation(visitor, conversation_id, citation_id)
    return CitedPassageResponse.model_validate(
        {
            "citation": cited.citation,
            "passage": PassageBody(text=cited.text, start=cited.start, end=cited.end),
            "document": DocumentBody(title=cited.title, version=cited.version, is_current=cited.is_current),
        }
    )


@router.get("/turns/{turn_id}/trace")
async def get_trace(
    turn_id: str, factory: FactoryDep, visitor: VisitorDep, language: Language | None = None
) -> TraceResponse:
    return TraceResponse.model_validate(await factory.explaining.explain_own(visitor, turn_id, language=language))


@router.get(
    "/conversations/{conversation_id}/events",
    responses={200: {"content": {"text/event-stream": {}}}},
    response_class=StreamingResponse,
)
async def follow_events(
    conversation_id: str,
    request: Request,
    factory: FactoryDep,
    visitor: VisitorDep,
    after: After = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> StreamingResponse:
    await factory.conversations.get(visitor, conversation_id)
    position = after if last_event_id is None else last_event_id
    pages = factory.delivery.follow(visitor.workspace_id, conversation_id, after=position)
    return sse.respond(pages, request.app.state.connections)


@router.websocket("/conversations/{conversation_id}/ws")
async def converse(socket: WebSocket, after: After = 0) -> None:
    state = socket.app.state
    require_allowed_origin(socket, state.origins)
    await websocket.serve(socket, state.factory, state.connections, after=after)
