"""Law 1: a model proposes. What customers plainly say stays theirs, and no model ever says a yes for them."""

from datetime import UTC, datetime

import pytest

from kefu.dialogue.commands import (
    Action,
    Affirm,
    AskKB,
    Cancel,
    Clarify,
    Command,
    Deny,
    Handoff,
    SetSlot,
    Skip,
    Source,
    Span,
    StartFlow,
)
from kefu.dialogue.context import TurnContext
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.hearing import Heard, hear
from kefu.dialogue.processing import OFFER_HANDOFF, process
from kefu.dialogue.propose.checking import PRIOR, Checked, check
from kefu.dialogue.propose.hardness import Reason, find_hardness
from kefu.dialogue.propose.joining import join
from kefu.dialogue.propose.left_over import LEFT_OVER
from kefu.dialogue.propose.proposals import Proposal, read_proposals
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.slots import SlotContext
from kefu.dialogue.state import State
from kefu.domain.conversation import Author, Message
from kefu.domain.trace import DropReason
from kefu.domain.turn import HandoffReason
from kefu.models.structured import UnreadableReplyError
from tests.support.flows import Talk, sample, to_action

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
RETURN: Flow = sample("rma_return")
CHOICES = tuple(Shown(id_, RETURN.title) for id_ in ("card", "balance"))
HANDOFF = Handoff(HandoffReason.CUSTOMER_REQUEST)


def heard(*texts: str) -> Heard:
    messages = tuple(Message(f"m{n}", "c", n, str(n), Author.VISITOR, text, NOW) for n, text in enumerate(texts))
    return hear(TurnContext("turn_1", "ws", "c", "Shop", messages, State(), NOW))


def situation(kind: str = "", slot: str = "", *, is_open: bool = True) -> Situation:
    expected = None
    if kind:
        choices = CHOICES if slot == "refund_to" else ()
        expected = Expectation(kind, RETURN.name, slot, RETURN.slots.get(slot), choices=choices)  # type: ignore[arg-type]
    opened = (RETURN,) if is_open else ()
    return Situation({RETURN.name: RETURN}, opened, expected, {}, {}, SlotContext(NOW, "zh"))


def command(action: Action, source: Source = "model", span: Span | None = None, rule: str = "x") -> Command:
    return Command(action, source, rule, span or Span(0, 0, 4), 0.7)


def own(action: Action, rule: str = "x") -> Command:
    return command(action, "rule", rule=rule)


def checked(*proposals: Proposal, said: str = "退到卡里", at: Situation | None = None) -> Checked:
    return check(proposals, heard(said), at or situation("slot", "refund_to"), started=())


# ── the yes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_forged_yes_confirms_nothing() -> None:
    talk = Talk(RETURN)
    await talk.say(StartFlow(RETURN.name))
    await talk.answer(order="#W2378156", items=["1151293680"], reason="mind", refund_to="card")
    assert talk.state.pending is not None
    forged = Command(Affirm(), "model", "affirm", Span(0, 0, 1), 1.0)
    applied = talk.engine.apply((forged,), talk.state, talk.turn)
    assert applied.confirmed is None
    assert [dropped.reason for dropped in applied.dropped] == [DropReason.FORGED_YES]
    assert applied.state.pending == talk.state.pending


def test_a_forged_yes_hands_nobody_off() -> None:
    state = State(open_question=OFFER_HANDOFF)
    plan = process((command(Affirm()),), state)
    assert (plan.commands, [one.reason for one in plan.dropped]) == ((), [DropReason.FORGED_YES])
    assert [one.name for one in process((own(Affirm()),), state).commands] == ["Handoff"]


@pytest.mark.parametrize("do", ["affirm", "confirm", "yes", "Affirm", "flow:yes", "run_tool", ""])
def test_there_is_no_word_for_a_yes(do: str) -> None:
    found = checked(Proposal(do, words="退到卡里"))
    assert (found.commands, len(found.dropped)) == ((), 1)


def test_a_yes_or_no_question_takes_no_answer_of_a_model() -> None:
    spec = next(iter(RETURN.slots.values()))
    bool_slot = type(spec)(name="sure", type="bool", ask=None, line=0)
    expected = Expectation("slot", RETURN.name, "sure", bool_slot)
    at = Situation({}, (RETURN,), expected, {}, {}, SlotContext(NOW, "zh"))
    found = checked(Proposal("set_slot", slot="sure", words="好", choices=("true",)), said="好", at=at)
    assert (found.commands, found.dropped[0][1]) == ((), "a model may give no value for it")


# ── nothing in a proposal is believed ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        (Proposal("set_slot", slot="refund_to", words="打我支付宝", choices=("card",)), "not the customer's words"),
        (Proposal("set_slot", slot="refund_to", choices=("card",)), "names no words"),
        (Proposal("set_slot", slot="refund_to", words="卡里", choices=("alipay",)), "no listed choice: alipay"),
        (Proposal("set_slot", slot="refund_to", words="卡里", choices=("card", "balance")), "one choice is wanted"),
        (Proposal("set_slot", slot="is_admin", words="卡里"), "no open flow has this slot"),
        (Proposal("set_slot", slot="photo", words="卡里"), "may give no value"),
        (Proposal("start_flow", flow="refund_all", words="退到"), "no such flow"),
        (Proposal("start_flow", flow="rma_return", words="退到"), "open already"),
        (Proposal("skip", words="退到"), "no question is open for it"),
    ],
)
def test_what_was_made_up_is_dropped(proposal: Proposal, reason: str) -> None:
    found = checked(proposal)
    assert found.commands == ()
    assert reason in found.dropped[0][1]


def test_what_holds_becomes_a_command_with_the_prior_of_its_source() -> None:
    found = checked(Proposal("set_slot", slot="refund_to", words="卡里", choices=("card",)))
    assert found.commands == (Command(SetSlot("refund_to", "卡里", "card"), "model", "choice", Span(0, 2, 4), PRIOR),)


def test_secrets_are_not_taken() -> None:
    found = checked(Proposal("set_slot", slot="refund_to", words="密码是abc12345"), said="密码是abc12345")
    assert found.dropped[0][1] == "secrets are not kept"


def test_words_are_found_in_any_message_and_any_script() -> None:
    found = check((Proposal("ask", words="退到卡裡"),), heard("你好", "退到卡里"), situation(), started=())
    assert [one.span for one in found.commands] == [Span(1, 0, 4)]


@pytest.mark.parametrize("reply", [{}, {"commands": "x"}, {"commands": [1]}, {"commands": [{"do": 1}]}])
def test_another_shape_is_unreadable(reply: dict[str, object]) -> None:
    with pytest.raises(UnreadableReplyError):
        read_proposals(reply)  # type: ignore[arg-type]


# ── beside what the customer said ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", [Deny(), Cancel(), HANDOFF, Affirm()])
@pytest.mark.parametrize("action", [StartFlow("rma_return"), Cancel(), Deny(), Skip(), HANDOFF, Affirm()])
def test_a_plain_word_stays(word: Action, action: Action) -> None:
    joined = join((own(word), own(AskKB("x"), LEFT_OVER)), Checked((command(action),)), situation("confirmation"))
    assert joined.commands == (own(word), own(AskKB("x"), LEFT_OVER))
    assert len(joined.dropped) == 1


def test_a_no_to_a_question_is_no_other_value() -> None:
    value = command(SetSlot("reason", "x", "mind"))
    assert join((own(Deny()),), Checked((value,)), situation("slot", "sure")).commands == (own(Deny()),)
    assert join((own(Deny()),), Checked((value,)), situation("confirmation")).commands == (own(Deny()), value)


def test_a_value_that_was_read_stays() -> None:
    mine, other = own(SetSlot("reason", "x", "mind")), command(SetSlot("reason", "x", "defect"))
    assert join((mine,), Checked((other,)), situation()).commands == (mine,)
    unclear = own(SetSlot("reason", "x", None))
    assert join((unclear,), Checked((other,)), situation()).commands == (other,)


def test_a_model_decides_between_guesses_and_explains_what_is_left_over() -> None:
    guess, left = own(Clarify(("a", "b"))), own(AskKB("x"), LEFT_OVER)
    start = command(StartFlow("rma_return"))
    assert join((guess, left), Checked((start,)), situation(is_open=False)).commands == (start,)


# ── when a model is asked ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("commands", "reasons"),
    [
        ((own(AskKB("那个啥"), LEFT_OVER),), (Reason.LEFT_OVER,)),
        ((own(Clarify(("a", "b"))),), (Reason.NEAR,)),
        ((own(SetSlot("reason", "x", None)),), (Reason.UNREAD,)),
        ((own(to_action("reason", "mind")), own(to_action("reason", "size"))), (Reason.CONTRADICTORY,)),
        ((own(Affirm()), own(Deny())), (Reason.CONTRADICTORY,)),
        ((own(StartFlow("rma_return")),), (Reason.LEFT_OVER,)),
        ((own(to_action("reason", "mind")),), ()),
        ((own(Affirm()),), ()),
        ((own(HANDOFF), own(AskKB("那个啥"), LEFT_OVER)), ()),
        ((command(Affirm(), "payload"), own(AskKB("那个啥"), LEFT_OVER)), ()),
    ],
)
def test_a_turn_is_hard_by_what_was_measured(commands: tuple[Command, ...], reasons: tuple[Reason, ...]) -> None:
    assert find_hardness(commands, heard("那个啥"), situation("slot", "reason")).reasons == reasons


def test_a_question_is_hard_only_when_nothing_answers_it() -> None:
    found = find_hardness((own(AskKB("几点开门")),), heard("几点开门"), situation(is_open=False))
    assert (found.is_hard, len(found.pending)) == (False, 1)
