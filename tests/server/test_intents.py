"""The intent API: taught, trained, swapped while the server runs, rolled back; each with its scope."""

from kefu.domain.access import Scope
from tests.dialogue.intents.samples import CHINESE
from tests.support.desk import agent_of
from tests.support.live import Json, Live, Operator
from tests.support.waiting import eventually

BOTH = (Scope.INTENTS_READ, Scope.INTENTS_WRITE, Scope.JOBS_READ)


async def _teach(operator: Operator) -> None:
    examples = [{"text": one.text, "intent": one.intent} for one in CHINESE]
    added = await operator.post("/intents/examples", json={"examples": [*examples, {"text": "天气", "intent": None}]})
    assert added.json() == {"added": 19, "changed": 0, "unchanged": 0}


async def test_a_model_is_trained_used_and_rolled_back_over_the_api(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _teach(operator)
    listed = (await operator.get("/intents")).json()
    assert ([one["examples"] for one in listed["intents"]], listed["out_of_scope"], listed["active"]) == (
        [6, 6, 6],
        1,
        None,
    )
    for _ in range(2):
        job = (await operator.post("/intents/train")).json()

        async def is_over(job_id: str = job["id"]) -> bool:
            return bool((await operator.get(f"/jobs/{job_id}")).json()["state"] == "succeeded")

        assert await eventually(is_over, seconds=60)
    models = (await operator.get("/intents/models")).json()["models"]
    assert [(one["version"], one["is_active"]) for one in models] == [(2, True), (1, False)]
    assert models[0]["sha256"] == models[1]["sha256"], "the same examples make the same model"
    seen = (await operator.post("/intents/recognise", json={"text": "发票怎么开？"})).json()
    assert (seen["intent"], seen["language"], len(seen["candidates"])) == ("invoice", "zh", 3)
    assert (await operator.post("/intents/rollback")).json()["version"] == 1
    assert (await operator.post("/intents/rollback")).status_code == 409
    assert (await operator.post("/intents/models/2/activate")).json()["is_active"] is True
    assert (await operator.post("/intents/models/7/activate")).json()["code"] == "not_found"
    assert (await operator.get("/intents/suggestions")).json() == {"suggestions": []}


async def test_examples_are_listed_and_removed(live: Live) -> None:
    operator = await live.operator(*BOTH)
    await _teach(operator)
    assert len((await operator.get("/intents/examples?limit=5")).json()["examples"]) == 5
    assert (await operator.post("/intents/examples/remove", json={"text": "天气"})).json() == {"removed": True}
    assert (await operator.post("/intents/examples/remove", json={"text": "天气"})).json() == {"removed": False}
    assert (await operator.post("/intents/examples", json={"examples": []})).status_code == 422


async def test_what_a_customer_wrote_is_corrected_by_an_operator_and_at_the_desk(live: Live) -> None:
    operator, mei, visitor = await live.operator(*BOTH), await agent_of(live), await live.visitor()
    await _teach(operator)
    await visitor.ask("票呢")
    (said,) = [one["data"]["message"] for one in await visitor.events() if one["type"] == "message_received"]
    names = [one["name"] for one in (await mei.get("/desk/intents")).json()["intents"]]
    assert names == ["invoice", "refund_status", "track_parcel"]
    path, body = (
        f"/desk/conversations/{visitor.conversation_id}/intent",
        {"message_id": said["id"], "intent": "invoice"},
    )
    assert (await mei.post(path, json=body)).json() == {"added": 1, "changed": 0, "unchanged": 0}
    assert (await mei.post("/desk/conversations/conv_x/intent", json=body)).status_code == 404
    changed = await operator.post("/intents/corrections", json={**body, "intent": None})
    assert changed.json() == {"added": 0, "changed": 1, "unchanged": 0}
    bad = await operator.post("/intents/corrections", json={**body, "intent": "nothing"})
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_input")
    (stored,) = (await operator.get("/intents/examples?limit=1")).json()["examples"]
    assert (stored["text"], stored["intent"], stored["source"], stored["message_id"]) == (
        "票呢",
        None,
        "correction",
        said["id"],
    )
    assert stored["given_by"].startswith("key_")


async def test_a_suggestion_is_accepted(live: Live) -> None:
    operator, visitor = await live.operator(*BOTH), await live.visitor()
    await visitor.ask("你们收加密货币付款吗")

    async def suggested() -> list[Json]:
        found: list[Json] = (await operator.get("/intents/suggestions")).json()["suggestions"]
        return found

    async def is_there() -> bool:
        return bool(await suggested())

    assert await eventually(is_there, seconds=60)
    path = f"/intents/suggestions/{(await suggested())[0]['gap']['id']}/accept"
    assert (await operator.post(path, json={"intent": "payment"})).json()["added"] == 1
    assert await suggested() == []
    listed = (await operator.get("/intents")).json()["intents"]
    assert listed == [{"name": "payment", "examples": 1, "flow_examples": 0}]
    assert (await operator.post("/intents/suggestions/gap_x/accept", json={"intent": None})).status_code == 404


async def test_intents_need_their_scopes(live: Live) -> None:
    reader, writer = await live.operator(Scope.INTENTS_READ), await live.operator(Scope.INTENTS_WRITE)
    assert (await writer.get("/intents")).status_code == 403
    for path in ("/intents/train", "/intents/rollback", "/intents/models/1/activate"):
        assert (await reader.post(path)).status_code == 403
    for path, body in (
        ("/intents/corrections", {"message_id": "msg_1", "intent": None}),
        ("/intents/suggestions/gap_1/accept", {"intent": None}),
    ):
        assert (await reader.post(path, json=body)).status_code == 403
