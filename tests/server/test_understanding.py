"""Follow-ups, slips and several questions, through the front door."""

from tests.support.live import Json, Live, Visitor


async def steps(live: Live, visitor: Visitor, trace_id: str) -> dict[str, Json]:
    trace = (await live.client.get(f"/api/v1/turns/{trace_id}/trace", headers=visitor.headers)).json()
    return {step["stage"]: step for step in trace["trace"]["steps"]}


async def test_a_follow_up_is_answered_from_the_question_before(live: Live) -> None:
    visitor = await live.visitor()
    await visitor.ask("退货运费由谁承担？")
    await visitor.ask("谢谢")
    reply = await visitor.ask("那质量问题呢？")
    found = (await steps(live, visitor, reply["trace_id"]))["understand"]
    assert (reply["decision"], found["chosen"], found["reason"]) == ("answer", "rules", "lacks_ellipsis")
    assert found["facts"] == {
        "typed": "那质量问题呢",
        "question": "质量问题退货运费由谁承担",
        "previous": "退货运费由谁承担",
    }
    events = await visitor.events()
    assert all("asked" not in event["data"] for event in events)


async def test_a_slip_is_put_right_and_told_in_the_trace(live: Live) -> None:
    visitor = await live.visitor()
    reply = await visitor.ask("退狂多久到账？")
    found = (await steps(live, visitor, reply["trace_id"]))["retrieve"]["facts"]
    assert "3 个工作日" in reply["text"]
    assert [(one["typed"], one["meant"]) for one in found["corrections"]] == [("退狂", "退款")]


async def test_each_of_several_questions_has_its_answer(live: Live) -> None:
    reply = await (await live.visitor()).ask("退货运费谁出 退款多久到账")
    assert "退货运费由本店承担" in reply["text"]
    assert "3 个工作日" in reply["text"]


async def test_a_new_topic_inherits_nothing(live: Live) -> None:
    visitor = await live.visitor()
    await visitor.ask("退货运费由谁承担？")
    reply = await visitor.ask("退款多久到账？")
    assert "understand" not in await steps(live, visitor, reply["trace_id"])
