"""Guards of plugins: of messages before they are read, of sentences before they leave; and what counts when one fails."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch, Finished, GateReported, HandoffRequested, Said
from kefu.dialogue.extending.extensions import Enabled, Extensions
from kefu.dialogue.extending.guarding import Passage
from kefu.dialogue.extending.outward import Outward
from kefu.dialogue.flows.state import DialogueState, OpenQuestion
from kefu.dialogue.flows.state_json import to_json
from kefu.dialogue.state import State
from kefu.dialogue.trace import Trace
from kefu.domain.turn import Decision, DeltaKind, EventType, HandoffReason
from kefu.kit.clock import Clock
from kefu.plugins.guards import Guard, GuardAction, Verdict
from kefu.plugins.host import PluginHost
from kefu.services.evaluation.answers import CorpusDocument
from tests.support.acme import SECONDS, Acme, AcmeSettings, Guards
from tests.support.profiles import STRINGS, Customer
from tests.support.turns import start_flow, steps_of

FUND = CorpusDocument("fund", "基金", "# 基金\n\n稳健基金每年的收益是 3%。")
PROMISE = CorpusDocument("fund", "基金", "# 基金\n\n稳健基金稳赚不赔，每年 3%。")


def with_guard(customer: Customer, acme: Acme, **changes: Any) -> None:
    """The same plugin with another guard of sentences."""
    guards = Guards(acme)
    outward = replace(Guard("outward", "output", guards.outward, seconds=SECONDS), **changes)
    host = PluginHost([acme.plugin(guards=(outward,))])
    customer.extensions = Extensions(host, (Enabled(host.plugins[0], AcmeSettings()),))


# ── What comes in ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_refused_message_ends_in_the_plugin_s_words(customer: Customer) -> None:
    assert await customer.say("有什么内幕消息？") == "内幕消息不能讨论。"
    assert customer.last is not None
    assert customer.last.decision is Decision.REFUSE
    (step,) = [one for one in steps_of(customer, "plugin") if one["chosen"] == "refuse"]
    facts = {"plugin": "acme", "part": "inward", "at": "guard_in", "why": "insider"}
    assert (step["reason"], step["facts"]) == ("acme.inward", facts)


async def test_a_refusal_leaves_the_open_flow_as_it_is(customer: Customer) -> None:
    await start_flow(customer, "show_contract", "zh")
    await customer.say("有内幕吗")
    assert "合同 K-12340 已找到" in await customer.say("K-12340")


async def test_a_message_is_handed_to_a_person(customer: Customer) -> None:
    said = await customer.say("我要投诉监管部门")
    assert said.startswith("马上为您联系专员。")
    (event,) = [one for one in customer.events if isinstance(one, HandoffRequested)]
    assert event.reason is HandoffReason.POLICY_RESTRICTION


async def test_notes_reach_the_guards_of_sentences_and_the_trace(customer: Customer) -> None:
    assert "（基金另有规定）" in await customer.say("基金的标准配送需要几天？")
    assert {"topic": "fund"} in [one["facts"].get("notes") for one in steps_of(customer, "plugin")]
    assert "另有规定" not in await customer.say("标准配送需要几天？")


@pytest.mark.parametrize("mode", ["raises", "hangs", "blocks", "lies"])
async def test_a_guard_of_messages_that_fails_lets_the_turn_go_on(customer: Customer, acme: Acme, mode: str) -> None:
    acme.mode["input"] = mode
    assert "3 天" in await customer.say("标准配送需要几天？")
    (step,) = [one for one in steps_of(customer, "plugin") if one["chosen"] == "cut_off"]
    assert step["facts"] | {"why": ""} == {"plugin": "acme", "part": "inward", "at": "guard_in", "why": ""}


@pytest.mark.parametrize(("declared", "decision"), [("refuse", Decision.REFUSE), ("hand_off", Decision.HANDOFF)])
async def test_a_guard_of_messages_may_declare_to_be_strict(
    customer: Customer, acme: Acme, declared: Any, decision: Decision
) -> None:
    guard = Guard("inward", "input", Guards(acme).inward, on_failure=declared, seconds=SECONDS)
    host = PluginHost([acme.plugin(guards=(guard,))])
    assert host.broken == ()
    customer.extensions = Extensions(host, (Enabled(host.plugins[0], None),))
    acme.mode["input"] = "raises"
    await customer.say("标准配送需要几天？")
    assert customer.last is not None
    assert customer.last.decision is decision


# ── What goes out ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_sentence_is_replaced_with_its_citation_kept(customer: Customer) -> None:
    customer.page = FUND
    said = await customer.say("稳健基金每年的收益是多少？")
    assert "稳健基金每年的收益是 3%。 [1]（投资有风险）" in said
    (quote,) = [one for one in customer.events if isinstance(one, Said) and one.citations]
    assert quote.kind is DeltaKind.TEMPLATE, "what a guard has worded is no quote any more"
    assert [one["facts"]["why"] for one in steps_of(customer, "plugin") if one["facts"]["at"] == "guard_out"] == [
        "risk"
    ]


async def test_where_nothing_may_be_said_the_assistant_abstains(customer: Customer) -> None:
    customer.page = PROMISE
    said = await customer.say("稳健基金每年多少？")
    assert customer.last is not None
    assert "稳赚" not in said
    assert "不便在这里说明" in said
    assert "基金" not in said, "what led to the quote is not left behind"
    assert (customer.last.decision, customer.last.open_question) == (Decision.ABSTAIN, "offer_handoff")
    assert [one.choice for one in customer.last.quick_replies] == ["handoff:yes", "handoff:no"]
    await customer.say("好的")
    assert customer.last.decision is Decision.HANDOFF


async def test_a_quote_stands_in_for_a_sentence_of_a_model_that_is_blocked(customer: Customer) -> None:
    async def no_words_of_models(text: str, ctx: Any) -> Verdict:
        return Verdict.block("worded") if ctx.kind is DeltaKind.MODEL else Verdict.allow()

    host = PluginHost([acme_with(customer, Guard("outward", "output", no_words_of_models))])
    customer.extensions = Extensions(host, (Enabled(host.plugins[0], None),))
    customer.use_model("标准配送需要 3 天。[1]")
    said = await customer.say("标准配送需要几天？")
    assert customer.last is not None
    kinds = {one.kind for one in customer.events if isinstance(one, Said)}
    assert DeltaKind.MODEL not in kinds
    assert DeltaKind.QUOTE in kinds
    assert "3 天" in said
    assert customer.last.decision is Decision.ANSWER
    (compose,) = steps_of(customer, "compose")
    assert compose["facts"]["held_back"] == 1


def acme_with(customer: Customer, guard: Guard) -> Any:
    assert customer.extensions is not None
    return replace(customer.extensions.enabled[0].plugin, guards=(guard,))


@pytest.mark.parametrize("mode", ["raises", "hangs", "blocks"])
async def test_what_a_failed_guard_should_have_seen_does_not_leave(customer: Customer, acme: Acme, mode: str) -> None:
    acme.mode["output"] = mode
    said = await customer.say("标准配送需要几天？")
    assert customer.last is not None
    assert "3 天" not in said
    assert customer.last.decision is Decision.ABSTAIN
    assert [one["chosen"] for one in steps_of(customer, "plugin")][-1] == "cut_off"
    assert ["held_back_by_guard", "abstain"] in [
        [one["reason"], one["chosen"]] for one in steps_of(customer, "guard_out")
    ]


async def test_a_guard_that_has_failed_is_not_asked_again_in_its_turn(customer: Customer, acme: Acme) -> None:
    customer.page = CorpusDocument("pages", "配送", "# 配送\n\n标准配送需要 3 天。\n\n# 付款\n\n付款可以用银行卡。")
    acme.mode["output"] = "hangs"
    await customer.say("标准配送需要几天？付款可以用什么？")
    assert sum(guard == "outward" for guard, _ in acme.heard) == 1


async def test_a_guard_may_declare_that_quotes_need_it_not(customer: Customer, acme: Acme) -> None:
    with_guard(customer, acme, on_failure="quote")
    acme.mode["output"] = "raises"
    customer.use_model("标准配送需要 3 天。[1]")
    assert "3 天" in await customer.say("标准配送需要几天？")
    assert DeltaKind.MODEL not in {one.kind for one in customer.events if isinstance(one, Said)}


async def test_kefu_s_own_texts_leave_without_the_guard(customer: Customer, acme: Acme) -> None:
    acme.mode["output"] = "raises"
    assert "智能客服" in await customer.say("你好")


async def test_a_question_that_was_not_read_cannot_be_answered(customer: Customer) -> None:
    assert customer.extensions is not None

    async def no_contracts(text: str, ctx: Any) -> Verdict:
        return Verdict.block("contracts") if "合同号" in text else Verdict.allow()

    host = PluginHost([acme_with(customer, Guard("outward", "output", no_contracts))])
    customer.extensions = Extensions(host, (Enabled(host.plugins[0], None),))
    assert "不便在这里说明" in await start_flow(customer, "show_contract", "zh")
    assert customer.state.dialogue is not None
    assert customer.state.dialogue["open"] is None


async def test_a_confirmation_whose_preview_was_held_back_is_not_asked_for() -> None:
    outward, finished = make_outward()
    batch = (
        Said("稳赚的方案，确认吗？", DeltaKind.FACT, asks=True),
        GateReported(EventType.TOOL_CALLED, {}),
        GateReported(EventType.CONFIRMATION_REQUESTED, {}),
        finished,
    )
    (passed,) = [one async for one in outward.pass_on(only(batch))]
    assert [one.type for one in passed if isinstance(one, GateReported)] == [EventType.TOOL_CALLED]
    assert passed[-1].dialogue["open"] is None  # type: ignore[union-attr, index]


class _Blocking:
    held_back = 0

    async def pass_on(self, text: str, kind: DeltaKind) -> Passage:
        self.held_back += "稳赚" in text
        return Passage(None if "稳赚" in text else text)


def make_outward() -> tuple[Outward, Finished]:
    context = TurnContext("turn_1", "ws", "conv", "Shop", (), State(), datetime(2026, 1, 1, tzinfo=UTC))
    trace = Trace(Clock())
    dialogue = to_json(DialogueState(open=OpenQuestion("confirmation", "turn_1")))
    finished = Finished(Decision.ASK, None, "zh", (), None, None, trace.to_json(), dialogue=dialogue)
    return Outward(_Blocking(), context, strings=STRINGS, trace=trace), finished  # type: ignore[arg-type]


async def only(batch: Batch) -> AsyncGenerator[Batch, None]:
    yield batch


def test_each_place_has_its_actions() -> None:
    assert Verdict.block("x").action is GuardAction.BLOCK
    assert Verdict.annotate("x", a=1).notes == {"a": 1}
