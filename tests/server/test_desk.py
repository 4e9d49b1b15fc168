"""The desk over HTTP, as its people use it: asked for, queued, taken, answered, noted, passed on, given back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection

from kefu.domain.access import Scope
from tests.support.desk import agent_of
from tests.support.live import Live
from tests.support.waiting import eventually


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def test_from_a_wish_for_a_person_to_the_assistant_again(live: Live) -> None:
    visitor, mei = await live.visitor(), await agent_of(live)
    handed = await visitor.ask("我要转人工")
    assert (handed["decision"], handed["handler"]) == ("handoff", "queue")
    assert "第 1 位" in handed["text"]
    (waiting,) = await mei.queue()
    assert (waiting["id"], waiting["place"], waiting["reason"]) == (visitor.conversation_id, 1, "customer_request")
    assert waiting["preview"] == "我要转人工"

    assert (await mei.act(waiting["id"], "take")).json()["handler"] == "agent"
    said = await mei.say(waiting["id"], "您好，我是小美，请问有什么可以帮您？")
    assert (said.status_code, said.json()["message"]["author"]) == (201, "agent")
    assert (await visitor.post("我的订单 W2378156 到哪了")).json()["reply"] is None

    async with visitor.socket(after=0) as socket:
        seen = await _until(socket, lambda event: event["data"].get("message", {}).get("author") == "agent")
    assert seen[-1]["data"]["message"]["text"] == "您好，我是小美，请问有什么可以帮您？"
    assert "agent_id" not in seen[-1]["data"]
    changes = [event["data"] for event in seen if event["type"] == "status_changed"]
    assert changes == [{"status": "open", "handler": "queue"}, {"status": "open", "handler": "agent"}]

    assert (await mei.act(waiting["id"], "give-back")).json()["handler"] == "assistant"
    again = await visitor.ask("退款多久到账？")
    assert (again["decision"], again["handler"]) == ("answer", "assistant")
    assert (await mei.queue()) == []


async def test_of_two_agents_one_wins_and_the_other_is_told_who(live: Live) -> None:
    visitor, mei, tom = await live.visitor(), await agent_of(live, "Mei"), await agent_of(live, "Tom")
    await visitor.ask("转人工")
    answers = await asyncio.gather(*(who.act(visitor.conversation_id, "take") for who in (mei, tom)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409).json()
    winner = "Mei" if answers[0].status_code == 200 else "Tom"
    assert lost["code"] == "conversation_taken"
    assert winner in lost["detail"]
    loser = tom if winner == "Mei" else mei
    assert (await loser.say(visitor.conversation_id, "hi")).json()["code"] == "conversation_not_held"
    assert (await loser.act(visitor.conversation_id, "resolve")).json()["code"] == "conversation_not_held"
    assert types(await mei.told()).count("conversation_taken") == 1


async def test_a_reply_is_said_once_for_each_client_id(live: Live) -> None:
    visitor, mei = await live.visitor(), await agent_of(live)
    await visitor.ask("转人工")
    await mei.act(visitor.conversation_id, "take")
    answers = await asyncio.gather(*(mei.say(visitor.conversation_id, "在的") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.json()["message"]["id"] for answer in answers}) == 1
    other = await mei.say(visitor.conversation_id, "不是同一句")
    assert other.json()["code"] == "idempotency_conflict"


async def test_who_waits_is_answered_from_the_knowledge_and_told_the_place(live: Live) -> None:
    first, second, _ = await live.visitor(), await live.visitor(), await agent_of(live)
    await first.ask("转人工")
    assert "第 2 位" in (await second.ask("转人工"))["text"]
    answer = await second.ask("退款多久到账？")
    assert (answer["decision"], answer["handler"]) == ("answer", "queue")
    assert "3 个工作日" in answer["text"]
    assert answer["text"].endswith("您排在人工客服队列的第 2 位。")
    noted = await second.ask("你们公司的股票代码是多少？")
    assert noted["quick_replies"] == []
    assert "已记下" in noted["text"]
    again = await second.ask("转人工")
    assert "已经在等待" in again["text"]
    assert "第 2 位" in again["text"]


async def test_notes_and_labels_never_reach_a_visitor(live: Live) -> None:
    visitor, mei = await live.visitor(), await agent_of(live)
    await visitor.ask("转人工")
    await mei.act(visitor.conversation_id, "take")
    note = await mei.act(visitor.conversation_id, "notes", text="VIP 客户，SECRET-NOTE")
    assert note.status_code == 201
    labels = await mei.request(
        "PUT", f"/desk/conversations/{visitor.conversation_id}/labels", json={"labels": [" Secret-Label ", "vip"]}
    )
    assert labels.json()["labels"] == ["secret-label", "vip"]
    await mei.say(visitor.conversation_id, "在的")

    stored = await visitor.events()
    assert [event["seq"] for event in stored] == list(range(1, len(stored) + 1)), "a note leaves no gap either"
    shown = repr(stored) + repr((await visitor.client.get(visitor.path, headers=visitor.headers)).json())
    turn = next(event["turn_id"] for event in stored if event["turn_id"])
    shown += (await visitor.client.get(f"/api/v1/turns/{turn}/trace", headers=visitor.headers)).text
    assert "secret" not in shown.lower()
    for path in ("/desk/queue", f"/desk/conversations/{visitor.conversation_id}", "/desk/events"):
        refused = await visitor.client.get(f"/api/v1{path}", headers=visitor.headers)
        assert (refused.status_code, "secret" in refused.text.lower()) == (401, False)

    file = await mei.file(visitor.conversation_id)
    assert [one["text"] for one in file["notes"]] == ["VIP 客户，SECRET-NOTE"]
    assert file["conversation"]["labels"] == ["secret-label", "vip"]
    assert [one["id"] for one in await mei.queue("?view=held&label=vip")] == [visitor.conversation_id]
    assert await mei.queue("?view=held&label=none") == []


async def test_what_happens_is_told_to_agents_live_and_again_by_number(live: Live) -> None:
    visitor, mei, tom = await live.visitor(), await agent_of(live, "Mei"), await agent_of(live, "Tom")
    await visitor.ask("转人工")
    await visitor.post("在吗")
    await mei.act(visitor.conversation_id, "take")
    await mei.say(visitor.conversation_id, "在的")
    await mei.act(visitor.conversation_id, "notes", text="x")
    await mei.act(visitor.conversation_id, "transfer", agent_id=tom.agent_id)
    await tom.act(visitor.conversation_id, "resolve")
    told = await tom.told()
    assert types(told) == [
        "conversation_queued", "message_arrived", "conversation_taken", "message_arrived", "note_added",
        "conversation_transferred", "conversation_resolved",
    ]  # fmt: skip
    assert [event["seq"] for event in told] == list(range(1, 8))
    assert types(await tom.told(after=5)) == types(told)[5:]
    taken = told[2]["data"]
    assert (taken["agent_name"], taken["waited_seconds"] >= 0) == ("Mei", True)


async def test_a_resolved_conversation_begins_anew_with_the_assistant(live: Live) -> None:
    visitor, mei = await live.visitor(), await agent_of(live)
    await visitor.ask("转人工")
    await mei.act(visitor.conversation_id, "take")
    assert (await mei.act(visitor.conversation_id, "resolve")).json()["status"] == "resolved"
    assert (await mei.act(visitor.conversation_id, "resolve")).status_code == 200
    reply = await visitor.ask("退款多久到账？")
    assert (reply["decision"], reply["handler"]) == ("answer", "assistant")
    state = (await visitor.client.get(visitor.path, headers=visitor.headers)).json()
    assert (state["status"], state["handler"]) == ("open", "assistant")
    await mei.act(visitor.conversation_id, "take")
    await mei.act(visitor.conversation_id, "resolve")
    reopened = (await mei.act(visitor.conversation_id, "reopen")).json()
    assert (reopened["status"], reopened["handler"], reopened["agent_id"]) == ("open", "agent", mei.agent_id)


async def test_a_transfer_to_a_team_waits_there_at_its_old_place(live: Live) -> None:
    first, second, mei = await live.visitor(), await live.visitor(), await agent_of(live)
    admin = await live.operator(Scope.INBOX_ADMIN, Scope.INBOX_READ)
    team = (await admin.post("/desk/teams", json={"name": "退款组"})).json()
    await first.ask("转人工")
    await second.ask("转人工")
    await mei.act(first.conversation_id, "take")
    moved = (await mei.act(first.conversation_id, "transfer", team_id=team["id"])).json()
    assert (moved["handler"], moved["place"], moved["agent_id"]) == ("queue", 1, None)
    assert [one["id"] for one in await mei.queue(f"?team={team['id']}")] == [first.conversation_id]
    assert [one["id"] for one in await mei.queue()] == [first.conversation_id, second.conversation_id]
    assert (await mei.act(first.conversation_id, "transfer")).json()["code"] == "invalid_input"
    away = await agent_of(live, "Tom", state=None)
    refused = await mei.act(first.conversation_id, "transfer", agent_id=away.agent_id)
    assert refused.json()["code"] == "agent_unavailable"


async def test_a_snooze_ends_by_time_or_by_the_customer(live: Live) -> None:
    visitor, mei = await live.visitor(), await agent_of(live)
    await visitor.ask("转人工")
    await mei.act(visitor.conversation_id, "take")
    past = await mei.act(visitor.conversation_id, "snooze", until="2020-01-01T00:00:00Z")
    assert past.json()["code"] == "invalid_input"
    asleep = await mei.act(visitor.conversation_id, "snooze", until="2099-01-01T00:00:00Z")
    assert (asleep.json()["status"], len(await mei.queue("?view=snoozed"))) == ("snoozed", 1)
    await visitor.post("还有一个问题")
    (awake,) = await mei.queue("?view=held")
    assert (awake["status"], awake["agent_id"]) == ("open", mei.agent_id)
    assert types(await mei.told())[-2:] == ["conversation_reopened", "message_arrived"]
    soon = (live.factory.clock.now().timestamp() + 0.3) * 1000
    await mei.act(visitor.conversation_id, "snooze", until=_iso(soon))

    async def opened() -> list[Any]:
        return await mei.queue("?view=held")

    assert await eventually(opened)


async def test_the_desk_needs_its_scopes_and_an_agent(live: Live) -> None:
    visitor = await live.visitor()
    reader, writer = await live.operator(Scope.INBOX_READ), await live.operator(Scope.INBOX_WRITE)
    assert (await writer.get("/desk/queue")).status_code == 403
    assert (await reader.get("/desk/queue")).status_code == 200
    assert (await reader.post(f"/desk/conversations/{visitor.conversation_id}/take")).status_code == 403
    nobody = await writer.post(f"/desk/conversations/{visitor.conversation_id}/take")
    assert (nobody.status_code, nobody.json()["code"]) == (403, "forbidden")
    assert (await writer.post("/desk/agents", json={"name": "Eve"})).status_code == 403


def _iso(milliseconds: float) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


async def _until(socket: ClientConnection, is_last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    while not seen or not is_last(seen[-1]):
        frame = orjson.loads(await socket.recv())
        if frame["type"] == "event":
            seen.append(frame["event"])
    return seen
