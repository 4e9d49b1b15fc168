"""What holds whatever a customer says, in any order: random conversations over three flows."""

import asyncio
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.dialogue.commands import (
    Action,
    Affirm,
    AskKB,
    Cancel,
    Clarify,
    ClearSlot,
    Deny,
    SetSlot,
    Skip,
    StartFlow,
)
from kefu.dialogue.flows.evaluator import evaluate
from kefu.dialogue.flows.outputs import Ask, Finished, HandoffWanted, Offer, Preview, Required
from kefu.dialogue.flows.port import ToolResult
from kefu.dialogue.flows.state import MAX_FRAMES
from tests.support.flows import CANCEL_ORDER, Reply, Talk, flow_of, sample, to_action

ACTIONS: st.SearchStrategy[Action] = st.sampled_from(
    [
        StartFlow("rma_return"),
        StartFlow("cancel_order"),
        StartFlow("risk_questionnaire"),
        to_action("order", "#W2378156"),
        to_action("order", "#W1111111"),
        to_action("order", "#W0"),
        to_action("items", ["1151293680"]),
        to_action("items", ["7777777777", "4983901480"]),
        to_action("items", "?键盘 clicky"),
        to_action("reason", "mind"),
        to_action("reason", "defect"),
        to_action("refund_to", "card"),
        to_action("sure", True),
        to_action("horizon", "lt1"),
        to_action("loss", "l30"),
        to_action("income_need", False),
        SetSlot("reason", "无", "nonsense"),
        ClearSlot("order"),
        Affirm(),
        Affirm(),
        Affirm(),
        Deny(),
        Skip(),
        AskKB("运费谁出"),
        Cancel("question"),
        Cancel("flow"),
        Cancel("all"),
        Clarify(("rma_return", "cancel_order")),
    ]
)
HELPFUL: st.SearchStrategy[Action] = st.sampled_from(
    [
        to_action("items", ["1151293680"]),
        to_action("reason", "mind"),
        to_action("refund_to", "card"),
        to_action("sure", True),
        Affirm(),
        Affirm(),
    ]
)
"""What a customer says who wants it done: without these, hardly any conversation gets as far as a write."""
BEGINNING: list[list[Action]] = [[StartFlow("rma_return"), to_action("order", "#W2378156")]]
MESSAGES = st.lists(st.lists(ACTIONS, min_size=1, max_size=3) | HELPFUL.map(lambda action: [action]), max_size=14)
OUTCOMES = st.sampled_from([None, ToolResult("failed", {}, "not_delivered"), ToolResult("unknown", {})])


async def converse(messages: list[list[Action]], outcome: ToolResult | None, gap: int) -> None:
    talk = Talk(sample("rma_return"), flow_of(CANCEL_ORDER), sample("risk_questionnaire"))
    if outcome is not None:
        talk.shop.failing["create_return"] = outcome
    for message in messages:
        written, before = len(talk.shop.writes), talk.state
        reply = await talk.say(*message, after=timedelta(minutes=gap))
        check_writes(talk, reply, message, written)
        questions = [o for o in reply.outputs if isinstance(o, Ask | Offer | Preview | Required)]
        assert len(questions) <= 1
        assert len(talk.state.stack) <= MAX_FRAMES
        assert all(talk.state.open is None for output in reply.outputs if isinstance(output, HandoffWanted))
        check_frames(before.opened, talk, reply)
        assert await evaluate(talk.before, talk.flows, talk.shop, turn=talk.turn) == reply.evaluation


def check_writes(talk: Talk, reply: Reply, message: list[Action], written: int) -> None:
    """A write needs a yes that came alone, to exactly what had been shown; and it is never done twice."""
    new = talk.shop.writes[written:]
    confirmed = reply.applied.confirmed
    assert len(new) <= (confirmed is not None)
    if confirmed is not None:
        assert Affirm() in message
        assert confirmed.turn_id != talk.turn.turn_id
        assert not any(isinstance(action, AskKB | Cancel) for action in message)


def check_frames(opened: int, talk: Talk, reply: Reply) -> None:
    """Every flow that is open was opened once, and what is finished has left nothing behind."""
    finished = {output.frame_id for output in reply.outputs if isinstance(output, Finished)}
    open_ids = [frame.id for frame in talk.state.stack]
    assert len(set(open_ids)) == len(open_ids)
    assert not finished & set(open_ids)
    assert set(talk.state.slots) <= {*open_ids, "conversation"}
    assert talk.state.opened >= opened
    if talk.state.pending is not None:
        assert talk.state.pending.frame_id in open_ids


@settings(max_examples=20, deadline=None)
@given(MESSAGES, OUTCOMES, st.sampled_from([1, 20, 800]))
def test_whatever_is_said_nothing_is_written_without_its_yes(
    messages: list[list[Action]], outcome: ToolResult | None, gap: int
) -> None:
    asyncio.run(converse([*BEGINNING, *messages], outcome, gap))
