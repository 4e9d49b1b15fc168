"""Approving in ``kefu inbox``: a dear return of the demo shop waits, is looked at, decided, and the customer hears of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kefu.cli.inbox.screen import HELP
from kefu.demo.orders.plugin import NAME
from kefu.dialogue.handoff import Policy
from kefu.dialogue.memory.case_card import CaseLineKind
from kefu.domain.action import AuthLevel, LedgerStatus, PendingActionState
from kefu.domain.conversation import Author, Handler, Status
from kefu.domain.desk import AgentState
from kefu.domain.turn import HandoffReason
from kefu.kit.strings import Strings
from kefu.plugins.context import ToolContact
from kefu.services.tool_ledger import StoredLedger
from tests.services.test_tool_ledger import entry_of
from tests.support.desk import DeskAgent, agent_of
from tests.support.keyboard import type_at_desk
from tests.support.live import Live, Visitor, live_server
from tests.support.waiting import eventually
from tests.support.writes import Books

STRINGS = Strings.load("kefu.dialogue")
RETURN = ("我要退货", "云步跑鞋那单", "全部", "不合适", "确认")


@pytest.fixture
async def shop(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    async with live_server(sqlite_url, tmp_path) as live:
        workspace = await live.factory.setup.ensure_workspace("shop")
        await live.factory.plugins.enable(workspace.id, NAME)
        await live.factory.abilities.of(workspace.id)  # its training, before the first turn has to wait for it
        yield live


async def approver(live: Live, name: str = "Mei") -> DeskAgent:
    """An agent whose key may decide."""
    found = await agent_of(live, name)
    issued = await live.factory.desk_people.issue_key(found.workspace_id, found.agent_id, may_approve=True)
    found.token = issued.token
    return found


async def returning(live: Live) -> Visitor:
    """A customer who has confirmed a return that needs an approval."""
    visitor = await live.visitor()
    replies = [await visitor.ask(line) for line in RETURN]
    assert "提交给同事审核" in replies[-1]["text"], replies
    return visitor


async def heard(visitor: Visitor) -> list[str]:
    """What the customer was told outside of a turn."""
    messages = [event["data"].get("message") for event in await visitor.events() if event["type"] == "message_received"]
    return [message["text"] for message in messages if message["author"] == "system"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_of_the_server_has_one_of_the_view(language: str) -> None:
    words = Strings.load("kefu.cli.inbox")
    named = [
        *(f"why_{one}" for one in (*HandoffReason, *Policy, None)),
        *(f"kind_{one}" for one in CaseLineKind),
        *(f"action_{one}" for one in PendingActionState),
        *(f"write_{one}" for one in LedgerStatus),
        *(f"status_{one}" for one in Status),
        *(f"handler_{one}" for one in Handler),
        *(f"author_{one}" for one in Author),
        *(f"state_{one}" for one in AgentState),
        *(key for _, key in HELP),
    ]
    assert [key for key in named if not words.get(key, language) and key != "why_None"] == []


async def test_an_approval_is_looked_at_and_given(shop: Live) -> None:
    visitor, mei = await returning(shop), await approver(shop)
    shown = await type_at_desk(shop.url, mei.token, "/approvals", "/approvals a1", "/approve a1 within the limit")
    assert "demo_create_return  order Q" in shown
    assert "358.00" in shown
    for evidence in ("confirmed #16   确认", "shown to the customer: order Q", "demo_get_order: succeeded. id Q"):
        assert evidence in shown, shown
    assert "This customer has asked for nothing before." in shown
    assert "Approved, and on its way" in shown

    async def is_told() -> bool:
        return bool(await heard(visitor))

    assert await eventually(is_told, seconds=30)
    assert await heard(visitor) == [STRINGS.get("action_succeeded", "zh")]
    called = [event["data"] for event in await visitor.events() if event["type"] == "tool_called"][-1]
    assert (called["tool"], called["status"], called["facts"]["refund_amount"]) == (
        "demo_create_return",
        "succeeded",
        "358.00",
    )
    decided = next(event for event in await mei.told() if event["type"] == "approval_decided")
    assert (decided["data"]["agent_name"], decided["data"]["reason"]) == ("Mei", "within the limit")
    assert "within the limit" not in repr(await visitor.events())


async def test_a_no_has_a_reason_and_is_told_and_kept(shop: Live) -> None:
    visitor, mei = await returning(shop), await approver(shop)
    shown = await type_at_desk(
        shop.url, mei.token, "/approvals", "/decline a1", "/decline a7 x", "/decline a1 鞋底已磨损", "/approvals",
        language="zh",
    )  # fmt: skip
    for text in ("等待审批", "请写明原因", "请指明 /approvals 列表中的一行", "已拒绝", "没有等待审批的申请"):
        assert text in shown, shown
    assert await heard(visitor) == [STRINGS.get("action_declined", "zh")]
    (declined,) = (await mei.get("/actions?state=declined")).json()["actions"]
    file = (await mei.get(f"/actions/{declined['id']}")).json()
    assert (file["action"]["reason"], file["decided_by_name"]) == ("鞋底已磨损", "Mei")


async def test_who_may_not_approve_sees_and_is_refused(shop: Live) -> None:
    visitor, tom = await returning(shop), await agent_of(shop, "Tom")
    shown = await type_at_desk(shop.url, tom.token, "/approvals", "/approve a1", "/decline a1 no")
    assert "demo_create_return" in shown
    assert shown.count("lacks the scope actions:write") == 2
    assert await heard(visitor) == []


async def test_taking_the_conversation_withdraws_what_waits_and_says_so(shop: Live) -> None:
    visitor, mei = await returning(shop), await approver(shop)
    await mei.act(visitor.conversation_id, "take")
    assert await heard(visitor) == [STRINGS.get("action_withdrawn", "zh")]
    assert (await mei.get("/actions")).json() == {"actions": []}
    states = [event["data"]["state"] for event in await mei.told() if event["type"] == "approval_decided"]
    assert states == ["expired"]
    assert [event["seq"] for event in await visitor.events()] == [*range(1, len(await visitor.events()) + 1)]


async def leave_unknown(live: Live, visitor: Visitor) -> None:
    """A write of the visitor's conversation whose end nobody knows."""
    workspace = await live.factory.setup.ensure_workspace("shop")
    async with live.factory.database.read(workspace.id) as unit:
        conversation = await unit.conversations.get(visitor.conversation_id)
    ledger = StoredLedger(live.factory.database, live.factory.delivery)
    books = Books(
        ledger, workspace.id, conversation.id, ToolContact(conversation.contact_id, None, AuthLevel.ANONYMOUS)
    )
    entry = entry_of(books, status=LedgerStatus.UNKNOWN, check_at=None)
    await ledger.begin(entry, action=None, rate=None, lease=None)


async def test_a_person_says_what_became_of_what_nobody_knows(shop: Live) -> None:
    visitor, mei = await shop.visitor(), await approver(shop)
    await visitor.ask("你好")
    await leave_unknown(shop, visitor)
    shown = await type_at_desk(
        shop.url, mei.token, "/approvals", "/settle w1", "/check w1", "/settle w1 succeeded seen in the shop",
        "/approvals",
    )  # fmt: skip
    for text in ("Outcome unknown", "only a person can say", "Has it succeeded or failed?", "unknown", "succeeded"):
        assert text in shown, shown
    assert shown.rstrip().splitlines()[-1].startswith("Nothing waits"), shown
    assert await heard(visitor) == [STRINGS.get("write_succeeded", "zh")]
    (write,) = (await mei.get("/actions/writes?status=succeeded")).json()["writes"]
    assert (write["detail"], write["decided_by"]) == ("seen in the shop", mei.token.partition(".")[0])
