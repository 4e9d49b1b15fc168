"""The API of the knowledge graph: added with a proof, changed, judged; with the right key."""

from kefu.domain.access import Scope
from tests.support.live import Live

BOTH = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE)
EDGE = {"language": "zh", "subject": "黑猫礼盒", "relation": "售价", "value": "99 元"}
PROOF = {"document": "gifts/black-cat", "sentence": "黑猫礼盒售价 99 元。"}


async def test_an_edge_is_added_with_its_proof_changed_and_rejected(live: Live) -> None:
    operator = await live.operator(*BOTH)
    body = {"language": "zh", "text": "# 黑猫礼盒\n\n黑猫礼盒售价 99 元。"}
    await operator.request("PUT", "/knowledge/documents/gifts/black-cat", json=body)
    added = (await operator.request("POST", "/knowledge/graph/edges", json={**EDGE, **PROOF})).json()
    assert (added["value"]["number"], added["proof"]["version"], added["status"]) == (99.0, 1, "by_hand")
    path = f"/knowledge/graph/edges/{added['id']}"
    changed = (await operator.request("PUT", path, json={**EDGE, "relation": "价格"})).json()
    assert (changed["relation"], changed["proof"]["sentence"]) == ("价格", PROOF["sentence"])
    found = (await operator.get("/knowledge/graph/edges?status=rejected")).json()["edges"]
    assert [one["id"] for one in found] == [added["id"]]
    accepted = (await operator.request("POST", f"{path}/accept")).json()
    assert accepted["status"] == "accepted"
    (entity,) = (await operator.get("/knowledge/graph/entities?text=黑猫")).json()["entities"]
    alias = await operator.request("PATCH", f"/knowledge/graph/entities/{entity['id']}", json={"aliases": ["猫盒"]})
    assert alias.json()["aliases"] == ["猫盒"]


async def test_what_is_not_in_the_document_is_refused(live: Live) -> None:
    operator = await live.operator(*BOTH)
    refused = await operator.request("POST", "/knowledge/graph/edges", json={**EDGE, **PROOF})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert (await operator.get("/knowledge/graph/edges")).json()["edges"] == []
    reader = await live.operator(Scope.KNOWLEDGE_READ)
    assert (await reader.request("POST", "/knowledge/graph/edges", json=EDGE)).json()["code"] == "forbidden"
