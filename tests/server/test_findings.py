"""The findings API: a review is ordered, its findings are listed and dismissed, its coverage is read."""

from typing import Any

from kefu.domain.access import Scope
from tests.support.live import Live
from tests.support.waiting import eventually

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)


async def test_a_review_from_order_to_dismissal(live: Live) -> None:
    operator = await live.operator(*BOTH)
    assert (await operator.get("/knowledge/coverage")).status_code == 404
    await (await live.visitor()).ask("退款多久到账？")
    await (await live.visitor()).ask("可以用花呗付款吗")
    ordered = await operator.post("/knowledge/review")
    assert (ordered.status_code, ordered.json()["kind"]) == (202, "knowledge_review")

    async def covered() -> dict[str, Any]:
        response = await operator.get("/knowledge/coverage")
        body: dict[str, Any] = response.json() if response.status_code == 200 else {}
        return body

    coverage = await eventually(covered)
    topics = {topic["question"]: topic for topic in coverage["topics"]}
    assert (topics["退款多久到账"]["answered"], topics["退款多久到账"]["documents"]) == (1, ["faq/refund-time"])
    assert topics["可以用花呗付款吗"]["abstained"] == 1
    assert "warranty" in coverage["unneeded"]
    (finding,) = (await operator.get("/knowledge/findings")).json()["findings"]
    assert (finding["kind"], finding["subjects"][0]["key"]) == ("translation_missing", "warranty")
    path = f"/knowledge/findings/{finding['id']}"
    assert (await operator.request("PATCH", path, json={"state": "dismissed"})).json()["state"] == "dismissed"
    assert (await operator.get("/knowledge/findings")).json()["findings"] == []


async def test_findings_need_their_scopes(live: Live) -> None:
    reader, writer = await live.operator(Scope.KNOWLEDGE_READ), await live.operator(Scope.KNOWLEDGE_WRITE)
    assert (await writer.get("/knowledge/findings")).status_code == 403
    assert (await writer.get("/knowledge/coverage")).status_code == 403
    assert (await reader.post("/knowledge/review")).status_code == 403
    assert (await reader.request("PATCH", "/knowledge/findings/x", json={"state": "open"})).status_code == 403
