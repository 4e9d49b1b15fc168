"""Sending messages over HTTP: replies, streams, idempotency, limits."""

import asyncio
from pathlib import Path

import orjson
import pytest

from kefu.domain.access import Scope
from tests.support.live import Live, live_server
from tests.support.waiting import eventually


async def test_a_question_is_answered_with_its_source(live: Live) -> None:
    visitor = await live.visitor()
    response = await visitor.post("寄回去的运费谁承担？")
    body = response.json()
    reply = body["reply"]
    assert reply["decision"] == "answer"
    assert "退货运费由本店承担" in reply["text"]
    (citation,) = reply["citations"]
    assert citation["quote"] in reply["text"]
    assert body["message"]["author"] == "visitor"
    opened = await live.client.get(f"{visitor.path}/citations/{citation['id']}", headers=visitor.headers)
    passage = opened.json()["passage"]
    assert passage["text"][passage["start"] : passage["end"]] == citation["quote"]


async def test_english_asks_english_answers(live: Live) -> None:
    reply = await (await live.visitor()).ask("Who pays for the return shipping of a faulty item?")
    assert reply["decision"] == "answer"
    assert "We pay for return shipping if an item is faulty" in reply["text"]


async def test_without_a_source_it_abstains_and_offers_a_person(live: Live) -> None:
    visitor = await live.visitor()
    reply = await visitor.ask("你们公司的股票代码是多少？")
    assert (reply["decision"], reply["citations"]) == ("abstain", [])
    assert [quick["choice"] for quick in reply["quick_replies"]] == ["handoff:yes", "handoff:no"]
    handed = await visitor.ask("转人工", payload={"choice": "handoff:yes"})
    assert (handed["decision"], handed["handler"]) == ("handoff", "queue")
    waiting = await visitor.ask("退款多久到账？")
    assert (waiting["decision"], waiting["handler"]) == ("answer", "queue")


async def test_a_second_question_in_vain_is_handed_off(live: Live) -> None:
    visitor = await live.visitor()
    assert (await visitor.ask("你们公司的股票代码是多少？"))["handler"] == "assistant"
    second = await visitor.ask("你们老板的生日是哪天？")
    assert (second["decision"], second["handler"], second["quick_replies"]) == ("handoff", "queue", [])
    (event,) = [event for event in await visitor.events() if event["type"] == "handoff_requested"]
    assert event["data"] == {"reason": "missing_knowledge"}


async def test_what_policy_leaves_to_people_is_handed_off_at_once_and_says_so_kindly(live: Live) -> None:
    workspace = await live.factory.setup.ensure_workspace("shop")
    await live.factory.desk_hours.set_hotlines(workspace.id, {"vulnerable": {"zh": "心理援助热线 12356"}})
    visitor = await live.visitor()
    reply = await visitor.ask("我亏光了，不想活了")
    assert (reply["decision"], reply["handler"]) == ("handoff", "queue")
    assert "12356" in reply["text"]
    (event,) = [event for event in await visitor.events() if event["type"] == "handoff_requested"]
    assert event["data"] == {"reason": "policy_restriction"}


async def test_an_unanswered_question_reaches_the_owners_list(live: Live) -> None:
    visitor = await live.visitor()
    await visitor.ask("你们招聘程序员吗？")
    workspace, _ = await live.factory.visitors.find_inbox("shop", "api")
    gaps = await eventually(lambda: live.factory.gaps.list_newest(workspace.id))
    assert [gap.question for gap in gaps] == ["你们招聘程序员吗"]


async def test_fifty_parallel_copies_are_one_message_and_one_turn(live: Live) -> None:
    visitor = await live.visitor()
    responses = await asyncio.gather(*(visitor.post("退款多久到账？", client_id="same") for _ in range(50)))
    assert {response.status_code for response in responses} == {200}
    assert len({response.json()["message"]["id"] for response in responses}) == 1
    assert len({response.json()["reply"]["trace_id"] for response in responses}) == 1
    types = [event["type"] for event in await visitor.events()]
    assert (types.count("message_received"), types.count("turn_finished")) == (1, 1)


async def test_the_same_client_id_with_another_body_is_refused(live: Live) -> None:
    visitor = await live.visitor()
    await visitor.post("退款多久到账？", client_id="same")
    response = await visitor.post("别的问题", client_id="same")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_conflict")
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_stream_ends_with_its_turn(live: Live) -> None:
    visitor = await live.visitor()
    headers = {**visitor.headers, "Accept": "text/event-stream"}
    body = {"client_id": "c1", "text": "退款多久到账？"}
    async with live.client.stream("POST", f"{visitor.path}/messages", json=body, headers=headers) as stream:
        lines = [line async for line in stream.aiter_lines()]
    events = [orjson.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["type"], events[-1]["type"]) == ("message_received", "turn_finished")
    joined = "".join(event["data"]["text"] for event in events if event["type"] == "answer_delta")
    assert joined == events[-1]["data"]["reply"]["text"]
    assert "trace" not in events[-1]["data"]


async def test_respond_async_gives_the_receipt_only(live: Live) -> None:
    visitor = await live.visitor()
    headers = {**visitor.headers, "Prefer": "respond-async"}
    body = {"client_id": "c1", "text": "退款多久到账？"}
    response = await live.client.post(f"{visitor.path}/messages", json=body, headers=headers)
    assert (response.status_code, response.json()["reply"]) == (202, None)
    again = await visitor.post("退款多久到账？", client_id="c1")
    assert again.json()["reply"]["decision"] == "answer"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"client_id": "c", "text": "x" * 4_001}, "message_too_long"),
        ({"client_id": "c", "text": "   "}, "invalid_input"),
        ({"client_id": "", "text": "hello"}, "invalid_input"),
        ({"client_id": "c", "text": 7}, "invalid_input"),
        ({"client_id": "c", "text": "hi", "workspace_id": "ws_other"}, "invalid_input"),
        ({"text": "hello"}, "invalid_input"),
        ([], "invalid_input"),
    ],
)
async def test_bad_input_is_a_typed_error_and_nothing_is_stored(
    body: object, code: str, sqlite_url: str, tmp_path: Path
) -> None:
    async with live_server(sqlite_url, tmp_path) as live:
        visitor = await live.visitor()
        response = await live.client.post(f"{visitor.path}/messages", json=body, headers=visitor.headers)
        stored = await live.client.get(visitor.path, headers=visitor.headers)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert stored.json()["last_seq"] == 0


async def test_rates_are_limited_with_retry_after(sqlite_url: str, tmp_path: Path) -> None:
    async with live_server(sqlite_url, tmp_path, messages_per_minute=2) as live:
        visitor = await live.visitor()
        for number in range(2):
            await visitor.ask("你好", client_id=str(number))
        refused = await visitor.post("你好", client_id="3")
        repeated = await visitor.post("你好", client_id="1")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1
    assert repeated.status_code == 200


async def test_others_conversations_do_not_exist(live: Live) -> None:
    owner, stranger = await live.visitor(), await live.visitor()
    reply = await owner.ask("退款多久到账？")
    citation = reply["citations"][0]["id"]
    for path in (
        owner.path,
        f"{owner.path}/events",
        f"{owner.path}/citations/{citation}",
        f"/api/v1/turns/{reply['trace_id']}/trace",
        f"{stranger.path}/citations/{citation}",
    ):
        assert (await live.client.get(path, headers=stranger.headers)).status_code == 404
    sent = await live.client.post(
        f"{owner.path}/messages", json={"client_id": "x", "text": "hi"}, headers=stranger.headers
    )
    assert sent.status_code == 404
    assert (await live.client.get(owner.path)).status_code == 401


async def test_the_trace_says_why(live: Live) -> None:
    visitor = await live.visitor()
    reply = await visitor.ask("退款多久到账？")
    trace = (await live.client.get(f"/api/v1/turns/{reply['trace_id']}/trace", headers=visitor.headers)).json()
    stages = [step["stage"] for step in trace["trace"]["steps"]]
    assert stages == ["normalise", "mode", "guard_in", "propose", "retrieve", "compose", "guard_out", "finish"]
    retrieve = next(step for step in trace["trace"]["steps"] if step["stage"] == "retrieve")
    assert retrieve["alternatives"]
    assert retrieve["facts"]["probability"] >= retrieve["threshold"]
    assert {"code", "strings", "knowledge", "encoder", "terms", "memory"} <= set(trace["trace"]["versions"])
    assert any("能答对的概率" in sentence for sentence in trace["why"])


async def test_agents_read_why_in_their_own_language(live: Live) -> None:
    reply = await (await live.visitor()).ask("退款多久到账？")
    path = f"/desk/turns/{reply['trace_id']}/trace"
    reader = await live.operator(Scope.INBOX_READ)
    told = (await reader.get(path, params={"language": "en"})).json()["why"]
    assert any("the probability that it answers is" in sentence for sentence in told)
    assert (await (await live.operator(Scope.JOBS_READ)).get(path)).status_code == 403
    assert (await reader.get("/desk/turns/turn_none/trace")).status_code == 404


async def test_ratings_are_checked_and_kept(live: Live) -> None:
    visitor = await live.visitor()
    good = await live.client.post(f"{visitor.path}/rating", json={"score": 5, "comment": "好"}, headers=visitor.headers)
    bad = await live.client.post(f"{visitor.path}/rating", json={"score": 6}, headers=visitor.headers)
    assert (good.status_code, bad.status_code) == (204, 422)
