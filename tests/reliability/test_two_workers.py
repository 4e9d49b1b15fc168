"""R3: two servers on one PostgreSQL and one Redis behave as one: order, one speaker, fencing, signals, an outage."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest

from kefu.models.fakes import FakeUpstream, Pace
from tests.reliability.conftest import MakeKefu, import_shop, only_as_proof
from tests.support.chaos import ChaosProxy
from tests.support.chaos_client import ResumingClient
from tests.support.live import Visitor
from tests.support.process import Kefu, serving, visitor_of
from tests.support.process_load import Witness, all_broken_promises, joined, log_of, settle, until
from tests.support.process_model import QUESTION
from tests.support.process_tables import contradictions, widen_burst_window

pytestmark = [pytest.mark.slow, pytest.mark.crash, pytest.mark.postgres, pytest.mark.redis]
SLOWER = Pace(per_chunk=0.2, chunk_size=5)
"""Six seconds: whatever is to happen in the middle of an answer does, on a busy machine too."""


@dataclass
class Pair:
    """Two workers of one shop."""

    first: Kefu
    second: Kefu
    clients: tuple[httpx2.AsyncClient, httpx2.AsyncClient]
    redis: ChaosProxy
    database_url: str

    async def visitors(self, *, inbox: str = "api") -> tuple[Visitor, Visitor]:
        """One visitor with one conversation, seen through each worker."""
        one = await visitor_of(self.clients[0], inbox=inbox)
        return one, replace(one, client=self.clients[1], url=self.second.url)

    async def healthy(self) -> None:
        """Nothing in either log or in the tables that should not be."""
        assert [*self.first.bugs(), *self.second.bugs()] == []
        assert await contradictions(self.database_url) == {}


@pytest.fixture
async def pair(
    postgres_database_url: str, redis_url: str, slow_model: FakeUpstream, *, make_kefu: MakeKefu, tmp_path: Path
) -> AsyncIterator[Pair]:
    """Both reach Redis through a proxy that can go down."""
    await import_shop(postgres_database_url, tmp_path)
    port, number = redis_url.rpartition(":")[2].split("/")
    async with ChaosProxy(int(port)) as proxy:
        redis = f"redis://127.0.0.1:{proxy.port}/{number}"
        settings = {"model_base_url": slow_model.base_url, "model_standard": "fake", "redis_url": redis}
        first, second = (
            make_kefu(postgres_database_url, name=name, data_dir=str(tmp_path / name), **settings)
            for name in ("first", "second")
        )
        async with serving(first, second), first.client() as one, second.client() as other:
            yield Pair(first, second, (one, other), proxy, postgres_database_url)


async def test_interleaved_messages_keep_order_and_find_their_replies(
    pair: Pair, rounds: Callable[[int], int], dice: random.Random
) -> None:
    pairs = [await pair.visitors(inbox=dice.choice(["api", "web"])) for _ in range(max(10, rounds(10) // 2))]
    witnesses = [Witness(one) for one, _ in pairs]
    await asyncio.gather(*(_converse(w, both, dice) for w, both in zip(witnesses, pairs, strict=True)))
    logs = await settle(witnesses, seconds=60)
    sent = sum(len(witness.acknowledged) for witness in witnesses)
    print(f"{len(pairs)} conversations, {sent} messages, {sum(map(len, logs.values()))} events")
    assert all_broken_promises(witnesses, logs) == []
    assert sent == 6 * len(pairs)
    await pair.healthy()


async def _converse(witness: Witness, both: tuple[Visitor, Visitor], dice: random.Random) -> None:
    """Six messages, each through a worker by chance, some before the one before is answered."""
    texts = ["你好", "退款多久到账？", QUESTION, "下单后多久发货？", "谢谢", "退款多久到账？"]
    sending = []
    for text in texts:
        speaker = replace(witness, visitor=dice.choice(both))  # the same memory, another door
        sending.append(asyncio.ensure_future(speaker.speak_over_http([text])))
        await asyncio.sleep(dice.choice([0.0, 0.02, 0.2, 0.8]))
    await asyncio.gather(*sending)


async def test_a_burst_over_both_workers_is_one_turn(pair: Pair) -> None:
    await widen_burst_window(pair.database_url, seconds=2)
    one, other = await pair.visitors(inbox="web")
    ids = [await _send(one, "你好"), await _send(other, QUESTION), await _send(one, "我的箱子是皮革的")]
    events = await until(one, "turn_finished")
    assert [event["data"]["message_ids"] for event in events if event["type"] == "turn_finished"] == [ids]
    await pair.healthy()


@pytest.mark.parametrize("slow_model", [SLOWER], indirect=True, ids=["slower"])
async def test_a_stop_reaches_the_worker_that_speaks(pair: Pair) -> None:
    one, other = await pair.visitors()
    await _send(one, QUESTION)
    await until(other, "answer_delta")
    assert (await other.client.post(f"{other.path}/stop", headers=other.headers)).status_code == 202
    failed = (await until(other, "turn_failed"))[-1]
    assert failed["data"]["code"] == "turn_stopped"
    assert failed["data"]["text"] == joined(await log_of(one), failed["turn_id"])
    await pair.healthy()


async def test_events_of_one_worker_arrive_live_at_the_other(pair: Pair) -> None:
    one, other = await pair.visitors()
    listener = ResumingClient(other, "sse", other.url, client_id="", text="", acknowledged={})
    listening = asyncio.ensure_future(listener.run())
    await asyncio.sleep(0.5)
    await _send(one, QUESTION)
    async with asyncio.timeout(10):  # less than the 15 s after which a follower looks by itself
        await listening
    assert listener.events == await log_of(one)


@only_as_proof
@pytest.mark.parametrize("slow_model", [SLOWER], indirect=True, ids=["slower"])
async def test_a_frozen_worker_loses_its_turn_and_cannot_write(pair: Pair) -> None:
    one, other = await pair.visitors()
    await _send(one, QUESTION)
    await until(other, "answer_delta")
    pair.first.signal(signal.SIGSTOP)
    failed = (await until(other, "turn_failed", seconds=30))[-1]
    pair.first.signal(signal.SIGCONT)
    reply = await other.ask("退款多久到账？")
    await asyncio.sleep(1)
    events = await log_of(other)
    assert failed["data"]["code"] == "turn_interrupted"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["turn_id"] for event in events if event["seq"] > failed["seq"]] == [None, *[reply["trace_id"]] * 3]
    await pair.healthy()


async def test_an_outage_of_redis_loses_nothing_and_heals(pair: Pair) -> None:
    pairs = [await pair.visitors() for _ in range(4)]
    witnesses = [Witness(one) for one, _ in pairs]
    speaking = [asyncio.ensure_future(_keep_speaking(w, both)) for w, both in zip(witnesses, pairs, strict=True)]
    await asyncio.sleep(0.5)
    await pair.redis.stop()
    await asyncio.sleep(3)
    await pair.redis.start()
    await asyncio.gather(*speaking)
    one, other = await pair.visitors()
    listener = ResumingClient(other, "websocket", other.url, client_id="", text="", acknowledged={})
    listening = asyncio.ensure_future(listener.run())
    async with asyncio.timeout(12):
        await asyncio.gather(one.ask(QUESTION), listening)
    logs = await settle(witnesses, seconds=60)
    assert all_broken_promises(witnesses, logs) == []
    await pair.healthy()


async def _keep_speaking(witness: Witness, both: tuple[Visitor, Visitor]) -> None:
    """Through the outage and past it. A refusal is no loss; an answer other than a problem is."""
    for number in range(12):
        visitor = both[number % 2]
        body = {"client_id": f"c{number}", "text": "退款多久到账？"}
        headers = {**visitor.headers, "Prefer": "respond-async"}
        response = await visitor.client.post(f"{visitor.path}/messages", json=body, headers=headers)
        assert response.status_code in {202, 503}, response.text
        if response.status_code == 202:
            witness.acknowledged[f"c{number}"] = response.json()["message"]
        await asyncio.sleep(0.4)


async def _send(visitor: Visitor, text: str) -> str:
    headers = {**visitor.headers, "Prefer": "respond-async"}
    body = {"client_id": text, "text": text}
    response = await visitor.client.post(f"{visitor.path}/messages", json=body, headers=headers)
    message_id: str = response.json()["message"]["id"]
    return message_id
