"""Hit tests: why a question finds what it finds, and what is kept back from whom."""

from typing import Any

import pytest

from kefu.domain.access import Scope
from tests.support.live import Live, Operator

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)
QUESTION = "退货邮费谁出"


async def _search(operator: Operator, query: str = QUESTION, **fields: Any) -> dict[str, Any]:
    response = await operator.post("/knowledge/search", json={"query": query, **fields})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def _put(operator: Operator, key: str, text: str, **fields: Any) -> None:
    path = f"/knowledge/documents/{key}"
    response = await operator.request("PUT", path, json={"language": "zh", "text": text, **fields})
    assert response.status_code == 201, response.text


async def test_scores_before_and_after_fusion_and_what_matched(live: Live) -> None:
    body = await _search(await live.operator(*BOTH), "寄回去运费谁出")
    best = body["found"][0]
    assert (best["document"], best["fused"]["rank"], best["hidden"]) == ("faq/returns-fee", 1, None)
    assert best["by_words"]["kind"] == "question"
    assert 0 < best["lexical"]["score"] <= 1
    assert best["semantic"] is None, "this server has no encoder"
    assert "运费" in best["terms"]
    assert all(hit["fused"]["score"] < hit["floor"] for hit in body["kept_back"] if hit["hidden"] == "below_floor")


async def test_the_answer_and_what_raised_its_probability(live: Live) -> None:
    answer = (await _search(await live.operator(*BOTH)))["answer"]
    assert answer["is_answerable"]
    assert answer["probability"] >= answer["threshold"]
    assert answer["quotes"][0]["document"] == "faq/returns-fee"
    assert {"bias", "top"} <= answer["contributions"].keys()


async def test_a_synonym_is_told(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _put(operator, "post", "# 邮寄\n\n快递费由买家支付。")
    body = await _search(operator, "运费由谁支付")
    (hit,) = [one for one in body["found"] if one["document"] == "post"]
    assert any("运费" in one["asked"] and "快递费" in one["found"] for one in hit["synonyms"]), hit["synonyms"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"segments": ["vip"]}, "segment"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "expired"),
        ({"valid_from": "2999-01-01T00:00:00Z"}, "not_yet_valid"),
    ],
)
async def test_what_a_viewer_may_not_see_is_told_with_the_reason(
    live: Live, fields: dict[str, Any], reason: str
) -> None:
    operator = await live.operator(*BOTH)
    await _put(operator, "cat", "黑猫礼盒售价 99 元。", **fields)
    await live.factory.knowledge.refresh(operator.workspace_id)
    body = await _search(operator, "黑猫礼盒售价")
    assert [hit["hidden"] for hit in body["kept_back"] if hit["document"] == "cat"] == [reason]
    assert not body["answer"]["is_answerable"]
    if reason == "segment":
        seen = await _search(operator, "黑猫礼盒售价", viewer={"segments": ["vip"]})
        assert seen["found"][0]["document"] == "cat"


async def test_a_slip_is_read_and_told(live: Live) -> None:
    body = await _search(await live.operator(*BOTH), "how long does a refnd take", language="en")
    assert [(one["typed"], one["meant"]) for one in body["answer"]["corrections"]] == [("refnd", "refund")]


async def test_searching_needs_its_scope_and_a_query(live: Live) -> None:
    writer, reader = await live.operator(Scope.KNOWLEDGE_WRITE), await live.operator(Scope.KNOWLEDGE_READ)
    assert (await writer.post("/knowledge/search", json={"query": "x"})).status_code == 403
    for body in (
        {"query": ""},
        {"query": "x" * 1001},
        {"query": "x", "limit": 99},
        {"query": "x", "viewer": {"at": "now"}},
    ):
        assert (await reader.post("/knowledge/search", json=body)).status_code == 422
