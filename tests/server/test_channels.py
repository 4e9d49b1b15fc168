"""A plugin's channel from end to end: signed calls come in, a fake system gets the replies over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kefu.plugins.host import PluginHost
from tests.support.acme import NAME, Acme, sign, write_acme
from tests.support.desk import agent_of
from tests.support.live import Live, live_server


@dataclass
class OtherSystem:
    """Takes messages over HTTP; answers with ``statuses`` first, then with 200."""

    statuses: list[int] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    tries: int = 0
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    inbox: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(maxsize=100))
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        body = json.loads(await reader.readexactly(length))
        self.tries += 1
        self.tried.set()
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            await self.inbox.put(body)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def wait(self, number: int) -> list[dict[str, Any]]:
        """The first messages that were taken."""
        async with asyncio.timeout(90):
            while len(self.got) < number:
                self.got.append(await self.inbox.get())
        return self.got

    async def was_tried(self) -> None:
        """A reply was brought here: its turn is over."""
        async with asyncio.timeout(90):
            await self.tried.wait()

    async def more(self) -> int:
        """How many have come beyond those that were waited for, after a while."""
        await asyncio.sleep(1.5)
        return self.inbox.qsize()


@dataclass
class Line:
    """An inbox of the channel, and the other system behind it."""

    live: Live
    acme: Acme
    other: OtherSystem
    inbox_id: str

    @property
    def path(self) -> str:
        return f"/api/v1/channels/{NAME}/{self.inbox_id}"

    async def call(self, *messages: tuple[str, str, str], signature: str | None = None) -> httpx2.Response:
        """(id, peer, text) of each message."""
        shown = [{"id": id_, "from": peer, "text": text} for id_, peer, text in messages]
        body = json.dumps({"messages": shown}).encode()
        headers = {"X-Signature": sign(body) if signature is None else signature}
        return await self.live.client.post(self.path, content=body, headers=headers)


@pytest.fixture
async def line(database_url: str, tmp_path: Path) -> AsyncIterator[Line]:
    acme, other = write_acme(tmp_path / "acme"), OtherSystem()
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    other.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/messages"
    async with (
        server,
        live_server(database_url, tmp_path, plugin_host=PluginHost([acme.plugin(guards=(), flows=None)])) as live,
    ):
        workspace = await live.factory.setup.ensure_workspace("shop")
        await live.factory.plugins.enable(workspace.id, NAME, settings={"deliver_to": other.url})
        inbox = await live.factory.channels.add_inbox(
            workspace.id, plugin=NAME, channel="line", slug="line", name="Line"
        )
        yield Line(live, acme, other, inbox.id)


async def test_a_question_is_answered_over_the_channel(line: Line) -> None:
    response = await line.call(("m1", "ann", "退款多久到账？"))
    assert response.status_code == 200, response.text
    (reply,) = await line.other.wait(1)
    assert (reply["to"], reply["author"]) == ("ann", "assistant")
    assert "退款" in reply["text"]


async def test_a_call_that_is_made_twice_is_answered_once_and_in_order(line: Line) -> None:
    calls = [line.call(("m1", "ann", "退款多久到账？")) for _ in range(4)]
    statuses = {one.status_code for one in await asyncio.gather(*calls)}
    assert statuses <= {200, 503}, "whoever loses a race is asked to try again"
    assert 200 in statuses
    await line.other.wait(1)
    await line.call(("m2", "ann", "你好"), ("m1", "ann", "退款多久到账？"))
    got = await line.other.wait(2)
    assert await line.other.more() == 0
    assert "退款" in got[0]["text"]
    assert "退款" not in got[1]["text"]


async def test_each_peer_has_a_conversation_of_their_own(line: Line) -> None:
    await line.call(("m1", "ann", "退款多久到账？"), ("m2", "bob", "退款多久到账？"))
    got = await line.other.wait(2)
    assert {one["to"] for one in got} == {"ann", "bob"}


async def test_only_signed_calls_for_the_right_inbox_are_taken(line: Line) -> None:
    refused = await line.call(("m1", "ann", "你好"), signature="wrong")
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    for path in (f"/api/v1/channels/{NAME}/inb_nothing", f"/api/v1/channels/other/{line.inbox_id}"):
        assert (await line.live.client.post(path, content=b"{}")).status_code == 404
    await line.live.factory.plugins.disable(await workspace_of(line), NAME)
    assert (await line.call(("m1", "ann", "你好"))).status_code == 404
    assert await line.other.more() == 0


async def workspace_of(line: Line) -> str:
    return (await line.live.factory.setup.ensure_workspace("shop")).id


async def test_a_challenge_is_answered_as_the_plugin_says(line: Line) -> None:
    response = await line.live.client.get(f"{line.path}?challenge=abc", headers={"X-Signature": sign(b"")})
    assert (response.status_code, response.text) == (200, "abc")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("mode", ["raises", "hangs"])
async def test_a_plugin_that_fails_makes_the_other_system_try_again(line: Line, mode: str) -> None:
    line.acme.mode["receive"] = mode
    failed = await line.call(("m1", "ann", "退款多久到账？"))
    assert (failed.status_code, failed.json()["code"]) == (502, "plugin_failed")
    assert "broken" not in failed.text, "nobody outside reads what happened inside"
    line.acme.mode.clear()
    assert (await line.call(("m1", "ann", "退款多久到账？"))).status_code == 200
    await line.other.wait(1)


async def test_a_reply_is_delivered_again_until_it_is_there_and_no_other_overtakes_it(line: Line) -> None:
    line.other.statuses = [503, 503]
    await line.call(("m1", "ann", "退款多久到账？"))
    await line.other.was_tried()
    await line.call(("m2", "ann", "你好"))
    got = await line.other.wait(2)
    assert line.other.tries == 4
    assert "退款" in got[0]["text"]
    assert "退款" not in got[1]["text"]


async def test_what_will_never_be_taken_stops_nothing(line: Line) -> None:
    line.other.statuses = [410]
    await line.call(("m1", "ann", "退款多久到账？"))
    await line.other.was_tried()
    await line.call(("m2", "ann", "你好"))
    (reply,) = await line.other.wait(1)
    assert "退款" not in reply["text"]


async def test_what_an_agent_writes_is_delivered_too(line: Line) -> None:
    agent = await agent_of(line.live)
    await line.call(("m1", "ann", "转人工"))
    (queued,) = await line.other.wait(1)
    assert "人工" in queued["text"] or "同事" in queued["text"] or "团队" in queued["text"], queued
    (waiting,) = await agent.queue()
    assert (await agent.act(waiting["id"], "take")).status_code == 200
    assert (await agent.say(waiting["id"], "您好，我是小梅。")).status_code in {200, 201}
    got = await line.other.wait(2)
    assert (got[1]["author"], got[1]["text"]) == ("agent", "您好，我是小梅。")
    await line.call(("m2", "ann", "谢谢"))
    assert await line.other.more() == 0, "while a person has the conversation, the assistant says nothing"
