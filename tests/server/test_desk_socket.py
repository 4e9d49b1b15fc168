"""An agent's one connection: the desk's events by number, watched conversations, who is there, who writes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kefu.domain.access import Scope
from tests.support.desk import DeskAgent, agent_of, desk_socket
from tests.support.live import Live, live_server
from tests.support.waiting import eventually

GRACE = 0.6


@pytest.fixture
async def short(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    """A server where who has gone is soon offline."""
    async with live_server(sqlite_url, tmp_path, agent_grace_seconds=GRACE) as server:
        yield server


async def state_of(agent: DeskAgent) -> str:
    return str((await agent.get("/desk/agents/me")).json()["state"])


async def test_the_desk_is_told_live_and_resumed_by_number(live: Live) -> None:
    visitor, mei, tom = await live.visitor(), await agent_of(live, "Mei"), await agent_of(live, "Tom")
    async with desk_socket(tom) as socket:
        await visitor.ask("转人工")
        await mei.act(visitor.conversation_id, "take")
        await visitor.post("在吗")
        told = await socket.events("message_arrived")
    assert [event["type"] for event in told] == ["conversation_queued", "conversation_taken", "message_arrived"]
    assert [event["seq"] for event in told] == [1, 2, 3]
    await mei.act(visitor.conversation_id, "resolve")
    async with desk_socket(tom, after=2) as socket:
        missed = await socket.events("conversation_resolved")
    assert missed == (await mei.told())[2:]


async def test_a_watched_conversation_is_sent_whole_and_then_live(live: Live) -> None:
    visitor, mei = await live.visitor(), await agent_of(live)
    await visitor.ask("转人工")
    async with desk_socket(mei) as socket:
        await socket.send(type="watch", conversation_id=visitor.conversation_id, after=0)
        await socket.until(lambda frame: frame.get("event", {}).get("type") == "turn_finished")
        await mei.act(visitor.conversation_id, "take")
        seen = await socket.until(lambda frame: frame.get("event", {}).get("data", {}).get("handler") == "agent")
        assert seen[-1]["conversation_id"] == visitor.conversation_id
        assert (seen[-1]["type"], seen[-1]["event"]) == ("conversation_event", (await visitor.events())[-1])
        await socket.send(type="unwatch", conversation_id=visitor.conversation_id)
        await socket.send(type="ping")
        await socket.until(lambda frame: frame["type"] == "pong")
        await visitor.post("在吗")
        told = await socket.until(
            lambda frame: frame["type"] == "event" and frame["event"]["type"] == "message_arrived"
        )
        assert all(frame["type"] != "conversation_event" for frame in told)


async def test_a_conversation_of_another_workspace_is_not_there_to_be_watched(live: Live) -> None:
    mei = await agent_of(live)
    async with desk_socket(mei) as socket:
        await socket.send(type="watch", conversation_id="conv_of_others")
        (*_, refused) = await socket.until(lambda frame: frame["type"] == "error")
        assert refused["problem"]["code"] == "not_found"


async def test_who_comes_and_goes_is_shown_to_the_others(short: Live) -> None:
    mei, tom = await agent_of(short, "Mei", state=None), await agent_of(short, "Tom", state=None)
    async with desk_socket(tom) as watching:
        async with desk_socket(mei) as socket:
            await socket.send(type="state", state="online")
            await watching.presence("Mei", "online")
            await socket.send(type="state", state="away")
            await watching.presence("Mei", "away")
        await watching.presence("Mei", "offline")
    assert await state_of(mei) == "offline"


async def test_who_comes_back_within_the_grace_was_never_gone(short: Live) -> None:
    mei, tom = await agent_of(short, "Mei"), await agent_of(short, "Tom")
    async with desk_socket(tom) as watching:
        async with desk_socket(mei):
            pass
        async with desk_socket(mei):
            await asyncio.sleep(3 * GRACE)
            assert await state_of(mei) == "online"
            await watching.send(type="ping")
            seen = await watching.until(lambda frame: frame["type"] == "pong")
        states = [agent["state"] for frame in seen for agent in frame.get("agents", []) if agent["name"] == "Mei"]
        assert "offline" not in states


async def test_a_second_device_keeps_an_agent_online(short: Live) -> None:
    mei = await agent_of(short)
    async with desk_socket(mei):
        async with desk_socket(mei):
            pass
        await asyncio.sleep(3 * GRACE)
        assert await state_of(mei) == "online"

    async def is_offline() -> bool:
        return await state_of(mei) == "offline"

    assert await eventually(is_offline)


async def test_a_customer_sees_that_the_holder_is_writing(live: Live) -> None:
    visitor, mei, tom = await live.visitor(), await agent_of(live, "Mei"), await agent_of(live, "Tom")
    await visitor.ask("转人工")
    await mei.act(visitor.conversation_id, "take")
    last = (await visitor.events())[-1]["seq"]
    async with visitor.socket(after=last) as customer, desk_socket(mei) as socket, desk_socket(tom) as other:
        await other.send(type="typing", conversation_id=visitor.conversation_id)
        (*_, refused) = await other.until(lambda frame: frame["type"] == "error")
        assert refused["problem"]["code"] == "conversation_not_held"
        await socket.send(type="typing", conversation_id=visitor.conversation_id)
        (*_, typing) = await other.until(lambda frame: frame["type"] == "typing")
        assert (typing["conversation_id"], typing["agent_name"]) == (visitor.conversation_id, "Mei")
        async with asyncio.timeout(10):
            assert orjson.loads(await customer.recv()) == {"type": "typing", "author": "agent"}
    assert (await visitor.events())[-1]["seq"] == last, "nothing of it is stored"


@pytest.mark.parametrize(
    "frame",
    ["{}", "[1]", "nonsense", '{"type":"state","state":"asleep"}', '{"type":"watch"}', '{"type":"ping","x":1}'],
)
async def test_bad_frames_are_answered_with_a_problem(short: Live, frame: str) -> None:
    async with desk_socket(await agent_of(short)) as socket:
        await socket.socket.send(frame)
        (*_, answer) = await socket.until(lambda found: found["type"] == "error")
        assert answer["problem"]["code"] == "invalid_input"


async def close_code(agent: DeskAgent, *frames: str) -> int:
    """With which code the server ends a connection that says this after its key."""
    with pytest.raises(ConnectionClosed) as closed:
        async with desk_socket(agent) as socket:
            for frame in frames:
                await socket.socket.send(frame)
            async with asyncio.timeout(20):
                while True:
                    await socket.socket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_only_an_agent_s_key_opens_it(short: Live) -> None:
    mei = await agent_of(short)
    visitor = await short.visitor()
    for token, code in (("wrong", 4401), (visitor.token, 4401)):
        assert await close_code(DeskAgent(mei.client, mei.workspace_id, token)) == code
    for scope in (Scope.INBOX_READ, Scope.KNOWLEDGE_READ):
        nobody = await short.operator(scope)
        assert await close_code(DeskAgent(mei.client, mei.workspace_id, nobody.token)) == 4403


async def test_a_revoked_key_ends_the_connection(short: Live) -> None:
    mei = await agent_of(short)
    async with desk_socket(mei) as socket:
        await short.factory.access.revoke(mei.workspace_id, mei.token.partition(".")[0])
        with pytest.raises(ConnectionClosed) as closed:
            await socket.until(lambda _: False)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_an_oversized_frame_closes_with_1009(short: Live) -> None:
    assert await close_code(await agent_of(short), "x" * (65 * 1024)) == 1009


async def test_a_page_of_elsewhere_is_refused(short: Live) -> None:
    with pytest.raises(InvalidStatus):
        async with desk_socket(await agent_of(short), origin="https://evil.example"):
            pass


async def test_a_server_that_ends_says_so(sqlite_url: str, tmp_path: Path) -> None:
    async with live_server(sqlite_url, tmp_path) as live:
        mei = await agent_of(live)
        async with desk_socket(mei) as socket:
            live.server._app.state.connections.drained.set()
            with pytest.raises(ConnectionClosed) as closed:
                await socket.until(lambda _: False)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
