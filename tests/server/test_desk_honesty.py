"""What a customer is told about people is true: asked for at any moment, in the queue, after hours, and given back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from kefu.demo.orders.plugin import NAME
from kefu.domain.hours import OpeningHours
from kefu.models.scripted import ScriptedModel
from tests.support.desk import agent_of
from tests.support.live import Live, Visitor, live_server

UNKNOWN = "你们公司的股票代码是多少？"
FLOW = ("我要退货", "云步跑鞋那单", "云步跑鞋", "不合适")


@pytest.fixture
async def shop(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    """The shop, where returns are opened in a flow."""
    async with live_server(sqlite_url, tmp_path) as live:
        workspace = await live.factory.setup.ensure_workspace("shop")
        await live.factory.plugins.enable(workspace.id, NAME)
        await live.factory.abilities.of(workspace.id)
        yield live


async def ask_all(visitor: Visitor, *lines: str) -> str:
    replies = [await visitor.ask(line) for line in lines]
    return str(replies[-1]["text"])


@pytest.mark.parametrize("steps", range(1, len(FLOW) + 1))
@pytest.mark.parametrize("request_", ["能不能换个人", "this bot is useless, human!"])
async def test_a_person_is_had_at_every_step_of_a_flow(shop: Live, steps: int, request_: str) -> None:
    visitor, mei = await shop.visitor(), await agent_of(shop)
    await ask_all(visitor, *FLOW[:steps])
    handed = await visitor.ask(request_)
    assert (handed["decision"], handed["handler"]) == ("handoff", "queue"), handed["text"]
    (waiting,) = await mei.queue()
    assert waiting["reason"] == "customer_request"
    lines = (await mei.file(visitor.conversation_id))["card"]["lines"]
    slots = {line["text"].partition("：")[0]: line["text"] for line in lines if line["kind"] == "slot"}
    assert len(slots) >= steps - 1, "what the flow knows is on the card"
    if steps == len(FLOW):
        assert slots["原因"] == "原因：尺码不合适"
        assert [line["text"].partition("（")[0] for line in lines if line["kind"] == "pending"] == [
            "demo_create_return：等待客户确认"
        ]
    await mei.act(visitor.conversation_id, "take")
    await mei.act(visitor.conversation_id, "give-back")
    assert (await visitor.ask("确认"))["decision"] != "act", "what was offered before accepts no yes"


async def test_two_abstentions_or_anger_end_with_a_person(shop: Live) -> None:
    calm, angry = await shop.visitor(), await shop.visitor()
    first = await calm.ask(UNKNOWN)
    assert (first["decision"], [one["choice"] for one in first["quick_replies"]]) == (
        "abstain",
        ["handoff:yes", "handoff:no"],
    )
    assert (await calm.ask("贵司的注册资本有多少？"))["handler"] == "queue"
    upset = await angry.ask("你们这群骗人的垃圾，气死我了！到底什么时候上市？")
    assert upset["handler"] in {"assistant", "queue"}
    assert upset["handler"] == "queue" or "转接人工客服" in upset["text"]


async def test_a_place_is_true_after_others_have_left(shop: Live) -> None:
    visitors, mei = [await shop.visitor() for _ in range(3)], await agent_of(shop)
    for place, visitor in enumerate(visitors, start=1):
        assert f"第 {place} 位" in await ask_all(visitor, "转人工")
    await mei.act(visitors[0].conversation_id, "take")
    assert "第 2 位" in await ask_all(visitors[2], "还有多久")
    await mei.act(visitors[1].conversation_id, "resolve")
    assert "第 1 位" in await ask_all(visitors[2], "还有多久")


async def test_when_the_last_agent_leaves_who_waits_is_told(shop: Live) -> None:
    visitor, mei = await shop.visitor(), await agent_of(shop)
    assert "没有客服在线" not in await ask_all(visitor, "转人工")
    await mei.request("PUT", "/desk/agents/me", json={"state": "offline"})
    told = await ask_all(visitor, "在吗")
    assert "第 1 位" in told
    assert "目前没有客服在线" in told


async def test_after_hours_a_time_is_promised_and_kept_on_the_card(shop: Live) -> None:
    visitor, mei = await shop.visitor(), await agent_of(shop)
    now = datetime.now(UTC)
    day = (time(9, 0), time(18, 0))
    weekly = tuple((day,) if number != now.weekday() else () for number in range(7))
    hours = OpeningHours("UTC", weekly, {}, timedelta(hours=1))
    await shop.factory.desk_hours.set_hours(mei.workspace_id, "api", hours)
    told = await ask_all(visitor, "转人工")
    promise = datetime.combine(now.date() + timedelta(days=1), time(10, 0), UTC)
    assert "现在是非服务时间" in told
    assert f"{promise.month}月{promise.day}日 10:00前" in told
    (waiting,) = await mei.queue()
    assert datetime.fromisoformat(waiting["promised_at"]) == promise
    (line,) = [one for one in (await mei.file(visitor.conversation_id))["card"]["lines"] if one["kind"] == "promise"]
    assert f"{promise:%Y-%m-%d} 10:00 (UTC)" in line["text"]
    await mei.act(visitor.conversation_id, "take")
    await mei.say(visitor.conversation_id, "您好")
    assert (await mei.file(visitor.conversation_id))["conversation"]["promised_at"] is None, "the promise is kept"


async def test_a_rating_after_the_end_reaches_the_desk(shop: Live) -> None:
    visitor, alone, mei = await shop.visitor(), await shop.visitor(), await agent_of(shop)
    await visitor.ask("转人工")
    await mei.act(visitor.conversation_id, "take")
    await mei.act(visitor.conversation_id, "resolve")
    for one in (visitor, alone):
        rated = await one.client.post(f"{one.path}/rating", json={"score": 4, "comment": "很快"}, headers=one.headers)
        assert rated.status_code == 204
    told = [event for event in await mei.told() if event["type"] == "conversation_rated"]
    assert [(event["conversation_id"], event["data"]) for event in told] == [
        (visitor.conversation_id, {"score": 4, "comment": "很快"})
    ]
    assert (await mei.file(visitor.conversation_id))["conversation"]["status"] == "resolved", "a rating opens nothing"


async def test_the_assistant_goes_on_from_what_the_agent_has_said(sqlite_url: str, tmp_path: Path) -> None:
    model = ScriptedModel(["仓库验收后 3 个工作日内退款，原路退回。[1]"] * 3)
    async with live_server(sqlite_url, tmp_path, model=model) as live:
        visitor, mei = await live.visitor(), await agent_of(live)
        await visitor.ask("转人工")
        await mei.act(visitor.conversation_id, "take")
        await mei.say(visitor.conversation_id, "您的退款编号是 R-20488，今天下午会寄出。")
        await mei.act(visitor.conversation_id, "give-back")
        again = await visitor.ask("再说一遍")
        assert again["text"] == "您的退款编号是 R-20488，今天下午会寄出。"
        deltas = [event["data"] for event in await visitor.events() if event["type"] == "answer_delta"]
        assert deltas[-1]["kind"] == "agent"
        assert (await visitor.ask("退款多久到账？"))["decision"] == "answer"
        shown = "".join(prompt.text for request in model.requests for prompt in request.prompts)
        assert "R-20488" in shown
