"""A reply becomes a draft: masked, linked to its gap, answered from only after it is published."""

from typing import Any

import pytest

from kefu.domain.access import Scope
from tests.support.live import Live, Operator
from tests.support.waiting import eventually

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)
QUESTION = "可以用花呗付款吗"
REPLY = "王小明先生您好，可以用花呗付款，有问题打 13812345678。"


async def _gap(live: Live, operator: Operator) -> dict[str, Any]:
    await (await live.visitor()).ask(QUESTION)

    async def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await operator.get("/knowledge/gaps")).json()["gaps"]
        return found

    (gap,) = await eventually(listed)
    return gap


async def test_from_gap_to_answer(live: Live) -> None:
    operator = await live.operator(*BOTH)
    gap = await _gap(live, operator)
    made = (await operator.post("/knowledge/drafts", json={"gap_id": gap["id"], "reply": REPLY, "key": "pay"})).json()
    assert (made["questions"], made["gap_state"], made["document"]["is_draft"]) == ([QUESTION], "drafted", True)
    assert [(mark["kind"], mark["text"]) for mark in made["marks"]] == [("name", "王小明"), ("phone", "13812345678")]
    assert (await (await live.visitor()).ask(QUESTION))["decision"] == "abstain"
    await operator.post("/knowledge/documents/pay/publish?language=zh")
    reply = await (await live.visitor()).ask(QUESTION)
    assert "[name]先生您好，可以用花呗付款，有问题打 [phone]。" in reply["text"]

    async def answered() -> list[Any]:
        found: list[Any] = (await operator.get("/knowledge/gaps?state=answered")).json()["gaps"]
        return found

    (closed,) = await eventually(answered)
    assert (closed["id"], closed["draft_key"]) == (gap["id"], "pay")


async def test_from_a_stored_message_with_the_question_before_it(live: Live) -> None:
    operator, visitor = await live.operator(*BOTH), await live.visitor()
    await visitor.ask("退款多久到账？")
    message = (await visitor.events())[-1]["data"]["message"]
    made = await operator.post("/knowledge/drafts", json={"message_id": message["id"], "masks": False})
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["questions"], body["document"]["origin"]) == (["退款多久到账？"], f"message:{message['id']}")


async def test_a_draft_that_is_thrown_away_opens_its_gap(live: Live) -> None:
    operator = await live.operator(*BOTH)
    gap = await _gap(live, operator)
    await operator.post("/knowledge/drafts", json={"gap_id": gap["id"], "reply": "可以。", "key": "pay"})
    await operator.request("DELETE", "/knowledge/documents/pay?language=zh")
    assert (await operator.get(f"/knowledge/gaps/{gap['id']}")).json()["state"] == "open"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reply": "可以。"}, 422),
        ({"questions": ["x"]}, 422),
        ({"questions": ["x"], "reply": "y", "message_id": "msg_1"}, 422),
        ({"message_id": "msg_none"}, 404),
        ({"gap_id": "gap_none", "reply": "y"}, 404),
    ],
)
async def test_what_is_missing_is_told(live: Live, body: dict[str, Any], status: int) -> None:
    operator = await live.operator(*BOTH)
    assert (await operator.post("/knowledge/drafts", json=body)).status_code == status


async def test_a_visitors_words_are_no_answer(live: Live) -> None:
    operator, visitor = await live.operator(*BOTH), await live.visitor()
    message = (await visitor.post("退款多久到账？")).json()["message"]
    refused = await operator.post("/knowledge/drafts", json={"message_id": message["id"]})
    assert refused.json()["code"] == "invalid_input"
