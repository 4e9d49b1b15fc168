"""What a draft would change, before it is published."""

from typing import Any

from kefu.domain.access import Scope
from tests.support.live import Live, Operator
from tests.support.waiting import eventually

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)
DRAFT = "/knowledge/documents/pay/huabei"
ENTRY = {"language": "zh", "text": "可以用花呗付款。", "questions": ["可以用花呗付款吗"]}


async def _impact(operator: Operator, **body: Any) -> dict[str, Any]:
    ordered = await operator.post("/knowledge/impact", json={"language": "zh", **body})
    assert ordered.status_code == 202, ordered.text

    async def over() -> dict[str, Any]:
        found: dict[str, Any] = (await operator.get(f"/knowledge/impact/{ordered.json()['id']}")).json()
        return found if found["state"] in {"succeeded", "failed"} else {}

    found = await eventually(over)
    assert found["state"] == "succeeded", found
    return found


async def test_a_draft_answers_what_was_asked_in_vain_and_the_rest_stays(live: Live) -> None:
    operator, visitor = await live.operator(*BOTH), await live.visitor()
    for question in ("可以用花呗付款吗", "退款多久到账？", "可以用花呗付款吗"):
        await visitor.ask(question)
    await operator.request("PUT", DRAFT, json={**ENTRY, "is_draft": True})
    found = await _impact(operator, key="pay/huabei")
    assert (found["questions"], found["counts"]["answered"], found["counts"]["same"]) == (2, 1, 1)
    (change,) = found["changes"]
    assert (change["effect"], change["count"], change["before"]["is_answered"]) == ("answered", 2, False)
    assert change["after"]["quotes"] == [{"document": "pay/huabei", "text": "可以用花呗付款。"}]
    stranger = await live.visitor()
    assert (await stranger.ask("可以用花呗付款吗"))["decision"] == "abstain", "nothing was published"


async def test_a_text_that_is_not_stored_changes_words_and_document(live: Live) -> None:
    operator, visitor = await live.operator(*BOTH), await live.visitor()
    await visitor.ask("退款多久到账？")
    other = {**ENTRY, "questions": ["退款多久到账？"], "text": "仓库验收后 9 个工作日内退款。"}
    found = await _impact(operator, key="faq/refund-time", document=other)
    (change,) = found["changes"]
    assert (change["effect"], change["after"]["quotes"][0]["text"]) == ("other_words", other["text"])


async def test_without_a_draft_or_a_scope_nothing_is_ordered(live: Live) -> None:
    operator, reader = await live.operator(*BOTH), await live.operator(Scope.KNOWLEDGE_READ)
    body = {"key": "none", "language": "zh"}
    assert (await operator.post("/knowledge/impact", json=body)).status_code == 404
    assert (await reader.post("/knowledge/impact", json=body)).status_code == 403
    english = {**body, "document": {"language": "en", "text": "x"}}
    assert (await operator.post("/knowledge/impact", json=english)).status_code == 422
    assert (await operator.get("/knowledge/impact/job_none")).status_code == 404
