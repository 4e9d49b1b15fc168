"""How sure answers must be: set over HTTP, measured by a job, and what it does to a turn."""

import json
from typing import Any

from kefu.domain.access import Scope
from kefu.domain.knowledge import Viewer
from kefu.factory import Factory
from kefu.kit.ids import new_id
from kefu.knowledge.embedding import NullEmbedder
from kefu.knowledge.reader import NullReader
from tests.server.test_sources import over
from tests.support.live import Live, Operator

ALL = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE, Scope.JOBS_READ)
POLICY, CALIBRATIONS = "/knowledge/answer-policy", "/knowledge/calibrations"
QUESTION = "退款多久到账？"
QUESTIONS = [
    ("退款多久到账？", ["faq/refund-time"]),
    ("钱什么时候退给我", ["faq/refund-time"]),
    ("退货运费由谁承担？", ["faq/returns-fee"]),
    ("退货邮费谁出", ["faq/returns-fee"]),
    ("下单后多久发货？", ["faq/delivery-time"]),
    ("什么时候能发货", ["faq/delivery-time"]),
    ("寄回去的快递费谁付", ["faq/returns-fee"]),
    ("退款要几天", ["faq/refund-time"]),
    ("可以用花呗付款吗", []),
]


def _file(*rows: tuple[str, list[str]]) -> bytes:
    lines = [json.dumps({"id": f"q{n}", "text": text, "relevant": keys}) for n, (text, keys) in enumerate(rows)]
    return "\n".join(lines).encode()


async def _set(operator: Operator, **thresholds: Any) -> dict[str, Any]:
    response = await operator.request("PUT", POLICY, json=thresholds)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def _calibrate(operator: Operator, *rows: tuple[str, list[str]], **query: Any) -> dict[str, Any]:
    sent = await operator.post(CALIBRATIONS, files=[("files", ("q.jsonl", _file(*rows)))], params=query)
    assert sent.status_code == 202, sent.text
    await over(operator, sent.json())
    found: dict[str, Any] = (await operator.get(f"{CALIBRATIONS}/{sent.json()['id']}")).json()
    assert found["state"] == "succeeded", found
    return found


async def test_a_policy_counts_from_the_next_turn_on_and_is_taken_back(live: Live) -> None:
    operator, visitor = await live.operator(*ALL), await live.visitor()
    assert (await operator.get(POLICY)).json()["is_built_in"]
    assert (await visitor.ask(QUESTION))["decision"] == "answer"
    view = await _set(operator, zh={"general": 1.0})
    assert (view["is_built_in"], view["thresholds"]["zh"]["general"]["probability"]) == (False, 1.0)
    silent = await visitor.ask(QUESTION)
    assert silent["decision"] == "abstain"
    path = f"/api/v1/turns/{silent['trace_id']}/trace"
    steps = (await live.client.get(path, headers=visitor.headers)).json()["trace"]["steps"]
    (retrieve,) = [one for one in steps if one["stage"] == "retrieve"]
    assert (retrieve["threshold"], retrieve["facts"]["held_to"]) == (1.0, "policy")
    assert (await operator.request("DELETE", POLICY)).status_code == 204
    assert (await visitor.ask(QUESTION))["decision"] == "answer"


async def test_another_process_hears_of_it_with_the_next_question(live: Live) -> None:
    operator = await live.operator(*ALL)
    other = Factory(live.factory.settings, embedder=NullEmbedder(), reader=NullReader())
    try:
        viewer = Viewer(other.clock.now())
        assert (await other.knowledge.index_for(operator.workspace_id, viewer=viewer)).policy is None
        await _set(operator, zh={"general": 0.5})
        policy = (await other.knowledge.index_for(operator.workspace_id, viewer=viewer)).policy
        assert policy is not None
        assert policy.thresholds.keys() == {"zh"}
    finally:
        await other.aclose()


async def test_an_answer_from_a_strict_document_must_be_surer(live: Live) -> None:
    operator, visitor = await live.operator(*ALL), await live.visitor()
    await _set(operator, zh={"general": 0.1, "strict": 1.0})
    assert (await visitor.ask(QUESTION))["decision"] == "answer"
    path = "/knowledge/documents/faq/refund-time?language=zh"
    changed = await operator.request("PATCH", path, json={"risk": "strict"})
    assert changed.json()["risk"] == "strict"
    await live.factory.knowledge.refresh(operator.workspace_id)
    assert (await visitor.ask(QUESTION))["decision"] == "abstain"
    await operator.request("PATCH", path, json={"tags": ["x"]})
    assert (await operator.get(path)).json()["risk"] == "strict", "what is not named stays"


async def test_a_calibration_sets_what_its_questions_prove(live: Live) -> None:
    operator = await live.operator(*ALL)
    rows = [*QUESTIONS, QUESTIONS[0], ("保修多久", ["no-such"])]
    found = await _calibrate(operator, *rows, wrong=0.5, strict_wrong=0.5)
    report = found["report"]
    assert (report["questions"], report["repeated"], report["is_stored"], report["is_dry_run"]) == (10, 1, True, False)
    (one,) = [each for each in report["classes"] if each["risk"] == "general"]
    assert (one["language"], one["choice"], one["budget"], one["questions"]) == ("zh", "chosen", 0.5, 10)
    assert one["held_out"]["n"] == 10
    assert [each["item"] for each in found["problems"]] == ["q10"]
    view = (await operator.get(POLICY)).json()
    assert view["thresholds"]["zh"]["general"] == one["threshold"]
    assert view["report"] == report
    assert not view["is_outdated"]
    await operator.request("PUT", "/knowledge/documents/new", json={"language": "zh", "text": "新的一页。"})
    assert (await operator.get(POLICY)).json()["is_outdated"]


async def test_too_few_questions_and_a_dry_run_leave_the_policy(live: Live) -> None:
    operator = await live.operator(*ALL)
    await _set(operator, zh={"general": 0.77})
    few = (await _calibrate(operator, *QUESTIONS))["report"]
    assert ([one["choice"] for one in few["classes"]], few["is_stored"]) == (["too_few"], False)
    assert few["classes"][0]["needed"] == 149
    dry = (await _calibrate(operator, *QUESTIONS, wrong=0.5, dry_run=True))["report"]
    assert ([one["choice"] for one in dry["classes"]], dry["is_stored"]) == (["chosen"], False)
    view = (await operator.get(POLICY)).json()
    assert (view["thresholds"]["zh"]["general"]["probability"], view["report"]) == (0.77, None)


async def test_what_is_no_policy_is_refused(live: Live) -> None:
    operator = await live.operator(*ALL)
    for body in ({}, {"zh": {"general": 0}}, {"zh": {"general": 1.5}}, {"fr": {"general": 0.5}}):
        assert (await operator.request("PUT", POLICY, json=body)).status_code == 422, body


async def test_what_is_no_file_of_questions_is_refused(live: Live) -> None:
    operator, reader = await live.operator(*ALL), await live.operator(Scope.KNOWLEDGE_READ)
    files = [("files", ("q.jsonl", _file(*QUESTIONS)))]
    assert (await reader.post(CALIBRATIONS, files=files)).status_code == 403
    assert (await reader.request("PUT", POLICY, json={"zh": {"general": 0.5}})).status_code == 403
    assert (await operator.post(CALIBRATIONS, files=[*files, *files])).status_code == 422
    assert (await operator.post(CALIBRATIONS, files=files, params={"wrong": 0})).status_code == 422
    bad = await operator.post(CALIBRATIONS, files=[("files", ("q.jsonl", b'{"id": "1"}'))])
    assert (bad.status_code, "questions:1" in bad.json()["detail"]) == (422, True)
    large = [("files", ("q.jsonl", b" " * (9 * 1024 * 1024)))]
    assert (await operator.post(CALIBRATIONS, files=large)).status_code == 413
    assert (await operator.get(f"{CALIBRATIONS}/{new_id('job')}")).status_code == 404


async def test_one_calibration_at_a_time(live: Live) -> None:
    operator = await live.operator(*ALL)
    await live.factory.job_runner.aclose()  # nobody takes the first
    files = [("files", ("q.jsonl", _file(*QUESTIONS)))]
    assert (await operator.post(CALIBRATIONS, files=files)).status_code == 202
    assert (await operator.post(CALIBRATIONS, files=files)).status_code == 409
