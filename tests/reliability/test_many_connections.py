"""R9, R11: many listeners and some speakers at once, and readers that do not read."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import httpx2
import orjson
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from kefu.domain.conversation import Handler
from kefu.domain.turn import Change
from kefu.kit.clock import Clock
from kefu.models.fakes import FakeUpstream
from kefu.storage.database import Database
from tests.reliability.conftest import MakeKefu, only_as_proof
from tests.support.chaos_client import ResumingClient, Wire
from tests.support.live import Visitor
from tests.support.process import eventually, resident_kb, serving, visitor_of
from tests.support.process_model import QUESTION
from tests.support.stalled import peers_of, port_of, stalled, until_streams

pytestmark = pytest.mark.slow
LONG_LOG = 150
"""Messages of 16 kB."""


async def test_idle_sockets_and_live_streams_without_an_error(
    sqlite_shop: str, slow_model: FakeUpstream, make_kefu: MakeKefu, rounds: Callable[[int], int]
) -> None:
    idle, live = 5 * rounds(10), rounds(10) // 2
    kefu = make_kefu(sqlite_shop, model_base_url=slow_model.base_url, model_standard="fake")
    async with serving(kefu), kefu.client() as http, AsyncExitStack() as stack:
        await (await visitor_of(http)).ask(QUESTION)
        before = resident_kb(kefu.pid)
        sockets = [await stack.enter_async_context((await visitor_of(http)).socket()) for _ in range(idle)]
        with_idle = resident_kb(kefu.pid)
        wires: tuple[Wire, Wire] = ("websocket", "sse")
        clients = [
            ResumingClient(await visitor_of(http), wires[n % 2], kefu.url, client_id="c1", text=QUESTION)
            for n in range(live)
        ]
        async with asyncio.timeout(60):
            await asyncio.gather(*(client.run() for client in clients))
        pongs = [await each.ping() for each in sockets]
        async with asyncio.timeout(30):
            await asyncio.gather(*pongs)
        after = resident_kb(kefu.pid)
    print(f"{idle} idle, {live} live; RSS {before} kB, with idle sockets {with_idle} kB, after the turns {after} kB")
    assert [(client.disconnects, client.repeats) for client in clients] == [(0, 0)] * live
    assert {client.ending["type"] for client in clients if client.ending} == {"turn_finished"}
    assert with_idle - before < 100 * idle + 20_000
    assert kefu.bugs() == []


@pytest.mark.parametrize("seconds", ["2", pytest.param("10", marks=only_as_proof)])
async def test_readers_that_do_not_read_are_cut_off_and_hurt_nobody(
    seconds: str, sqlite_shop: str, make_kefu: MakeKefu, rounds: Callable[[int], int]
) -> None:
    kefu = make_kefu(sqlite_shop, slow_reader_seconds=seconds)
    async with serving(kefu), kefu.client() as http, AsyncExitStack() as stack:
        visitor = await _with_a_long_log(http, sqlite_shop)
        alone, before = await _slowest_turn(http), resident_kb(kefu.pid)
        wires: tuple[Wire, Wire] = ("websocket", "sse")
        readers = [await stack.enter_async_context(stalled(visitor, wires[n % 2])) for n in range(2 * rounds(10))]
        started = time.monotonic()
        crowded, full = await _slowest_turn(http), resident_kb(kefu.pid)
        ports = {port_of(reader) for reader in readers}
        await eventually(lambda: not ports & peers_of(kefu.port), seconds=float(seconds) + 20)
        gone = time.monotonic() - started
        await until_streams(http, 0)
        resumed = await visitor.events(after=LONG_LOG - 5)
    print(
        f"{len(readers)} stalled, cut off after {gone:.1f} s of {seconds}; slowest of 20 turns {alone:.3f} s alone, "
        f"{crowded:.3f} s beside them; RSS {before} kB, with them {full} kB"
    )
    assert crowded < 5 * alone + 1.5, "a turn waited for somebody else's reader"
    assert full - before < 200 * len(readers) + 10_000
    assert gone < float(seconds) + 10
    assert resumed[0]["seq"] == LONG_LOG - 4
    assert kefu.bugs() == []


async def test_a_reader_that_wakes_up_late_resumes_by_number(sqlite_shop: str, make_kefu: MakeKefu) -> None:
    kefu = make_kefu(sqlite_shop, slow_reader_seconds="1")
    async with serving(kefu), kefu.client() as http:
        visitor = await _with_a_long_log(http, sqlite_shop)
        async with stalled(visitor, "websocket") as reader:
            assert isinstance(reader, ClientConnection)
            await eventually(lambda: port_of(reader) not in peers_of(kefu.port))
            with pytest.raises(ConnectionClosed):
                while True:
                    frame = orjson.loads(await reader.recv())
        async with visitor.socket(after=frame["event"]["seq"]) as again:
            following = orjson.loads(await again.recv())
    assert following["event"]["seq"] == frame["event"]["seq"] + 1


async def _with_a_long_log(http: httpx2.AsyncClient, url: str) -> Visitor:
    """A conversation with megabytes of events: more than socket buffers hold. A person holds it: no turns."""
    visitor = await visitor_of(http)
    await _leave_to_a_person(visitor, url)
    for start in range(0, LONG_LOG, 50):
        sent = await asyncio.gather(*(visitor.post("😀" * 3_999, client_id=f"{n}") for n in range(start, start + 50)))
        assert {response.status_code for response in sent} == {200}
    return visitor


async def _leave_to_a_person(visitor: Visitor, url: str) -> None:
    database = Database(url, clock=Clock())
    async with database.platform_view() as platform:
        (workspace,) = await platform.list_workspaces()
    async with database.write(workspace.id) as unit:
        await unit.events.append(visitor.conversation_id, [], change=Change(handler=Handler.AGENT))
    await database.aclose()


async def _slowest_turn(http: httpx2.AsyncClient) -> float:
    visitor, slowest = await visitor_of(http), 0.0
    for _ in range(20):
        started = time.monotonic()
        await visitor.ask("你好")
        slowest = max(slowest, time.monotonic() - started)
    return slowest
