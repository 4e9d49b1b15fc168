"""An agent takes a conversation through one worker while another one speaks in it: nothing late is ever heard.

Two real processes: on PostgreSQL with Redis, where a signal reaches the speaker, and on one SQLite file without
anything between them, where only the log can refuse it.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import orjson
import pytest

from kefu.models.fakes import FakeUpstream, Pace
from tests.reliability.conftest import MakeKefu, import_shop
from tests.support.desk import DeskAgent, desk_socket
from tests.support.live import Json, Visitor
from tests.support.process import Kefu, environment_of, eventually, run_kefu, serving, visitor_of
from tests.support.process_load import joined, log_of, until
from tests.support.process_model import QUESTION
from tests.support.process_tables import contradictions

pytestmark = [pytest.mark.slow, pytest.mark.crash]
SILENT = Pace(first_token=4.0, per_chunk=0.05, chunk_size=5)
"""The model has not said a word when the agent comes."""
SPEAKING = Pace(per_chunk=0.2, chunk_size=5)
"""It is in the middle of some six seconds."""


@dataclass
class Desk:
    """Two workers of one shop; the customer comes through the first, the agent through the second."""

    workers: tuple[Kefu, Kefu]
    customer: Visitor
    agent: DeskAgent
    model: FakeUpstream
    database_url: str

    async def ask(self, text: str) -> str:
        """Send a message that nobody waits for; its id."""
        headers = {**self.customer.headers, "Prefer": "respond-async"}
        body = {"client_id": text, "text": text}
        response = await self.customer.client.post(f"{self.customer.path}/messages", json=body, headers=headers)
        message_id: str = response.json()["message"]["id"]
        return message_id

    async def take(self) -> int:
        """Take the conversation through the other worker; the number of the event that says so."""
        taken = await self.agent.act(self.customer.conversation_id, "take")
        assert taken.status_code == 200, taken.text
        return int(taken.json()["last_seq"])

    async def healthy(self) -> None:
        assert [line for worker in self.workers for line in worker.bugs()] == []
        assert await contradictions(self.database_url) == {}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.redis])])
def size(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """A database, and what the workers have between them beside it."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url"), {}
    return request.getfixturevalue("postgres_database_url"), {"redis_url": request.getfixturevalue("redis_url")}


@pytest.fixture
async def desk(
    size: tuple[str, dict[str, str]], slow_model: FakeUpstream, *, make_kefu: MakeKefu, tmp_path: Path
) -> AsyncIterator[Desk]:
    url, between = size
    await import_shop(url, tmp_path)
    await run_kefu(
        ["plugin", "enable", "demo-orders", "--workspace", "shop"], environment_of(tmp_path, url), tmp_path / "x"
    )
    settings = {"model_base_url": slow_model.base_url, "model_standard": "fake", **between}
    first, second = (
        make_kefu(url, name=name, data_dir=str(tmp_path / name), **settings) for name in ("first", "second")
    )
    async with serving(first, second), first.client() as one, second.client() as other:
        agent = await _agent(url, tmp_path, other)
        yield Desk((first, second), await visitor_of(one), agent, slow_model, url)


async def _agent(database_url: str, folder: Path, client: httpx2.AsyncClient) -> DeskAgent:
    """Mei, made on the command line as an operator makes her."""
    log = folder / "agent.json"
    arguments = ["agent", "add", "Mei", "--approves", "--workspace", "shop", "--json"]
    await run_kefu(arguments, environment_of(folder, database_url), log)
    made = orjson.loads(log.read_bytes())
    found = DeskAgent(client, "", made["token"], made["id"])
    assert (await found.request("PUT", "/desk/agents/me", json={"state": "online"})).json()["state"] == "online"
    return found


def said_after(events: list[Json], seq: int) -> list[Json]:
    """What the assistant has put into the log after an event."""
    return [event for event in events if event["seq"] > seq and event["turn_id"] is not None]


@pytest.mark.parametrize("slow_model", [SILENT], indirect=True, ids=["silent"])
async def test_a_model_that_answers_late_is_not_heard(desk: Desk) -> None:
    message_id = await desk.ask(QUESTION)
    await eventually(lambda: desk.model.calls > 0, seconds=100)
    taken = await desk.take()
    await asyncio.sleep(SILENT.first_token + 2)

    events = await log_of(desk.customer)
    assert said_after(events, 0) == [], "not one word, before or after"
    assert events[-1]["seq"] == taken
    file = await desk.agent.file(desk.customer.conversation_id)
    assert [line["text"] for line in file["card"]["lines"] if line["kind"] == "asked"] == [QUESTION]
    assert file["events"][0]["data"]["message"]["id"] == message_id
    await desk.healthy()


@pytest.mark.parametrize("slow_model", [SPEAKING], indirect=True, ids=["speaking"])
async def test_a_sentence_that_was_on_its_way_is_the_last_one(desk: Desk) -> None:
    await desk.ask(QUESTION)
    await until(desk.customer, "answer_delta")
    taken = await desk.take()
    await asyncio.sleep(3)
    events = await log_of(desk.customer)
    failed = next(event for event in events if event["type"] == "turn_failed")
    assert failed["data"]["code"] == "turn_taken_over"
    assert failed["data"]["text"] == joined(events, failed["turn_id"]) != ""
    assert said_after(events, taken) == []

    async with desk_socket(desk.agent) as socket:
        await desk.ask("还在吗？")
        told = await socket.events("message_arrived")
        assert told[-1]["data"]["message"]["text"] == "还在吗？"
    await desk.agent.say(desk.customer.conversation_id, "在的，我来帮您")
    assert said_after(await log_of(desk.customer), taken) == []

    assert (await desk.agent.act(desk.customer.conversation_id, "give-back")).status_code == 200
    elsewhere = replace(desk.customer, client=desk.agent.client, url=desk.workers[1].url)
    assert (await elsewhere.ask("退款多久到账？"))["decision"] == "answer"
    await desk.healthy()


async def test_what_waited_for_a_yes_waits_no_longer(desk: Desk) -> None:
    replies = [await desk.customer.ask(line) for line in ("我要退货", "云步跑鞋那单", "云步跑鞋", "不合适")]
    assert "确认提交吗" in replies[-1]["text"], replies
    await desk.take()
    expired = (await desk.agent.get("/actions?state=expired")).json()["actions"]
    assert [action["tool"] for action in expired] == ["demo_create_return"]
    await desk.agent.act(desk.customer.conversation_id, "give-back")

    again = await desk.customer.ask("确认")
    assert again["decision"] != "act", "an old yes accepts nothing"
    written = await desk.agent.get("/actions/writes?status=succeeded&status=executing&status=unknown")
    assert written.json() == {"writes": []}
    await desk.healthy()
