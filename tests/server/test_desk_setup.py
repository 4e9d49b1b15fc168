"""What the desk is made of: hours with their promise, agents, canned responses, suggestions."""

from datetime import UTC, datetime, timedelta

from kefu.domain.access import Scope
from kefu.domain.desk import AgentState
from tests.support.desk import agent_of
from tests.support.live import Live

ADMIN = (Scope.INBOX_ADMIN, Scope.INBOX_READ, Scope.INBOX_WRITE)


async def test_out_of_hours_a_time_is_promised_and_kept_by_a_reply(live: Live) -> None:
    admin, mei = await live.operator(*ADMIN), await agent_of(live)
    opens = datetime.now(UTC) + timedelta(days=2)
    weekly: list[list[list[str]]] = [[] for _ in range(7)]
    weekly[opens.weekday()] = [["09:00", "18:00"]]
    hours = {"time_zone": "UTC", "weekly": weekly, "answer_within_minutes": 30}
    put = await admin.request("PUT", "/desk/inboxes/api/hours", json=hours)
    assert (put.status_code, put.json()["is_open"]) == (200, False), put.text

    visitor = await live.visitor()
    reply = await visitor.ask("转人工")
    assert f"{opens.month}月{opens.day}日 09:30前在这里回复您" in reply["text"]
    (item,) = await mei.queue()
    assert datetime.fromisoformat(item["promised_at"]) == opens.replace(hour=9, minute=30, second=0, microsecond=0)
    again = await visitor.ask("退款多久到账？")
    assert again["text"].endswith(f"人工客服会在{opens.month}月{opens.day}日 09:30前回复您。")
    await mei.act(visitor.conversation_id, "take")
    kinds = [line["kind"] for line in (await mei.file(visitor.conversation_id))["card"]["lines"]]
    assert "promise" in kinds
    await mei.say(visitor.conversation_id, "在的")
    kinds = [line["kind"] for line in (await mei.file(visitor.conversation_id))["card"]["lines"]]
    assert "promise" not in kinds
    assert (await mei.told())[2]["data"]["waited_seconds"] is None, "a promised time is no wait"

    gone = await admin.request("DELETE", "/desk/inboxes/api/hours")
    assert (gone.json()["hours"], gone.json()["is_open"]) == (None, True)
    refused = await admin.request("PUT", "/desk/inboxes/api/hours", json={**hours, "time_zone": "Mars/Base"})
    assert refused.json()["code"] == "invalid_input"


async def test_with_nobody_there_and_no_hours_nothing_is_promised(live: Live) -> None:
    await agent_of(live, state=AgentState.AWAY)
    reply = await (await live.visitor()).ask("I want to talk to a person")
    assert "Nobody is online right now" in reply["text"]


async def test_agents_are_made_by_those_who_may(live: Live) -> None:
    admin = await live.operator(*ADMIN)
    made = (await admin.post("/desk/agents", json={"name": "小美", "languages": ["zh"], "teams": ["退款"]})).json()
    assert (made["name"], made["languages"], made["state"]) == ("小美", ["zh"], "offline")
    assert (await admin.post("/desk/agents", json={"name": "小美"})).json()["code"] == "conflict"
    changed = (await admin.request("PATCH", f"/desk/agents/{made['id']}", json={"teams": []})).json()
    assert (changed["languages"], changed["teams"]) == (["zh"], [])
    token = (await admin.post(f"/desk/agents/{made['id']}/keys")).json()["token"]
    me = await live.client.get("/api/v1/desk/agents/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["id"] == made["id"]
    assert [team["name"] for team in (await admin.get("/desk/teams")).json()["teams"]] == ["退款"]
    assert (await admin.get("/desk/agents/me")).status_code == 403


async def test_canned_responses_are_filled_in_and_suggestions_are_never_sent(live: Live) -> None:
    visitor, mei = await live.visitor(), await agent_of(live, "Mei")
    path = "/desk/canned-responses/hello"
    for language, text in (("zh", "您好，我是{inbox}的{agent}。"), ("en", "I am {agent}.")):
        assert (await mei.request("PUT", f"{path}?language={language}", json={"text": text})).status_code == 200
    unknown = await mei.request("PUT", f"{path}?language=zh", json={"text": "{password}"})
    assert unknown.json()["code"] == "invalid_input"
    await visitor.ask("退款多久到账？")
    filled = await mei.get(f"/desk/conversations/{visitor.conversation_id}/canned-responses/hello")
    assert filled.json()["text"] == "您好，我是小店 Shop的Mei。"
    assert len((await mei.get("/desk/canned-responses")).json()["canned_responses"]) == 2
    assert (await mei.request("DELETE", f"{path}?language=en")).status_code == 204
    assert (await mei.request("DELETE", f"{path}?language=en")).status_code == 404

    before = len(await visitor.events())
    found = (await mei.get(f"/desk/conversations/{visitor.conversation_id}/suggestion")).json()
    assert found["text"] == "仓库验收后 3 个工作日内退款，原路退回。"
    assert [citation["number"] for citation in found["citations"]] == [1]
    assert len(await visitor.events()) == before


async def test_whom_to_call_is_said_by_the_workspace_and_read_by_customers(live: Live) -> None:
    admin, visitor = await live.operator(*ADMIN), await live.visitor()
    assert (await admin.get("/desk/hotlines")).json() == {"hotlines": {}}
    assert "您可以联系" not in (await visitor.ask("充电宝爆炸了"))["text"]
    numbers = {"injury": {"zh": "急救 120"}, "fraud": {"zh": "报警 110", "en": "police 110"}}
    put = await admin.request("PUT", "/desk/hotlines", json={"hotlines": numbers})
    assert (put.status_code, put.json()) == (200, {"hotlines": numbers})
    assert "您可以联系：急救 120。" in (await (await live.visitor()).ask("充电宝爆炸了"))["text"]
    for wrong in (
        {"weather": {"zh": "x"}},
        {"injury": {"fr": "x"}},
        {"injury": {"zh": ""}},
        {"injury": {"zh": "x" * 301}},
    ):
        refused = await admin.request("PUT", "/desk/hotlines", json={"hotlines": wrong})
        assert refused.json()["code"] == "invalid_input"
    reader = await live.operator(Scope.INBOX_READ)
    assert (await reader.request("PUT", "/desk/hotlines", json={"hotlines": {}})).status_code == 403


async def test_only_a_key_that_says_so_may_approve(live: Live) -> None:
    admin, mei = await live.operator(*ADMIN), await agent_of(live)
    plain = (await admin.post(f"/desk/agents/{mei.agent_id}/keys")).json()["token"]
    deciding = (await admin.post(f"/desk/agents/{mei.agent_id}/keys", json={"may_approve": True})).json()["token"]
    for token, status in ((plain, 403), (deciding, 404)):
        mei.token = token
        assert (await mei.get("/actions")).json() == {"actions": []}
        assert (await mei.post("/actions/act_none/approve")).status_code == status
