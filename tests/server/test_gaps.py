"""The gap API: a question that was asked in vain is listed, ignored, opened, and asked again after a change."""

from typing import Any

from kefu.domain.access import Scope
from tests.support.live import Live, Operator
from tests.support.waiting import eventually

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)
QUESTION = "可以用花呗付款吗"


async def _list(operator: Operator, query: str = "") -> dict[str, Any]:
    body: dict[str, Any] = (await operator.get(f"/knowledge/gaps{query}")).json()
    return body


async def test_an_unanswered_question_is_listed_and_closed_by_a_document(live: Live) -> None:
    operator = await live.operator(*BOTH)
    assert (await (await live.visitor()).ask(QUESTION))["decision"] == "abstain"

    async def listed() -> list[Any]:
        found: list[Any] = (await _list(operator))["gaps"]
        return found

    (gap,) = await eventually(listed)
    assert (gap["question"], gap["count"], gap["state"], gap["recent"]) == (QUESTION, 1, "open", 1)
    entry = {"language": "zh", "text": "可以用花呗付款。", "questions": [QUESTION]}
    await operator.request("PUT", "/knowledge/documents/pay/huabei", json=entry)

    async def answered() -> list[Any]:
        found: list[Any] = (await _list(operator, "?state=answered"))["gaps"]
        return found

    (closed,) = await eventually(answered)
    assert (closed["id"], closed["nearest"]["key"]) == (gap["id"], "pay/huabei")
    assert (await _list(operator))["total"] == 0


async def test_a_gap_is_ignored_and_opened_by_hand(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await (await live.visitor()).ask(QUESTION)

    async def listed() -> list[Any]:
        found: list[Any] = (await _list(operator))["gaps"]
        return found

    (gap,) = await eventually(listed)
    path = f"/knowledge/gaps/{gap['id']}"
    assert (await operator.request("PATCH", path, json={"state": "ignored"})).json()["state"] == "ignored"
    assert (await operator.get(path)).json()["examples"] == [QUESTION]
    assert (await operator.request("PATCH", path, json={"state": "drafted"})).json()["code"] == "invalid_input"
    assert (await operator.request("PATCH", path, json={"state": "lost"})).status_code == 422
    assert (await operator.get("/knowledge/gaps/gap_none")).status_code == 404


async def test_gaps_need_their_scopes(live: Live) -> None:
    reader, writer = await live.operator(Scope.KNOWLEDGE_READ), await live.operator(Scope.KNOWLEDGE_WRITE)
    assert (await writer.get("/knowledge/gaps")).status_code == 403
    assert (await reader.request("PATCH", "/knowledge/gaps/x", json={"state": "open"})).status_code == 403
    assert (await reader.post("/knowledge/gaps/review")).status_code == 403
    assert (await writer.post("/knowledge/gaps/review")).json()["kind"] == "gap_review"
