"""The same numbered events over SSE and WebSocket, resumed by number."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.live import Live, live_server

QUESTION = "退款多久到账？"


async def frames(socket: ClientConnection, *, until: str) -> list[dict[str, Any]]:
    """Frames up to and with the event ``until``."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(20):
        while not found or found[-1].get("event", {}).get("type") != until:
            found.append(orjson.loads(await socket.recv()))
    return found


async def send(socket: ClientConnection, **frame: object) -> None:
    await socket.send(orjson.dumps(frame).decode())


async def test_websocket_sends_acknowledges_and_streams(live: Live) -> None:
    visitor = await live.visitor()
    async with visitor.socket() as socket:
        await send(socket, type="send", client_id="c1", text=QUESTION)
        found = await frames(socket, until="turn_finished")
    acknowledged = [frame for frame in found if frame["type"] == "acknowledged"]
    events = [frame["event"] for frame in found if frame["type"] == "event"]
    assert [frame["client_id"] for frame in acknowledged] == ["c1"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events == await visitor.events()


async def test_resume_gives_what_is_missing_once(live: Live) -> None:
    visitor = await live.visitor()
    await visitor.ask(QUESTION)
    everything = await visitor.events()
    async with visitor.socket(after=2) as socket:
        found = await frames(socket, until="turn_finished")
    assert [frame["event"] for frame in found] == everything[2:]
    headers = {**visitor.headers, "Last-Event-ID": "3"}
    async with live.client.stream("GET", f"{visitor.path}/events?after=0", headers=headers) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("id: "):
                assert line == "id: 4"
                break


async def test_two_devices_see_the_same(live: Live) -> None:
    visitor = await live.visitor()
    async with visitor.socket() as first, visitor.socket() as second:
        await send(first, type="send", client_id="c1", text=QUESTION)
        one, two = await asyncio.gather(*(frames(each, until="turn_finished") for each in (first, second)))
    assert [f["event"] for f in one if f["type"] == "event"] == [f["event"] for f in two if f["type"] == "event"]


@pytest.mark.parametrize(
    "frame", ["{}", "[1]", "nonsense", '{"type":"send"}', '{"type":"send","client_id":"c","text":"x","role":"admin"}']
)
async def test_bad_frames_are_answered_with_a_problem(frame: str, sqlite_url: str, tmp_path: Path) -> None:
    async with live_server(sqlite_url, tmp_path) as live, (await live.visitor()).socket() as socket:
        await socket.send(frame)
        answer = orjson.loads(await socket.recv())
        assert (answer["type"], answer["problem"]["code"]) == ("error", "invalid_input")
        await send(socket, type="ping")
        assert orjson.loads(await socket.recv()) == {"type": "pong"}


async def test_a_wrong_token_closes_with_4401(live: Live) -> None:
    visitor = await live.visitor()
    visitor.token = "wrong"
    with pytest.raises(ConnectionClosed) as closed:
        async with visitor.socket():
            pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_anothers_conversation_closes_with_4404(live: Live) -> None:
    owner, stranger = await live.visitor(), await live.visitor()
    stranger.conversation_id = owner.conversation_id
    with pytest.raises(ConnectionClosed) as closed:
        async with stranger.socket():
            pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:1", "https://shop.example.evil", "HTTPS://SHOP.EXAMPLE",
     "https://shop.example/", "https://shop.example:444", "http://shop.example", "https://xshop.example", "https://user@shop.example", ""],
)  # fmt: skip
async def test_origins_are_compared_exactly(origin: str, sqlite_url: str, tmp_path: Path) -> None:
    async with live_server(sqlite_url, tmp_path, allowed_origins="https://shop.example") as live:
        visitor = await live.visitor()
        async with visitor.socket(origin="https://shop.example"):
            pass
        with pytest.raises(InvalidStatus):
            async with visitor.socket(additional_headers={"Origin": origin}):
                pass


async def test_an_oversized_frame_closes_with_1009(live: Live) -> None:
    visitor = await live.visitor()
    with pytest.raises(ConnectionClosed) as closed:
        async with visitor.socket() as socket:
            await socket.send("x" * (65 * 1024))
            async with asyncio.timeout(20):
                await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
