"""A turn that meets an error which will pass is tried again soon, by anybody; one that does not pass is not tried for ever."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from kefu.domain.errors import KefuError, ModelProtocolError, UnavailableError
from kefu.domain.knowledge import Viewer
from kefu.knowledge.index import KnowledgeIndex
from kefu.services.turn import LEASE_LIFETIME
from tests.support.live import Live, Visitor, live_server
from tests.support.process import eventually
from tests.support.process_load import log_of, until

SOON = LEASE_LIFETIME.total_seconds() * 0.75
"""Seconds: less than a lease that nobody has given back, more than a busy machine needs."""


class Failing:
    """The knowledge of this shop fails so many times, then it is there."""

    def __init__(self, live: Live, error: KefuError, *, times: int) -> None:
        self._index_for = live.factory.knowledge.index_for
        self._error = error
        self._times = times
        self.calls = 0
        live.factory.knowledge.index_for = self  # type: ignore[method-assign]

    async def __call__(self, workspace_id: str, *, viewer: Viewer | None = None) -> KnowledgeIndex:
        self.calls += 1
        if self.calls <= self._times:
            raise self._error
        return await self._index_for(workspace_id, viewer=viewer)


@pytest.fixture
async def live(database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    async with live_server(database_url, tmp_path) as live:
        yield live


async def is_free(live: Live, visitor: Visitor) -> bool:
    """Whether another worker could take the conversation now."""
    workspace, _ = await live.factory.visitors.find_inbox("shop", "api")
    async with live.factory.database.write(workspace.id) as unit:
        lease = await unit.conversations.acquire_lease(visitor.conversation_id, lifetime=timedelta(0))
    return lease is not None


async def test_a_deferred_turn_is_answered_soon_and_says_why_it_waited(live: Live) -> None:
    Failing(live, UnavailableError("The index is away."), times=2)
    visitor, started = await live.visitor(), time.monotonic()
    with capture_logs() as lines:
        reply = await visitor.ask("退款多久到账？")
    deferred = [line for line in lines if line["event"] == "turn_deferred"]
    assert reply["decision"] == "answer"
    assert time.monotonic() - started < SOON
    assert [(line["code"], line["detail"]) for line in deferred] == [("unavailable", "The index is away.")] * 2
    assert deferred[0]["retry_in"] < deferred[1]["retry_in"]
    types = [event["type"] for event in await log_of(visitor)]
    assert (types.count("turn_finished"), types.count("turn_failed")) == (1, 0)


async def test_a_deferred_turn_leaves_the_conversation_to_anybody(live: Live) -> None:
    failing = Failing(live, UnavailableError("The index is away."), times=1_000)
    visitor = await live.visitor()
    await send(visitor, "退款多久到账？")
    await eventually(lambda: failing.calls > 0)
    async with asyncio.timeout(SOON):
        while True:
            if await is_free(live, visitor):
                break
            await asyncio.sleep(0.05)


async def test_an_error_that_does_not_pass_is_tried_ever_more_seldom(live: Live) -> None:
    failing = Failing(live, UnavailableError("The index is away."), times=1_000)
    await send(await live.visitor(), "退款多久到账？")
    await eventually(lambda: failing.calls > 0)
    await asyncio.sleep(3)
    assert failing.calls <= 4


async def test_an_error_that_cannot_pass_ends_the_turn_honestly(live: Live) -> None:
    Failing(live, ModelProtocolError("Nonsense."), times=1)
    visitor = await live.visitor()
    await send(visitor, "退款多久到账？")
    failed = (await until(visitor, "turn_failed", seconds=SOON))[-1]
    assert failed["data"]["code"] == "internal_error"
    assert (await visitor.ask("退款多久到账？"))["decision"] == "answer"


async def send(visitor: Visitor, text: str) -> None:
    headers = {**visitor.headers, "Prefer": "respond-async"}
    body = {"client_id": text, "text": text}
    assert (await visitor.client.post(f"{visitor.path}/messages", json=body, headers=headers)).status_code == 202
