"""Evaluation from the top: what is done again, what is not, and what an edit or a crash changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kefu.dialogue.commands import Affirm, StartFlow
from kefu.dialogue.flows.errors import FlowTooLongError
from kefu.dialogue.flows.evaluator import evaluate
from kefu.dialogue.flows.outputs import Ask, Finished, HandoffWanted, Preview, Say
from kefu.dialogue.flows.port import ToolResult
from tests.support.flows import TOOLS, Reply, Shop, Talk, flow_of, read_tool, sample, to_action

HEAD = "flow: f\nversion: 1\ntitle: {zh: 事, en: thing}\nslots:\n"
ORDER = "  order: {type: text, ask: {zh: 订单, en: order}}\n"
NOTE = "  note: {type: text, ask: {zh: 留言, en: note}}\n"
W1, W2 = "#W2378156", "#W1111111"


def make_talk(body: str, shop: Shop | None = None) -> Talk:
    return Talk(flow_of(HEAD + body), shop=shop)


def says(reply: Reply) -> list[str]:
    return [said.fields[name] for said in reply.outputs if isinstance(said, Say) for name in said.fields]


def asked(reply: Reply) -> str:
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    return ask.slot


SAY_STATUS = (
    ORDER + NOTE + "steps:\n"
    "  - call: {tool: get_order, args: {order_id: $order}, as: o}\n"
    "  - say: {facts: [o.status], zh: '状态：{o.status}', en: 'status: {o.status}'}\n"
    "  - collect: note\n"
)


async def test_a_text_is_said_once_for_the_values_that_it_shows() -> None:
    talk = make_talk(SAY_STATUS)
    assert says(await talk.say(StartFlow("f"), to_action("order", W1))) == ["delivered"]
    assert says(await talk.say()) == []
    talk.shop.orders[W2]["status"] = "cancelled"
    assert "cancelled" in says(await talk.answer(order=W2))
    assert says(await talk.answer(order=W1)) == [W2, W1]  # corrected; the status of W1 was said before


async def test_a_read_is_done_once_and_again_when_it_is_no_longer_fresh() -> None:
    shop = Shop(tools={**TOOLS, "get_order": read_tool("get_order", "order_id", fresh_for=timedelta(minutes=5))})
    talk = make_talk(SAY_STATUS, shop)
    await talk.say(StartFlow("f"), to_action("order", W1))
    await talk.say()
    assert shop.read_names() == ["get_order"]
    shop.orders[W1]["status"] = "returned"
    assert says(await talk.say(after=timedelta(minutes=6))) == ["returned"]
    assert shop.read_names() == ["get_order", "get_order"]


async def test_a_step_may_want_it_fresher_than_the_tool_says() -> None:
    body = SAY_STATUS.replace("as: o}", "as: o, fresh_for: 30s}")
    talk = make_talk(body)
    await talk.say(StartFlow("f"), to_action("order", W1))
    await talk.say()
    assert talk.shop.read_names() == ["get_order", "get_order"]


async def test_after_a_write_what_was_read_before_is_not_read_again() -> None:
    body = (
        ORDER + NOTE + "steps:\n"
        "  - call: {tool: get_order, args: {order_id: $order}, as: o, fresh_for: 1s}\n"
        "  - when: \"o.status == 'delivered'\"\n"
        "    do: [{call: {tool: cancel_order, args: {order_id: $order}}}, {collect: note}]\n"
    )
    talk = make_talk(body)
    await talk.say(StartFlow("f"), to_action("order", W1))
    await talk.say(Affirm())
    talk.shop.orders[W1]["status"] = "cancelled"
    talk.shop.reads.clear()
    assert asked(await talk.say()) == "note"
    assert talk.shop.reads == []


async def test_a_failed_read_takes_its_branch_and_is_tried_again_in_a_later_turn() -> None:
    body = (
        ORDER + "steps:\n"
        "  - call: {tool: get_order, args: {order_id: $order}, as: o}\n"
        "    on_error: {not_found: {ask_again: [order], say: no_such_order}}\n"
        "  - end: found\n"
        "texts: {no_such_order: {zh: 没有这笔订单, en: no such order}}\n"
    )
    talk = make_talk(body)
    reply = await talk.say(StartFlow("f"), to_action("order", "W0"))
    assert "没有这笔订单" in reply.text
    assert asked(reply) == "order"
    finished = (await talk.answer(order=W1)).outputs[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "found"


FOR_EACH = (
    "  order: {type: text, ask: {zh: 订单, en: order}}\n"
    "  why: {type: text, per: row, ask: {zh: '{row.name}怎么了', en: 'what about {row.name}'}}\n"
    "steps:\n"
    "  - call: {tool: get_order, args: {order_id: $order}, as: o}\n"
    "  - for_each: {in: $o.items, as: row, key: $row.item_id}\n"
    "    do:\n"
    "      - collect: why\n"
    "      - say: {facts: [row.name], zh: '{row.name}：{why}', en: '{row.name}: {why}'}\n"
)


async def test_each_round_has_its_own_answer_whatever_the_order_of_the_list() -> None:
    talk = make_talk(FOR_EACH)
    reply = await talk.say(StartFlow("f"), to_action("order", W1))
    assert "键盘怎么了" in reply.text
    reply = await talk.answer(why="坏了")
    assert "键盘：坏了" in reply.text
    assert "温控器怎么了" in reply.text
    journal = dict(talk.state.stack[0].journal)
    (read,) = (key for key in journal if key.startswith("read:"))
    journal[read] = replace(journal[read], value={"items": list(reversed(talk.shop.orders[W1]["items"]))})  # type: ignore[arg-type]
    talk.state = replace(talk.state, stack=(replace(talk.state.stack[0], journal=journal),))
    reply = await talk.answer(why="太大")
    assert "温控器：太大" in reply.text
    assert "键盘" not in reply.text
    assert isinstance(reply.outputs[-1], Finished)


async def test_more_than_64_steps_in_a_turn_are_refused() -> None:
    talk = make_talk(FOR_EACH.replace("      - collect: why\n", "").replace("：{why}", "").replace(": {why}", ""))
    talk.shop.orders[W1]["items"] = [{"item_id": str(number), "name": f"n{number}"} for number in range(70)]
    with pytest.raises(FlowTooLongError):
        await talk.say(StartFlow("f"), to_action("order", W1))


async def test_a_flow_that_is_edited_meanwhile_goes_on_in_its_new_version() -> None:
    talk = make_talk(SAY_STATUS)
    await talk.say(StartFlow("f"), to_action("order", W1))
    edited = SAY_STATUS.replace("  - collect: note\n", "  - collect: [phone, note]\n")
    edited = edited.replace("steps:", "  phone: {type: mobile, ask: {zh: 电话, en: phone}}\nsteps:")
    talk.flows["f"] = flow_of((HEAD + edited).replace("version: 1", "version: 2"))
    reply = await talk.say()
    assert says(reply) == []
    assert asked(reply) == "phone"
    assert talk.shop.read_names() == ["get_order"]
    (frame,) = talk.state.stack
    assert (frame.version, frame.content_hash) == ("2", talk.flows["f"].content_hash)


async def test_an_edit_never_repeats_a_write() -> None:
    body = (
        ORDER + NOTE + "steps:\n  - call: {tool: cancel_order, args: {order_id: $order}, as: done}\n  - collect: note\n"
    )
    talk = make_talk(body)
    await talk.say(StartFlow("f"), to_action("order", W1))
    await talk.say(Affirm())
    edited = body.replace("as: done}", "as: cancelled}\n    on_error: {other: {end: failed}}")
    talk.flows["f"] = flow_of(HEAD + edited)
    assert asked(await talk.say()) == "note"
    assert len(talk.shop.writes) == 1


async def test_a_turn_that_crashed_before_its_end_gives_the_same_again() -> None:
    """The write is done, and then the state is lost: the turn runs again on what was stored before it."""
    talk = Talk(sample("rma_return"))
    await talk.say(StartFlow("rma_return"), to_action("order", W1), to_action("items", ["1151293680"]))
    await talk.answer(reason="mind")
    await talk.answer(refund_to="card")
    reply = await talk.say(Affirm())
    again = await evaluate(talk.before, talk.flows, talk.shop, turn=talk.turn)
    assert again == reply.evaluation
    assert len(talk.shop.writes) == 1


async def test_every_turn_of_a_conversation_is_deterministic() -> None:
    talk = Talk(sample("rma_return"))
    for action in (StartFlow("rma_return"), to_action("order", W1), to_action("items", ["1151293680"])):
        reply = await talk.say(action)
        assert await evaluate(talk.before, talk.flows, talk.shop, turn=talk.turn) == reply.evaluation


async def test_a_value_that_an_expression_cannot_use_is_for_a_person() -> None:
    talk = make_talk(ORDER + 'steps:\n  - when: "order > 3"\n    do: [{end: large}]\n')
    reply = await talk.say(StartFlow("f"), to_action("order", "many"))
    wanted = reply.outputs[0]
    assert isinstance(wanted, HandoffWanted)
    assert wanted.detail.startswith("expression:")
    assert talk.state.stack == ()


async def test_a_sentence_with_a_hole_is_not_said() -> None:
    talk = make_talk(SAY_STATUS)
    talk.shop.orders[W1]["status"] = None
    reply = await talk.say(StartFlow("f"), to_action("order", W1))
    assert isinstance(reply.outputs[0], HandoffWanted)


async def test_a_write_whose_result_is_a_failure_is_not_tried_again() -> None:
    body = (
        ORDER
        + NOTE
        + (
            "steps:\n  - call: {tool: cancel_order, args: {order_id: $order}}\n"
            "    on_error: {other: [{say: {zh: 没成, en: it failed}}, {collect: note}]}\n"
        )
    )
    talk = make_talk(body)
    talk.shop.failing["cancel_order"] = ToolResult("failed", {}, "shipped")
    await talk.say(StartFlow("f"), to_action("order", W1))
    assert asked(await talk.say(Affirm())) == "note"
    reply = await talk.answer(note="x")
    finished = reply.outputs[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "shipped"
    assert len(talk.shop.writes) == 1


async def test_a_write_with_other_arguments_is_another_write() -> None:
    body = (
        ORDER
        + NOTE
        + (
            "steps:\n  - call: {tool: cancel_order, args: {order_id: $order}}\n"
            "    on_error: {shipped: {ask_again: [order], say: {zh: 已发货, en: shipped}}}\n  - collect: note\n"
        )
    )
    talk = make_talk(body)
    talk.shop.failing["cancel_order"] = ToolResult("failed", {}, "shipped")
    await talk.say(StartFlow("f"), to_action("order", W1))
    assert asked(await talk.say(Affirm())) == "order"
    talk.shop.failing.clear()
    reply = await talk.answer(order=W2)
    assert isinstance(reply.outputs[-1], Preview)
    assert asked(await talk.say(Affirm())) == "note"
    assert [arguments["order_id"] for _, arguments in talk.shop.writes] == [W1, W2]


async def test_facts_of_the_conversation_and_the_policy_can_be_read() -> None:
    talk = make_talk(
        NOTE
        + "steps:\n  - when: \"facts.tier == 'gold' and policy.return_days == 30\"\n    do: [{end: gold}]\n  - collect: note\n"
    )
    talk.state = replace(talk.state, facts={"tier": "gold"})
    reply = await talk.say(StartFlow("f"))
    finished = reply.outputs[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "gold"
    assert talk.state.facts == {"tier": "gold"}
