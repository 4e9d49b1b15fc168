"""The return of goods, as one conversation after another: the flow of the guide, word for word."""

from datetime import timedelta

import pytest

from kefu.dialogue.commands import Affirm, AskKB, Cancel, ClearSlot, Deny, Skip, StartFlow
from kefu.dialogue.flows.outputs import Ask, Finished, HandoffWanted, Offer, Preview, Say
from kefu.dialogue.flows.port import ToolResult
from kefu.domain.conversation import Language
from kefu.domain.turn import HandoffReason
from tests.support.flows import CANCEL_ORDER, Shop, Talk, flow_of, sample, to_action

ORDER, OLD_ORDER, OPEN_ORDER = "#W2378156", "#W1111111", "#W9999999"
KEYBOARD, THERMOSTAT = "1151293680", "4983901480"


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def make_talk(shop: Shop | None = None, language: Language = "zh") -> Talk:
    return Talk(sample("rma_return"), flow_of(CANCEL_ORDER), shop=shop, language=language)


async def to_preview(talk: Talk) -> Preview:
    await talk.say(StartFlow("rma_return"), to_action("order", ORDER), to_action("items", [KEYBOARD]))
    await talk.answer(reason="mind")
    reply = await talk.answer(refund_to="card")
    (preview,) = reply.outputs
    assert isinstance(preview, Preview)
    return preview


async def test_a_return_asks_what_is_missing_and_is_done_once(language: Language) -> None:
    talk = make_talk(language=language)
    asked = []
    reply = await talk.say(StartFlow("rma_return"))
    for slot, value in {"order": ORDER, "items": [KEYBOARD], "reason": "mind", "refund_to": "card"}.items():
        (ask,) = reply.outputs
        assert isinstance(ask, Ask)
        asked.append(ask.slot)
        reply = await talk.answer(**{slot: value})
    assert asked == ["order", "items", "reason", "refund_to"]
    assert talk.shop.writes == []
    reply = await talk.say(Affirm())
    arguments = {"order_id": ORDER, "item_ids": [KEYBOARD], "payment_method_id": "card", "reason": "mind"}
    assert talk.shop.writes == [("create_return", arguments)]
    said, finished = reply.outputs
    assert isinstance(said, Say)
    assert said.fields["rma.id"] == "R1"
    assert "R1" in reply.text
    assert "99.50" in reply.text
    assert isinstance(finished, Finished)
    assert finished.outcome == "done"
    assert talk.state.stack == ()


async def test_the_choices_are_the_customers_own_and_only_those_that_fit(language: Language) -> None:
    reply = await make_talk(language=language).say(StartFlow("rma_return"))
    (ask,) = reply.outputs
    assert isinstance(ask, Ask)
    assert [choice.id for choice in ask.choices] == [ORDER, OLD_ORDER]
    assert ask.choices[0].label.get(language) == "#W2378156 · 键盘"


async def test_an_order_is_chosen_or_named_by_its_number() -> None:
    talk = make_talk()
    await talk.say(StartFlow("rma_return"))
    expected = talk.engine.expectation(talk.state)
    assert expected is not None
    assert [(read.kind, len(read.choices)) for read in expected.read_as] == [("choice", 2), ("order_id", 2)]


async def test_several_slots_of_one_message_are_all_taken() -> None:
    talk = make_talk()
    reply = await talk.say(StartFlow("rma_return"), to_action("order", ORDER), to_action("items", "?键盘 clicky"))
    (ask,) = reply.outputs
    assert isinstance(ask, Ask)
    assert ask.slot == "reason"
    assert talk.state.slots[talk.state.stack[0].id]["items"].value == [KEYBOARD]


async def test_a_correction_during_the_confirmation_shows_a_new_preview(language: Language) -> None:
    talk = make_talk(language=language)
    first = await to_preview(talk)
    reply = await talk.say(Affirm(), to_action("items", [KEYBOARD, THERMOSTAT]))
    assert reply.dropped == ["answer_changed"] or reply.dropped
    assert talk.shop.writes == []
    corrected, preview = reply.outputs
    assert isinstance(corrected, Say)
    assert corrected.key == "flow_corrected"
    assert isinstance(preview, Preview)
    assert preview.pending.arguments["item_ids"] == [KEYBOARD, THERMOSTAT]
    assert reply.applied.voided == (first.pending.id,)
    await talk.say(Affirm())
    assert [arguments["item_ids"] for _, arguments in talk.shop.writes] == [[KEYBOARD, THERMOSTAT]]


async def test_a_question_beside_a_yes_is_no_confirmation() -> None:
    talk = make_talk()
    await to_preview(talk)
    reply = await talk.say(Affirm(), AskKB("运费谁出"))
    assert reply.dropped == ["question_with_yes"]
    assert [type(command.action) for command in reply.applied.rest] == [AskKB]
    (preview,) = reply.outputs
    assert isinstance(preview, Preview)
    assert preview.repeats == 1
    assert talk.shop.writes == []


async def test_a_corrected_order_forgets_the_items_but_not_the_reason() -> None:
    talk = make_talk()
    await to_preview(talk)
    talk.shop.orders[OLD_ORDER]["delivered_at"] = "2026-02-26T00:00:00Z"
    talk.shop.reads.clear()
    reply = await talk.answer(order=OLD_ORDER)
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    assert ask.slot == "items"
    assert talk.shop.reads == [("get_order", {"order_id": OLD_ORDER})]
    reply = await talk.answer(items=["7777777777"])
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    assert ask.slot == "refund_to"
    assert talk.state.slots[talk.state.stack[0].id]["reason"].value == "mind"


async def test_a_corrected_reason_repeats_no_read() -> None:
    talk = make_talk()
    await to_preview(talk)
    talk.shop.reads.clear()
    await talk.answer(reason="size")
    assert talk.shop.reads == []


async def test_going_back_and_forth_reads_each_order_once() -> None:
    talk = make_talk()
    await to_preview(talk)
    talk.shop.orders[OLD_ORDER]["delivered_at"] = "2026-02-26T00:00:00Z"
    await talk.answer(order=OLD_ORDER)
    talk.shop.reads.clear()
    await talk.answer(order=ORDER)
    assert talk.shop.reads == []


async def test_a_defect_wants_a_photo_that_may_be_left_out(language: Language) -> None:
    talk = make_talk(language=language)
    await talk.say(StartFlow("rma_return"), to_action("order", ORDER), to_action("items", [KEYBOARD]))
    reply = await talk.answer(reason="defect")
    (ask,) = reply.outputs
    assert isinstance(ask, Ask)
    assert (ask.slot, ask.skip is not None) == ("photo", True)
    reply = await talk.say(Skip())
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    assert ask.slot == "refund_to"


async def test_a_required_question_cannot_be_left_out() -> None:
    talk = make_talk()
    await talk.say(StartFlow("rma_return"))
    reply = await talk.say(Skip())
    assert reply.dropped == ["cannot_skip"]
    assert isinstance(reply.outputs[-1], Ask)


async def test_a_photo_is_not_wanted_any_more_when_the_reason_changes() -> None:
    talk = make_talk()
    await talk.say(StartFlow("rma_return"), to_action("order", ORDER), to_action("items", [KEYBOARD]))
    await talk.answer(reason="defect")
    reply = await talk.answer(reason="size")
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    assert ask.slot == "refund_to"


@pytest.mark.parametrize("answer", [Affirm(), Deny(), AskKB("运费谁出")])
async def test_after_the_return_window_a_person_is_offered_once(answer: Affirm | Deny | AskKB) -> None:
    talk = Talk(
        sample("rma_return"),
        flow_of(CANCEL_ORDER),
    )
    reply = await talk.say(StartFlow("rma_return"), to_action("order", OLD_ORDER), to_action("reason", "mind"))
    said, offer = reply.outputs
    assert isinstance(said, Say)
    assert said.cite == "kb:return-window"
    assert "30" in reply.text
    assert offer == Offer("rma_return", "handoff", None)
    reply = await talk.say(answer)
    if isinstance(answer, Affirm):
        wanted = reply.outputs[0]
        assert isinstance(wanted, HandoffWanted)
        assert wanted.card["slots"] == {"order": "#W1111111 · 水壶", "reason": "不想要了"}
    else:
        (finished,) = reply.outputs
        assert isinstance(finished, Finished)
        assert finished.outcome == "refused"
    assert talk.state.stack == ()


async def test_a_defect_has_no_return_window() -> None:
    talk = make_talk()
    reply = await talk.say(StartFlow("rma_return"), to_action("order", OLD_ORDER), to_action("reason", "defect"))
    (ask,) = reply.outputs
    assert isinstance(ask, Ask)
    assert ask.slot == "items"


async def test_the_return_window_is_judged_only_when_it_has_passed() -> None:
    """``and`` stops early: a customer inside the window is not asked for the reason before the items."""
    reply = await make_talk().say(StartFlow("rma_return"), to_action("order", ORDER))
    (ask,) = reply.outputs
    assert isinstance(ask, Ask)
    assert ask.slot == "items"


async def test_an_order_that_is_not_the_customers_is_not_taken(language: Language) -> None:
    talk = make_talk(language=language)
    reply = await talk.say(StartFlow("rma_return"), to_action("order", "#W0000000"))
    (ask,) = reply.outputs
    assert isinstance(ask, Ask)
    assert (ask.slot, ask.rejected) == ("order", "#W0000000")
    assert "#W0000000" in reply.text
    assert talk.shop.read_names() == ["list_my_orders"]


async def test_a_typed_failure_takes_its_branch_and_offers_the_other_flow() -> None:
    talk = Talk(sample("rma_return"), flow_of(CANCEL_ORDER))
    talk.shop.failing["create_return"] = ToolResult("failed", {}, "not_delivered")
    await to_preview(talk)
    reply = await talk.say(Affirm())
    said, offer = reply.outputs
    assert isinstance(said, Say)
    assert said.key == "return_not_delivered"
    assert offer == Offer("rma_return", "cancel_order", None)
    reply = await talk.say(Affirm())
    finished, ask = reply.outputs
    assert isinstance(finished, Finished)
    assert finished.outcome == "not_delivered"
    assert isinstance(ask, Ask)
    assert (ask.flow, ask.slot) == ("cancel_order", "sure")
    assert len(talk.shop.writes) == 1


async def test_an_unknown_outcome_is_for_a_person_and_never_called_done(language: Language) -> None:
    talk = make_talk(language=language)
    talk.shop.failing["create_return"] = ToolResult("unknown", {})
    await to_preview(talk)
    reply = await talk.say(Affirm())
    wanted, finished = reply.outputs
    assert isinstance(wanted, HandoffWanted)
    assert wanted.detail == "verify_return"
    tools = wanted.card["tools"]
    assert isinstance(tools, list)
    assert {"tool": "create_return", "status": "unknown", "code": ""} in tools
    assert isinstance(finished, Finished)
    await talk.say(Affirm())
    assert len(talk.shop.writes) == 1


async def test_a_failure_without_a_branch_is_for_a_person() -> None:
    talk = make_talk()
    talk.shop.failing["get_order"] = ToolResult("failed", {}, "down")
    reply = await talk.say(StartFlow("rma_return"), to_action("order", ORDER))
    wanted = reply.outputs[0]
    assert isinstance(wanted, HandoffWanted)
    assert (wanted.reason, wanted.detail) == (HandoffReason.TOOL_FAILURE, "get_order:down")


async def test_nothing_to_return_is_said_and_a_person_offered() -> None:
    talk = make_talk(Shop(orders={}))
    reply = await talk.say(StartFlow("rma_return"))
    said, offer, finished = reply.outputs
    assert isinstance(said, Say)
    assert said.key == "flow_no_choices"
    assert isinstance(offer, Offer)
    assert isinstance(finished, Finished)
    reply = await talk.say(Affirm())
    assert isinstance(reply.outputs[0], HandoffWanted)


async def test_a_single_choice_needs_no_question() -> None:
    talk = make_talk(Shop(methods=["card"]))
    await talk.say(StartFlow("rma_return"), to_action("order", ORDER), to_action("items", [KEYBOARD]))
    reply = await talk.answer(reason="mind")
    (preview,) = reply.outputs
    assert isinstance(preview, Preview)
    assert preview.pending.arguments["payment_method_id"] == "card"


@pytest.mark.parametrize("refusal", [Deny(), Cancel("flow"), Cancel("question")])
async def test_a_no_to_the_preview_ends_the_flow_with_nothing_submitted(refusal: Deny | Cancel) -> None:
    talk = make_talk()
    preview = await to_preview(talk)
    reply = await talk.say(refusal)
    assert reply.applied.voided == (preview.pending.id,)
    said, finished = reply.outputs
    assert "没有提交任何退货" in reply.text
    assert isinstance(said, Say)
    assert isinstance(finished, Finished)
    assert finished.outcome == "declined"
    await talk.say(Affirm())
    assert talk.shop.writes == []


async def test_an_expired_confirmation_is_asked_anew() -> None:
    talk = make_talk()
    await to_preview(talk)
    reply = await talk.say(Affirm(), after=timedelta(hours=1))
    assert reply.dropped == ["confirmation_expired"]
    assert isinstance(reply.outputs[-1], Preview)
    assert talk.shop.writes == []


async def test_a_forgotten_value_is_asked_again() -> None:
    talk = make_talk()
    await to_preview(talk)
    reply = await talk.say(ClearSlot("reason"))
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    assert ask.slot == "reason"
    assert talk.state.pending is None
