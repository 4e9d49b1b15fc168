"""A model reads beside the rules: in time or not at all, while passages are looked up, and never what is secret."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.commands import AskKB, Command, SetSlot, Span
from kefu.dialogue.context import TurnContext
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.hard_turns import HardRead, settle
from kefu.dialogue.hearing import hear
from kefu.dialogue.propose.hardness import Hardness
from kefu.dialogue.propose.left_over import ASKED, LEFT_OVER
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.slots import SlotContext
from kefu.dialogue.spending import Spending
from kefu.dialogue.state import State
from kefu.dialogue.trace import Trace
from kefu.domain.conversation import Author, Message
from kefu.kit.clock import Clock
from kefu.models.scripted import Pause, ScriptedModel, ScriptedReply
from tests.support.flows import sample
from tests.support.hard_turns import make_hard_turns

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
RETURN = sample("rma_return")
CARD = Shown("card", RETURN.title)
CHOICE = {"do": "set_slot", "flow": "", "slot": "refund_to", "words": "刷的那个", "choices": ["card"]}
REPLY = json.dumps({"commands": [CHOICE]}, ensure_ascii=False)


@dataclass(frozen=True)
class SimpleFinding:
    is_answerable: bool


class Desk:
    """Looks things up, and notices whether the model was still at it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.was_parallel = False
        self.model_is_done = asyncio.Event()

    async def look_up(self, question: str) -> Finding:
        self.asked.append(question)
        await asyncio.sleep(0)
        self.was_parallel = not self.model_is_done.is_set()
        return Finding(question, "zh", (), (), None, 0.0, 0.5)


async def read(
    text: str, desk: Desk, *replies: ScriptedReply, rule: str = LEFT_OVER, mode: str = "full", **options: Any
) -> tuple[HardRead, Trace, Spending, ScriptedModel]:
    model = ScriptedModel(replies, is_configured=options.pop("is_configured", True))
    message = Message("m1", "c", 1, "1", Author.VISITOR, text, NOW)
    context = TurnContext("turn_1", "ws", "c", "Shop", (message,), State(), NOW)
    trace, spending = Trace(Clock()), Spending()
    flow = RETURN if mode == "full" else _with_mode(mode)
    expected = Expectation("slot", flow.name, "refund_to", flow.slots["refund_to"], choices=(CARD,))
    situation = Situation({flow.name: flow}, (flow,), expected, {}, {}, SlotContext(NOW, "zh"))
    found = await make_hard_turns(model, InputGuard.load(), timeout_s=0.2).read(
        (Command(AskKB(text), "residual", rule, Span(0, 0, len(text)), 0.5),),
        context=context,
        heard=hear(context),
        situation=situation,
        look_up=desk.look_up,
        may_ask=options.pop("may_ask", True),
        trace=trace,
        spending=spending,
    )
    desk.model_is_done.set()
    return found, trace, spending, model


def _with_mode(llm: Any) -> Any:
    return replace(RETURN, mode=replace(RETURN.mode, llm=llm))


def stages(trace: Trace) -> list[tuple[str, str]]:
    steps: Any = trace.to_json()["steps"]
    return [(step["stage"], step["chosen"]) for step in steps]


async def test_what_the_model_proposes_takes_the_place_of_what_was_left_over() -> None:
    found, trace, spending, _ = await read("打回我刷的那个", Desk(), REPLY)
    assert [one.action for one in found.commands] == [SetSlot("refund_to", "刷的那个", "card")]
    assert stages(trace) == [("route", "model"), ("model_read", "read")]
    assert (spending.is_hard, spending.calls) == (True, 1)
    assert min(spending.prompt_tokens, spending.completion_tokens) > 0


async def test_a_slow_model_is_not_waited_for_and_passages_are_looked_up_meanwhile() -> None:
    desk = Desk()
    found, trace, spending, _ = await read("打回我刷的那个", desk, (Pause(5.0), REPLY))
    assert [one.name for one in found.commands] == ["AskKB"]
    assert list(found.found) == desk.asked == ["打回我刷的那个"]
    assert desk.was_parallel
    assert stages(trace)[-1] == ("model_read", "failed")
    assert 0 < spending.ms < 2000


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("打回我刷的那个", {"is_configured": False}),
        ("打回我刷的那个", {"may_ask": False}),
        ("打回我刷的那个", {"mode": "none"}),
        ("密码是abc12345，打回刷的那个", {}),
    ],
)
async def test_a_hard_turn_is_marked_where_no_model_may_read_it(text: str, options: dict[str, Any]) -> None:
    desk = Desk()
    found, trace, spending, model = await read(text, desk, REPLY, **options)
    assert (model.requests, desk.asked, [one.name for one in found.commands]) == ([], [], ["AskKB"])
    assert (spending.is_hard, spending.calls, stages(trace)) == (True, 0, [("route", "hard")])


async def test_a_question_is_read_by_a_model_when_nothing_answers_it() -> None:
    desk = Desk()
    _, _, spending, model = await read("打回我刷的那个？", desk, REPLY, rule=ASKED)
    assert (desk.asked, len(model.requests), spending.calls) == (["打回我刷的那个？"], 1, 1)


def test_a_question_that_is_answered_is_easy() -> None:
    command = Command(AskKB("几点开门"), "residual", ASKED, Span(0, 0, 4), 0.5)
    answered = {"几点开门": SimpleFinding(is_answerable=True)}
    assert not settle(Hardness((), (command,)), cast("Any", answered)).is_hard
    assert settle(Hardness((), (command,)), cast("Any", {"几点开门": SimpleFinding(is_answerable=False)})).is_hard
