"""What messages mean to flows: wishes, go-aheads, what is not wanted, and what was submitted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kefu.dialogue.commands import Action, Affirm, Amend, Cancel, SetSlot, StartFlow
from kefu.dialogue.context import TurnContext
from kefu.dialogue.flows.definition import Flow, Wording
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.state import Done, Shown
from kefu.dialogue.hearing import hear
from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.dialogue.propose.going_ahead import read_go_ahead
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.slots import SlotContext
from kefu.dialogue.state import State
from kefu.domain.conversation import Author, Message
from kefu.knowledge.embedding import Vectors
from tests.support.flows import flow_of

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PROPOSER = Proposer(RuleProposer.load())
CUES = {"return": ("退", "return", "refund"), "invoice": ("票", "invoice"), "exchange": ("换", "exchange", "swap")}


class Cued(IntentClassifier):
    """Knows a wish by a word."""

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        del vector
        found = [name for name, words in CUES.items() if any(word in text for word in words)]
        share = 1.0 / len(found) if found else 0.0
        candidates = tuple((name, share) for name in found) or (("other", 0.9),)
        return Recognition(candidates, 1.0, is_accepted=True, language="en", anger=0.0)


def flow(name: str, zh: str, en: str, slots: str) -> Flow:
    return flow_of(
        f"flow: {name}\nversion: 1\ntitle: {{zh: {zh}, en: {en}}}\nslots:\n{slots}steps:\n  - collect: [order, why]\n"
    )


SLOTS = (
    '  order: {type: order_ref, pattern: "W[0-9]+", ask: {zh: 哪一笔, en: which}}\n'
    "  why: {type: enum, ask: {zh: 为什么, en: why}, values: {bad: {zh: [坏了], en: [broken]}, big: {zh: [太大], en: [too big]}}}\n"
)
FLOWS: Mapping[str, Flow] = {
    "return": flow("return", "退货", "Return", SLOTS),
    "invoice": flow("invoice", "开发票", "Invoice", SLOTS),
    "exchange": flow("exchange", "换货", "Exchange", SLOTS),
}


def situation(**given: object) -> Situation:
    bare = Situation(FLOWS, (), None, {}, {}, SlotContext(NOW, "zh"), Cued())
    return replace(bare, **given)  # type: ignore[arg-type]


def propose(*texts: str, within: Situation | None = None) -> list[Action]:
    messages = tuple(Message(f"m{n}", "c", n, str(n), Author.VISITOR, text, NOW) for n, text in enumerate(texts))
    heard = hear(TurnContext("turn_1", "ws", "c", "Shop", messages, State(), NOW))
    return [one.action for one in PROPOSER.propose(heard, within or situation())]


def values(actions: list[Action]) -> dict[tuple[str, str], object]:
    return {(one.flow, one.slot): one.value for one in actions if isinstance(one, SetSlot)}


@pytest.mark.parametrize(
    "text", ["退W111 坏了，另外给W222开个票", "return W111, it is broken, and also an invoice for W222"]
)
def test_of_two_wishes_each_has_its_own_words_and_the_first_comes_first(text: str) -> None:
    actions = propose(text)
    started = [one for one in actions if isinstance(one, StartFlow)]
    assert started == [StartFlow("invoice"), StartFlow("return")]  # what is opened last is uppermost
    assert values(actions) == {("return", "order"): "W111", ("return", "why"): "bad", ("invoice", "order"): "W222"}


def test_words_before_a_clarifying_question_count_for_the_flow_that_is_chosen() -> None:
    shown = tuple(Shown(name, Wording(one.title.zh, one.title.en)) for name, one in FLOWS.items())
    expected = Expectation("clarify", "", choices=shown, said="W333 太大了")
    actions = propose("退货", within=situation(expectation=expected))
    assert StartFlow("return") in actions
    assert values(actions) == {("return", "order"): "W333", ("return", "why"): "big"}


DONE = Done("return", {"order": "W1", "why": "bad"}, {}, 3)


@pytest.mark.parametrize(
    "text", ["哎 我还想改成太大", "不对，是W2", "sorry, it should be W2", "算了不退了", "写错了 订单是W2"]
)
def test_words_of_correction_mean_what_was_submitted(text: str) -> None:
    assert Amend("return") in propose(text, within=situation(done=DONE))
    assert Amend("return") not in propose(text)


@pytest.mark.parametrize("text", ["谢谢", "再退一个W2", "给W2开票", "换货，改成太大的", "退款多久到？"])
def test_anything_else_does_not(text: str) -> None:
    assert Amend("return") not in propose(text, within=situation(done=DONE))


@pytest.mark.parametrize(
    ("text", "flow", "meant"),
    [
        ("开吧", "invoice", "yes"), ("好的开吧", "invoice", "yes"), ("退吧", "return", "yes"), ("提交吧", "return", "yes"),
        ("send it", "invoice", "yes"), ("great, submit it", "return", "yes"), ("return it please", "return", "yes"),
        ("换吧", "exchange", "nothing"), ("exchange it", "exchange", "nothing"),
        ("换吧", "return", ""), ("算了吧", "return", ""), ("不退吧", "return", ""), ("等等吧", "return", ""), ("cancel it", "return", ""),
        ("don't send it", "invoice", ""), ("keep it", "return", ""), ("退吧不退吧", "return", ""),
    ],
)  # fmt: skip
def test_a_go_ahead_names_the_deed_that_is_shown(text: str, flow: str, meant: str) -> None:
    assert read_go_ahead(text, FLOWS[flow]) == meant


def test_a_go_ahead_is_a_yes_only_to_a_preview() -> None:
    opened = (FLOWS["invoice"],)
    preview = situation(open_flows=opened, expectation=Expectation("confirmation", "invoice"))
    assert propose("没错，开吧", within=preview) == [Affirm(), Affirm()]
    assert propose("开吧？", within=preview)[:1] != [Affirm()]
    assert Affirm() not in propose("开吧", within=situation(open_flows=opened))


def test_an_all_embracing_cancel_outranks_a_small_one() -> None:
    opened = (FLOWS["invoice"], FLOWS["return"])
    assert Cancel("all") in propose("stop, cancel everything", within=situation(open_flows=opened))


@pytest.mark.parametrize("text", ["我没说要开票", "别给我开发票", "I didn't ask for an invoice", "我不是要退货"])
def test_what_is_not_wanted_starts_nothing(text: str) -> None:
    assert not [one for one in propose(text) if isinstance(one, StartFlow)]
