"""An agent's WebSocket of docs/guide/inbox.md: all of the desk, and the conversations that are open before the agent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeVar

from fastapi import WebSocket
from pydantic import Field, TypeAdapter, ValidationError

from kefu.domain.access import Scope
from kefu.domain.desk import Agent
from kefu.domain.errors import ForbiddenError, InvalidInputError, KefuError, UnauthenticatedError
from kefu.factory import Factory
from kefu.kit.jsonvalue import JsonObject
from kefu.server.errors import invalid_input, to_problem
from kefu.server.schemas import AuthenticateFrame
from kefu.server.schemas_desk_frames import ConversationFrame, PlainFrame, StateFrame, WatchFrame
from kefu.server.schemas_desk_setup import AgentResponse
from kefu.server.streams.connections import Connections
from kefu.server.streams.frames import CloseError, Frames, run_together, serve_socket
from kefu.services.access import require_scope
from kefu.services.principal import Operator
from kefu.services.wire import desk_event_to_json, event_to_public
from kefu.storage.bus import ListenerTooSlowError

MOST_WATCHED = 50
TYPING_SECONDS = 1.0
"""At most one word of typing in so many seconds goes on to others."""

T = TypeVar("T")
_Frame = StateFrame | WatchFrame | ConversationFrame | PlainFrame
_client_frame: TypeAdapter[_Frame] = TypeAdapter(Annotated[_Frame, Field(discriminator="type")])


class DeskSocket:
    """One accepted connection of one agent."""

    def __init__(self, frames: Frames, factory: Factory, connections: Connections) -> None:
        self._frames = frames
        self._factory = factory
        self._connections = connections
        self._watched: dict[str, asyncio.Task[None]] = {}
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when a watched conversation cannot be followed any more: that ends the connection."""
        self._shown: list[JsonObject] = []
        self._typed_at = 0.0

    async def serve(self, *, after: int) -> None:
        """Run until one side leaves. Raises CloseError with the code to close with."""
        token = await self._receive_token()
        operator, agent = await self._authenticate(token)
        async with self._factory.desk_presence.connected(agent):
            last_seq = await self._factory.desk_queue.last_seq(operator.workspace_id)
            await self._frames.send({"type": "ready", "last_seq": last_seq, "agent_id": agent.id})
            await self._send_presence(operator)
            try:
                await run_together(
                    self._read(operator),
                    self._write(operator, after=after),
                    self._signal(operator),
                    self._beat(token),
                    self._frames.ping(),
                    self._broken,
                )
            finally:
                await self._unwatch_all()

    async def _receive_token(self) -> str:
        first = await self._frames.receive_first()
        try:
            return AuthenticateFrame.model_validate(first).token
        except ValidationError as error:
            raise CloseError(4401, "not authenticated") from error

    async def _authenticate(self, token: str) -> tuple[Operator, Agent]:
        try:
            operator = await self._factory.access.authenticate(token)
            require_scope(operator, Scope.INBOX_READ)
            return operator, await self._factory.desk_people.me(operator)
        except UnauthenticatedError as error:
            raise CloseError(4401, "not authenticated") from error
        except ForbiddenError as error:
            raise CloseError(4403, "no agent's key") from error

    async def _read(self, operator: Operator) -> None:
        while True:
            raw = await self._frames.receive()
            try:
                frame = _client_frame.validate_json(raw)
            except ValidationError as error:
                await self._refuse(invalid_input(error.errors(include_input=False)))
                continue
            try:
                await self._obey(frame, operator)
            except KefuError as error:
                await self._refuse(to_problem(error))

    async def _obey(self, frame: _Frame, operator: Operator) -> None:
        match frame:
            case StateFrame(state=state):
                require_scope(operator, Scope.INBOX_WRITE)
                await self._factory.desk_presence.say(operator, state)
            case WatchFrame(conversation_id=conversation_id, after=after):
                await self._watch(operator, conversation_id, after=after)
            case ConversationFrame(type="unwatch", conversation_id=conversation_id):
                await self._unwatch(conversation_id)
            case ConversationFrame(conversation_id=conversation_id):
                await self._tell_typing(operator, conversation_id)
            case PlainFrame(type="ping"):
                await self._frames.send({"type": "pong"})

    async def _tell_typing(self, operator: Operator, conversation_id: str) -> None:
        require_scope(operator, Scope.INBOX_WRITE)
        now = self._factory.clock.monotonic()
        if now - self._typed_at >= TYPING_SECONDS:
            self._typed_at = now
            await self._factory.desk_presence.tell_typing(operator, conversation_id)

    async def _watch(self, operator: Operator, conversation_id: str, *, after: int) -> None:
        await self._factory.desk_queue.get(operator, conversation_id)
        await self._unwatch(conversation_id)
        if len(self._watched) >= MOST_WATCHED:
            raise InvalidInputError(
                f"One connection watches at most {MOST_WATCHED} conversations.", field="conversation_id"
            )
        watching = asyncio.create_task(self._follow(operator, conversation_id, after=after))
        watching.add_done_callback(self._on_watch_ended)
        self._watched[conversation_id] = watching

    def _on_watch_ended(self, watching: asyncio.Task[None]) -> None:
        if watching.cancelled() or self._broken.done():
            return
        error = watching.exception()
        self._broken.set_exception(error if error is not None else CloseError(1012, "server restarts"))

    async def _unwatch(self, conversation_id: str) -> None:
        watching = self._watched.pop(conversation_id, None)
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _unwatch_all(self) -> None:
        for conversation_id in [*self._watched]:
            await self._unwatch(conversation_id)

    async def _follow(self, operator: Operator, conversation_id: str, *, after: int) -> None:
        pages = self._factory.delivery.follow(operator.workspace_id, conversation_id, after=after)
        async with aclosing(self._live(pages)) as rest:
            async for page in rest:
                for event in page:
                    data = event_to_public(event)
                    await self._frames.send(
                        {"type": "conversation_event", "conversation_id": conversation_id, "event": data}
                    )

    async def _write(self, operator: Operator, *, after: int) -> None:
        pages = self._factory.delivery.follow_desk(operator.workspace_id, after=after)
        async with aclosing(self._live(pages)) as rest:
            async for page in rest:
                for event in page:
                    await self._frames.send({"type": "event", "event": desk_event_to_json(event)})

    async def _live(self, pages: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """The pages of a log. Raises CloseError when the reader is too slow, or the server drains."""
        async with aclosing(pages), aclosing(self._connections.until_drained(pages)) as rest:
            try:
                async for page in rest:
                    yield page
            except ListenerTooSlowError as error:
                raise CloseError(1013, "too slow: resume by number") from error
        raise CloseError(1012, "server restarts: resume by number")

    async def _signal(self, operator: Operator) -> None:
        async with aclosing(self._live(self._factory.desk_presence.signals(operator.workspace_id))) as signals:
            async for signal in signals:
                if signal["type"] == "presence":
                    await self._send_presence(operator)
                else:
                    await self._frames.send(signal)

    async def _beat(self, token: str) -> None:
        """The agent is there for as long as their key is good; and what no signal has told of the others is told too."""
        while True:
            await asyncio.sleep(self._factory.desk_presence.beat_seconds)
            operator, agent = await self._authenticate(token)
            await self._factory.desk_presence.hear(agent)
            await self._send_presence(operator)

    async def _send_presence(self, operator: Operator) -> None:
        """Who is there, if that is not what was sent last."""
        now = self._factory.clock.now()
        found = await self._factory.desk_presence.list_agents(operator.workspace_id)
        agents: list[JsonObject] = [
            AgentResponse.of(agent, now).model_dump(mode="json", exclude={"seen_at"}) for agent in found
        ]
        if agents != self._shown:
            self._shown = agents
            await self._frames.send({"type": "presence", "agents": [*agents]})

    async def _refuse(self, problem: JsonObject) -> None:
        await self._frames.send({"type": "error", "problem": problem})


async def serve(socket: WebSocket, factory: Factory, connections: Connections, *, after: int) -> None:
    """Accept, run and close one connection."""

    async def talk(frames: Frames) -> None:
        await DeskSocket(frames, factory, connections).serve(after=after)

    await serve_socket(socket, connections, talk)
