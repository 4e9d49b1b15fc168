"""R8: SIGTERM with fifty open streams. Turns that run end, streams close, the process goes, clients take up where they were."""

import asyncio
import time

import httpx2
import pytest

from kefu.models.fakes import FakeUpstream, Pace
from tests.reliability.conftest import MakeKefu
from tests.support.chaos_client import CUT_OFF, ENDINGS, ResumingClient
from tests.support.process import Kefu, eventually, serving, visitor_of
from tests.support.process_load import joined, log_of, until
from tests.support.process_model import QUESTION, answer_at_length
from tests.support.process_tables import contradictions

pytestmark = [pytest.mark.crash, pytest.mark.slow]
STREAMS = 50
BUSY = 20
"""Streams whose turn runs when the signal comes; the others listen."""
UNREADY_WITHIN = 5.0
"""Seconds. An idle machine needs a hundredth; without a drain it is as long as the turns, or never."""


async def test_sigterm_with_fifty_streams_loses_nothing(shop: str, make_kefu: MakeKefu) -> None:
    pace = Pace(per_chunk=0.08, chunk_size=5)
    async with FakeUpstream(answer=answer_at_length, pace=pace) as upstream:
        kefu = make_kefu(shop, model_base_url=upstream.base_url, model_standard="fake")
        async with serving(kefu), kefu.client() as http:
            clients = await asyncio.gather(*(_client(http, kefu, number) for number in range(STREAMS)))
            following = asyncio.gather(*(client.run() for client in clients))
            await _until_spoken(clients[:BUSY])
            unready, seconds = await asyncio.gather(_seconds_to_unready(kefu), kefu.terminate())
            finished = [client for client in clients[:BUSY] if client.ending is not None]
            await kefu.start()
            await asyncio.gather(*(client.visitor.ask("你好") for client in clients[BUSY:]))
            async with asyncio.timeout(30):
                await following
            logs = [await log_of(client.visitor) for client in clients]
    print(f"unready after {unready:.2f} s, gone after {seconds:.2f} s, {len(finished)} of {BUSY} turns finished")
    assert (unready <= UNREADY_WITHIN, seconds <= 25.0, len(finished)) == (True, True, BUSY)
    assert [_wrong(client, log) for client, log in zip(clients, logs, strict=True)] == [""] * STREAMS
    assert await contradictions(shop) == {}
    assert kefu.bugs() == []


async def test_a_turn_longer_than_the_drain_is_taken_up_after_the_restart(
    sqlite_shop: str, make_kefu: MakeKefu
) -> None:
    pace = Pace(per_chunk=0.2, chunk_size=5)
    async with FakeUpstream(answer=answer_at_length, pace=pace) as upstream:
        kefu = make_kefu(sqlite_shop, model_base_url=upstream.base_url, model_standard="fake", drain_seconds="0.5")
        async with serving(kefu), kefu.client() as http:
            clients = [await _client(http, kefu, number) for number in range(4)]
            following = asyncio.gather(*(client.run() for client in clients))
            await _until_spoken(clients)
            seconds = await kefu.terminate()
            await kefu.start()
            async with asyncio.timeout(40):
                await following
    assert seconds < 15
    for client in clients:
        assert client.ending is not None
        assert client.ending["data"]["code"] == "turn_interrupted"
        assert client.ending["data"]["text"] == client.joined != ""
    assert kefu.bugs() == []


async def test_a_queued_message_waits_for_the_next_process(shop: str, make_kefu: MakeKefu) -> None:
    pace = Pace(per_chunk=0.08, chunk_size=5)
    async with FakeUpstream(answer=answer_at_length, pace=pace) as upstream:
        kefu = make_kefu(shop, model_base_url=upstream.base_url, model_standard="fake")
        async with serving(kefu), kefu.client() as http:
            client = await _client(http, kefu, 0)
            following = asyncio.ensure_future(client.run())
            await _until_spoken([client])
            waiting = asyncio.ensure_future(client.visitor.post("你好", client_id="c2"))
            await until(client.visitor, "message_received", count=2)
            seconds = await kefu.terminate()
            refused, left = await waiting, await contradictions(shop)
            await kefu.start()
            again = await client.visitor.post("你好", client_id="c2")
            async with asyncio.timeout(30):
                await following
            endings = [event["type"] for event in await log_of(client.visitor) if event["type"] in ENDINGS]
    assert left == {"messages without an answer": 1}
    assert (refused.status_code, refused.json()["code"], "retry-after" in refused.headers) == (503, "draining", True)
    assert (again.status_code, again.json()["reply"]["decision"]) == (200, "answer")
    assert endings == ["turn_finished", "turn_finished"]
    assert seconds < 25
    assert await contradictions(shop) == {}
    assert kefu.bugs() == []


async def test_a_draining_server_takes_no_message_and_says_when_to_come_back(
    sqlite_shop: str, make_kefu: MakeKefu
) -> None:
    async with FakeUpstream(answer=answer_at_length, pace=Pace(per_chunk=0.2, chunk_size=5)) as upstream:
        kefu = make_kefu(sqlite_shop, model_base_url=upstream.base_url, model_standard="fake")
        async with serving(kefu), kefu.client() as http:
            client, other = await _client(http, kefu, 0), await visitor_of(http)
            following = asyncio.ensure_future(client.run())
            await _until_spoken([client])
            going = asyncio.ensure_future(kefu.terminate())
            await _seconds_to_unready(kefu)
            refused = await other.post("你好")
            await asyncio.gather(going, following)
    assert (refused.status_code, refused.json()["code"]) == (503, "draining")
    assert int(refused.headers["retry-after"]) >= 1


async def _client(http: httpx2.AsyncClient, kefu: Kefu, number: int) -> ResumingClient:
    client = ResumingClient(
        await visitor_of(http), "sse" if number % 2 else "websocket", kefu.url, client_id="c1", text=QUESTION
    )
    if number >= BUSY:
        client.acknowledged = {}  # nothing to send: it listens
    return client


async def _until_spoken(clients: list[ResumingClient]) -> None:
    await eventually(lambda: all(client.joined for client in clients))


async def _seconds_to_unready(kefu: Kefu) -> float:
    """From now until a probe sees 503, or nobody."""
    started = time.monotonic()
    async with kefu.client() as client:
        while True:
            try:
                if (await client.get("/readyz")).status_code == 503:
                    return time.monotonic() - started
            except CUT_OFF:
                return time.monotonic() - started
            await asyncio.sleep(0.01)


def _wrong(client: ResumingClient, log: list[dict[str, object]]) -> str:
    if client.ending is None or client.ending["type"] != "turn_finished":
        return f"ended with {client.ending}"
    if client.repeats or client.events != log[: len(client.events)]:
        return f"received {client.events}, stored {log}"
    return "" if client.joined == joined(log, client.ending["turn_id"]) else f"joined {client.joined}"
