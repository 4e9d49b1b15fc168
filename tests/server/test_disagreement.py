"""Two documents that contradict each other: newer validity wins, else both are shown and the owner is told."""

from typing import Any

from kefu.domain.access import Scope
from tests.support.live import Live, Operator
from tests.support.waiting import eventually

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)
QUESTION = "礼品卡有效期多久"


async def _put(operator: Operator, key: str, text: str, **fields: Any) -> None:
    body = {"language": "zh", "text": text, "questions": [f"礼品卡有效期多久（{key}）", QUESTION], **fields}
    response = await operator.request("PUT", f"/knowledge/documents/{key}", json=body)
    assert response.status_code == 201, response.text


async def test_both_are_quoted_and_the_owner_is_told(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _put(operator, "old", "礼品卡有效期为 3 年。")
    await _put(operator, "new", "礼品卡有效期为 5 年。")
    await live.factory.knowledge.refresh(operator.workspace_id)
    reply = await (await live.visitor()).ask(QUESTION)
    assert reply["decision"] == "answer"
    assert sorted(citation["quote"] for citation in reply["citations"]) == [
        "礼品卡有效期为 3 年。",
        "礼品卡有效期为 5 年。",
    ]
    assert "不一致" in reply["text"]
    assert [one["choice"] for one in reply["quick_replies"]] == ["handoff:yes", "handoff:no"]

    async def told() -> list[Any]:
        found: list[Any] = (await operator.get("/knowledge/findings?kind=contradiction")).json()["findings"]
        return found

    (finding,) = await eventually(told)
    assert {subject["key"] for subject in finding["subjects"]} == {"old", "new"}
    assert {finding["evidence"]["one_says"], finding["evidence"]["other_says"]} == {"3 year", "5 year"}
    await (await live.visitor()).ask(QUESTION)
    assert len(await told()) == 1, "the same contradiction is the same finding"


async def test_the_newer_validity_wins(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _put(operator, "old", "礼品卡有效期为 3 年。")
    await _put(operator, "new", "礼品卡有效期为 5 年。", valid_from="2025-01-01T00:00:00Z")
    await live.factory.knowledge.refresh(operator.workspace_id)
    reply = await (await live.visitor()).ask(QUESTION)
    assert [citation["quote"] for citation in reply["citations"]] == ["礼品卡有效期为 5 年。"]
    assert "不一致" not in reply["text"]
