"""A real kefu server on a free port of 127.0.0.1, inside the test's event loop, and a visitor who talks to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect

from kefu.app import create_app
from kefu.config import Settings
from kefu.domain.access import Scope
from kefu.factory import Factory
from kefu.kit.ids import new_id
from kefu.knowledge.embedding import NullEmbedder
from kefu.models.port import ChatModel
from kefu.plugins.host import PluginHost
from kefu.server.serving import DrainingServer
from tests.support.knowledge import write_knowledge

SECRET = "test key 0123456789abcdefghijklmnopqrstuvwxyz"
API_KEY = "test api key 0123456789abcdefghijklmnopqrstuv"
Json = dict[str, Any]


@dataclass
class Visitor:
    """A visitor with one conversation."""

    client: httpx2.AsyncClient
    url: str
    token: str
    conversation_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.conversation_id}"

    async def post(self, text: str, *, client_id: str | None = None, **extra: Any) -> httpx2.Response:
        body = {"client_id": client_id or new_id("cl"), "text": text, **extra}
        return await self.client.post(f"{self.path}/messages", json=body, headers=self.headers)

    async def ask(self, text: str, **extra: Any) -> Json:
        """The reply to a message."""
        response = await self.post(text, **extra)
        assert response.status_code == 200, response.text
        reply: Json = response.json()["reply"]
        return reply

    @asynccontextmanager
    async def socket(self, *, after: int = 0, **options: Any) -> AsyncIterator[ClientConnection]:
        """An authenticated WebSocket that has said ``ready``."""
        url = f"{self.url.replace('http', 'ws', 1)}{self.path}/ws?after={after}"
        async with connect(url, proxy=None, **options) as socket:
            await socket.send(orjson.dumps({"type": "authenticate", "token": self.token}).decode())
            assert orjson.loads(await socket.recv())["type"] == "ready"
            yield socket

    async def events(self, *, after: int = 0) -> list[Json]:
        """All events that are stored now."""
        found: list[Json] = []
        last = (await self.client.get(self.path, headers=self.headers)).json()["last_seq"]
        async with self.client.stream("GET", f"{self.path}/events?after={after}", headers=self.headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    found.append(orjson.loads(line[6:]))
                    if found[-1]["seq"] >= last:
                        break
        return found


@dataclass
class Operator:
    """Somebody with an API key of the workspace ``shop``; paths are under ``/api/v1``."""

    client: httpx2.AsyncClient
    workspace_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.client.get(f"/api/v1{path}", headers=self.headers, **options)

    async def post(self, path: str, **options: Any) -> httpx2.Response:
        return await self.client.post(f"/api/v1{path}", headers=self.headers, **options)

    async def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return await self.client.request(method, f"/api/v1{path}", headers=self.headers, **options)


@dataclass
class Live:
    """A running server."""

    url: str
    factory: Factory
    client: httpx2.AsyncClient
    server: DrainingServer
    serving: asyncio.Task[None]

    async def visitor(self, *, inbox: str = "api") -> Visitor:
        admitted = await self.client.post("/api/v1/visitors", json={"workspace": "shop", "inbox": inbox})
        token = admitted.json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        created = await self.client.post("/api/v1/conversations", json={}, headers=headers)
        assert created.status_code == 201, created.text
        return Visitor(self.client, self.url, token, created.json()["id"])

    async def operator(self, *scopes: Scope) -> Operator:
        workspace = await self.factory.setup.ensure_workspace("shop")
        issued = await self.factory.access.issue(workspace.id, name="test", scopes=scopes)
        return Operator(self.client, workspace.id, issued.token)


@asynccontextmanager
async def live_server(
    database_url: str,
    folder: Path,
    *,
    model: ChatModel | None = None,
    plugin_host: PluginHost | None = None,
    **overrides: Any,
) -> AsyncIterator[Live]:
    """Serve the little shop ``shop`` with inboxes ``web`` and ``api`` on a migrated, empty database."""
    port = _free_port()
    settings = Settings(
        data_dir=folder / "data",
        database_url=database_url.replace("+aiosqlite", "").replace("+asyncpg", ""),
        secret_key=SecretStr(SECRET),
        api_key=SecretStr(API_KEY),
        port=port,
        **{"messages_per_minute": 10_000, "visitors_per_minute": 10_000, **overrides},
    )
    factory = Factory(settings, model=model, embedder=NullEmbedder(), plugin_host=plugin_host)
    workspace = await factory.setup.ensure_workspace("shop", name="小店 Shop")
    await factory.knowledge.add_paths(workspace.id, [write_knowledge(folder / "knowledge")], progress=lambda *_: None)
    app = create_app(factory)
    server = DrainingServer(app, log_level="error")
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        if serving.done():
            serving.result()
    await app.state.loading
    url = f"http://127.0.0.1:{port}"
    async with httpx2.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
        try:
            yield Live(url, factory, client, server, serving)
        finally:
            app.state.connections.drained.set()
            server.should_exit = True
            await serving


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
