"""An agent at the desk of the workspace ``shop``, and what they read live."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson
from websockets.asyncio.client import ClientConnection, connect

from kefu.domain.conversation import Language
from kefu.domain.desk import AgentState
from tests.support.live import Json, Live, Operator


@dataclass
class DeskAgent(Operator):
    """Somebody with an agent's key."""

    agent_id: str = ""

    async def queue(self, query: str = "") -> list[Json]:
        found: list[Json] = (await self.get(f"/desk/queue{query}")).json()["conversations"]
        return found

    async def act(self, conversation_id: str, what: str, **body: Any) -> httpx2.Response:
        return await self.post(f"/desk/conversations/{conversation_id}/{what}", json=body)

    async def say(self, conversation_id: str, text: str, *, client_id: str = "r1") -> httpx2.Response:
        return await self.act(conversation_id, "reply", client_id=client_id, text=text)

    async def file(self, conversation_id: str, language: Language = "zh") -> Json:
        found: Json = (await self.get(f"/desk/conversations/{conversation_id}?language={language}")).json()
        return found

    async def told(self, *, after: int = 0) -> list[Json]:
        """The desk's events that are stored now."""
        last = (await self.get("/desk/queue")).json()["last_seq"]
        found: list[Json] = []
        if last <= after:
            return found
        path = f"/api/v1/desk/events?after={after}"
        async with self.client.stream("GET", path, headers=self.headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    found.append(orjson.loads(line[6:]))
                    if found[-1]["seq"] >= last:
                        break
        return found


@dataclass
class DeskSocket:
    """An agent's open WebSocket."""

    socket: ClientConnection

    async def send(self, **frame: Any) -> None:
        await self.socket.send(orjson.dumps(frame).decode())

    async def until(self, is_last: Callable[[Json], bool], *, seconds: float = 20.0) -> list[Json]:
        """The frames up to the one that is looked for, without pings."""
        seen: list[Json] = []
        async with asyncio.timeout(seconds):
            while not seen or not is_last(seen[-1]):
                frame = orjson.loads(await self.socket.recv())
                if frame["type"] != "ping":
                    seen.append(frame)
        return seen

    async def events(self, kind: str) -> list[Json]:
        """The desk's events up to the first of a type."""
        seen = await self.until(lambda frame: frame["type"] == "event" and frame["event"]["type"] == kind)
        return [frame["event"] for frame in seen if frame["type"] == "event"]

    async def presence(self, name: str, state: str) -> None:
        """Wait until somebody is shown like this."""
        await self.until(lambda frame: frame["type"] == "presence" and shown(frame).get(name) == state)


def shown(frame: Json) -> dict[str, str]:
    return {agent["name"]: agent["state"] for agent in frame["agents"]}


@asynccontextmanager
async def desk_socket(agent: DeskAgent, *, after: int = 0, **options: Any) -> AsyncIterator[DeskSocket]:
    """Authenticated and ready; the address has no secret in it."""
    url = f"{str(agent.client.base_url).rstrip('/').replace('http', 'ws', 1)}/api/v1/desk/ws?after={after}"
    async with connect(url, proxy=None, **options) as socket:
        found = DeskSocket(socket)
        await found.send(type="authenticate", token=agent.token)
        assert orjson.loads(await socket.recv())["type"] == "ready"
        yield found


async def agent_of(live: Live, name: str = "Mei", *, state: AgentState | None = AgentState.ONLINE) -> DeskAgent:
    """A new agent, online unless said otherwise."""
    workspace = await live.factory.setup.ensure_workspace("shop")
    people = live.factory.desk_people
    agent = await people.add_agent(workspace.id, name=name, languages=("zh", "en"))
    issued = await people.issue_key(workspace.id, agent.id)
    found = DeskAgent(live.client, workspace.id, issued.token, agent.id)
    if state is not None:
        response = await found.request("PUT", "/desk/agents/me", json={"state": state})
        assert response.json()["state"] == state, response.text
    return found
