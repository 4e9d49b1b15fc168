"""The knowledge API: put, read, date, publish, remove; with the right key, of one's own workspace."""

import asyncio
from typing import Any

import pytest

from kefu.domain.access import Scope
from tests.knowledge.chunks import TopicEmbedder
from tests.support.live import Live, Operator

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)
PATH = "/knowledge/documents/gifts/black-cat"
TEXT = "# 黑猫礼盒\n\n黑猫礼盒售价 99 元。"


async def _put(operator: Operator, **fields: Any) -> dict[str, Any]:
    response = await operator.request("PUT", PATH, json={"language": "zh", "text": TEXT, **fields})
    assert response.status_code in {200, 201}, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_what_was_put_is_answered_and_cited(live: Live) -> None:
    operator = await live.operator(*BOTH)
    first = await operator.request("PUT", PATH, json={"language": "zh", "text": TEXT})
    assert (first.status_code, first.json()["is_changed"]) == (201, True)
    assert (await _put(operator))["is_changed"] is False
    reply = await (await live.visitor()).ask("黑猫礼盒售价多少元？")
    assert reply["decision"] == "answer", reply
    assert "99 元" in reply["text"]


async def test_a_draft_waits_and_is_published(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _put(operator, is_draft=True)
    assert (await operator.get(f"{PATH}?language=zh")).status_code == 404
    (draft,) = (await operator.get("/knowledge/documents?drafts=true")).json()["documents"]
    assert (draft["key"], draft["is_draft"]) == ("gifts/black-cat", True)
    published = await operator.post(f"{PATH}/publish?language=zh")
    assert (published.json()["is_current"], published.json()["text"]) == (True, TEXT.removeprefix("# "))


async def test_a_faq_entry_and_its_attributes(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _put(operator, text="可以。", questions=["黑猫礼盒能退吗", "黑猫礼盒退货"], segments=["vip"], tags=["gift"])
    shown = (await operator.get(f"{PATH}?language=zh")).json()
    assert (shown["kind"], shown["title"], shown["segments"]) == ("faq", "黑猫礼盒能退吗", ["vip"])
    body = {"segments": [], "valid_until": "2020-01-01T00:00:00Z"}
    changed = (await operator.request("PATCH", f"{PATH}?language=zh", json=body)).json()
    assert (changed["segments"], changed["tags"], changed["version"]) == ([], ["gift"], 1)
    reply = await (await live.visitor()).ask("黑猫礼盒能退吗")
    assert reply["decision"] == "abstain"


async def test_a_removed_document_is_not_answered_from_and_its_versions_stay(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _put(operator)
    assert (await operator.request("DELETE", f"{PATH}?language=zh")).status_code == 204
    assert (await operator.request("DELETE", f"{PATH}?language=zh")).status_code == 404
    assert (await (await live.visitor()).ask("黑猫礼盒售价多少元？"))["decision"] == "abstain"
    versions = (await operator.get(f"{PATH}/versions?language=zh")).json()["documents"]
    assert [one["is_current"] for one in versions] == [False]


@pytest.mark.parametrize(
    "body",
    [
        {"language": "fr", "text": "x"},
        {"language": "zh", "text": ""},
        {"language": "zh", "text": "---\n---"},
        {"language": "zh", "text": TEXT, "valid_from": "2026-05-01T00:00:00"},
        {"language": "zh", "text": TEXT, "valid_from": "2026-05-02T00:00:00Z", "valid_until": "2026-05-01T00:00:00Z"},
        {"language": "zh", "text": TEXT, "workspace_id": "ws_other"},
        {"language": "zh", "text": TEXT, "segments": [""]},
    ],
)
async def test_a_wrong_document_is_refused_and_nothing_is_stored(live: Live, body: dict[str, Any]) -> None:
    operator = await live.operator(*BOTH)
    assert (await operator.request("PUT", PATH, json=body)).status_code == 422
    assert (await operator.get(f"{PATH}?language=zh")).status_code == 404


async def test_reading_and_writing_need_their_scopes(live: Live) -> None:
    reader, writer = await live.operator(Scope.KNOWLEDGE_READ), await live.operator(Scope.KNOWLEDGE_WRITE)
    body = {"language": "zh", "text": TEXT}
    assert (await reader.request("PUT", PATH, json=body)).json()["code"] == "forbidden"
    assert (await writer.get("/knowledge/documents")).json()["code"] == "forbidden"
    assert (await live.client.get("/api/v1/knowledge/documents")).json()["code"] == "unauthenticated"


async def test_reindexing_is_a_job_for_those_who_may_write(live: Live) -> None:
    reader = await live.operator(Scope.KNOWLEDGE_READ)
    assert (await reader.post("/knowledge/reindex")).status_code == 403
    operator = await live.operator(*BOTH)
    refused = await operator.post("/knowledge/reindex")
    assert (refused.status_code, refused.json()["code"]) == (500, "configuration_invalid")


async def test_a_changed_encoder_is_a_remark_until_its_job_is_through(live: Live) -> None:
    operator = await live.operator(*BOTH, Scope.JOBS_READ)
    live.factory.knowledge.indexing.encoders.configured = TopicEmbedder(languages=frozenset({"zh", "en"}))
    async with live.factory.database.write(operator.workspace_id) as unit:
        await unit.workspaces.set_encoder("gone-1")
    reply = await (await live.visitor()).ask("退款多久到账？")
    assert reply["decision"] == "answer"
    remarks = {"knowledge": {operator.workspace_id: "words_only"}}
    assert (await live.client.get("/readyz")).json() == {"status": "ready", "problems": {}, "remarks": remarks}
    ordered = await operator.post("/knowledge/reindex")
    assert (ordered.status_code, ordered.json()["kind"]) == (202, "reindex")
    async with asyncio.timeout(30):
        while True:
            job = (await operator.get(f"/jobs/{ordered.json()['id']}")).json()
            if job["state"] == "succeeded":
                break
            await asyncio.sleep(0.05)
    assert job["done"] == job["total"] > 0
    assert "remarks" not in (await live.client.get("/readyz")).json()
