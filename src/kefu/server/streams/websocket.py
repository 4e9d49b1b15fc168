"""The visitor's WebSocket of docs/api/protocol.md."""

from contextlib import aclosing

import orjson
from fastapi import WebSocket
from pydantic import TypeAdapter, ValidationError

from kefu.domain.errors import KefuError, NotFoundError, UnauthenticatedError
from kefu.factory import Factory
from kefu.kit.jsonvalue import JsonObject
from kefu.server.errors import invalid_input, to_problem
from kefu.server.schemas import AuthenticateFrame, ControlFrame, SendFrame
from kefu.server.streams.connections import Connections
from kefu.server.streams.frames import CloseError, Frames, run_together, serve_socket
from kefu.services.principal import Visitor
from kefu.services.wire import event_to_public, message_to_json
from kefu.storage.bus import ListenerTooSlowError

_client_frame: TypeAdapter[SendFrame | ControlFrame] = TypeAdapter(SendFrame | ControlFrame)


class ConversationSocket:
    """One accepted connection. Reading and writing run side by side; either may end it."""

    def __init__(self, frames: Frames, factory: Factory, connections: Connections) -> None:
        self._frames = frames
        self._factory = factory
        self._connections = connections

    async def serve(self, conversation_id: str, *, after: int) -> None:
        """Run until one side leaves. Raises CloseError with the code to close with."""
        visitor = await self._authenticate()
        try:
            conversation = await self._factory.conversations.get(visitor, conversation_id)
        except NotFoundError as error:
            raise CloseError(4404, "no such conversation") from error
        await self._frames.send({"type": "ready", "last_seq": conversation.last_seq})
        await run_together(
            self._read(visitor, conversation_id),
            self._write(visitor, conversation_id, after=after),
            self._tell_typing(conversation_id),
            self._frames.ping(),
        )

    async def _authenticate(self) -> Visitor:
        first = await self._frames.receive_first()
        try:
            return self._factory.tokens.read(AuthenticateFrame.model_validate(first).token)
        except (ValidationError, UnauthenticatedError) as error:
            raise CloseError(4401, "not authenticated") from error

    async def _read(self, visitor: Visitor, conversation_id: str) -> None:
        while True:
            raw = await self._frames.receive()
            try:
                frame = _client_frame.validate_json(raw)
            except ValidationError as error:
                problem = invalid_input(error.errors(include_input=False))
                await self._frames.send({"type": "error", **_client_id_of(raw), "problem": problem})
                continue
            if isinstance(frame, SendFrame):
                await self._on_send(frame, visitor, conversation_id)
            elif frame.type == "stop":
                await self._factory.conversations.stop(visitor, conversation_id)
            elif frame.type == "ping":
                await self._frames.send({"type": "pong"})

    async def _on_send(self, frame: SendFrame, visitor: Visitor, conversation_id: str) -> None:
        try:
            received = await self._factory.receiving.receive(visitor, conversation_id, frame.to_draft())
        except KefuError as error:
            problem = to_problem(error)
            await self._frames.send({"type": "error", "client_id": frame.client_id, "problem": problem})
            return
        message = message_to_json(received.message)
        await self._frames.send({"type": "acknowledged", "client_id": frame.client_id, "message": message})

    async def _write(self, visitor: Visitor, conversation_id: str, *, after: int) -> None:
        pages = self._factory.delivery.follow(visitor.workspace_id, conversation_id, after=after)
        async with aclosing(pages), aclosing(self._connections.until_drained(pages)) as rest:
            try:
                async for page in rest:
                    for event in page:
                        await self._frames.send({"type": "event", "event": event_to_public(event)})
            except ListenerTooSlowError as error:
                raise CloseError(1013, "too slow: resume by number") from error
        raise CloseError(1012, "server restarts: resume by number")

    async def _tell_typing(self, conversation_id: str) -> None:
        async with aclosing(self._factory.desk_presence.typing(conversation_id)) as signals:
            try:
                async for author in signals:
                    await self._frames.send({"type": "typing", "author": author})
            except ListenerTooSlowError as error:
                raise CloseError(1013, "too slow: resume by number") from error


def _client_id_of(raw: str) -> JsonObject:
    """The ``client_id`` of a frame that is wrong otherwise, so that the client knows which send failed."""
    try:
        frame = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    client_id = frame.get("client_id") if isinstance(frame, dict) else None
    return {"client_id": client_id} if isinstance(client_id, str) else {}


async def serve(socket: WebSocket, factory: Factory, connections: Connections, *, after: int) -> None:
    """Accept, run and close one connection."""
    conversation_id = socket.path_params["conversation_id"]

    async def talk(frames: Frames) -> None:
        await ConversationSocket(frames, factory, connections).serve(conversation_id, after=after)

    await serve_socket(socket, connections, talk)
