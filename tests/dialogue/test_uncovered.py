"""What a model has looked up passes the guards like any other sentence of a model."""

from typing import Any

from kefu.dialogue.events import Said
from kefu.dialogue.extending.guarding import Passage
from kefu.dialogue.loop.loop import Looped
from kefu.dialogue.loop.sheet import FactSheet
from kefu.dialogue.spending import Spending
from kefu.dialogue.trace import Trace
from kefu.dialogue.uncovered import Uncovered
from kefu.domain.turn import DeltaKind
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings

SAID = ["Fund A has risen by 12 %.", "You should buy it now."]


class Found:
    """A workspace that lets models look, and a loop that has found two sentences in one tool."""

    is_open_to_models = is_configured = True
    texts = None
    log = ()

    def tools_for_model(self, _language: str) -> "Found":
        return self

    async def list_callable(self) -> tuple[str, ...]:
        return ("funds",)

    async def run(self, *_given: Any, **_more: Any) -> Looped:
        sheet = FactSheet("en", None)
        sheet.add("funds", {"name": "Fund A"})
        return Looped(sheet, sentences=[*SAID], ended="answer")


async def _look(held_back: str) -> Said:
    async def screen(text: str, kind: DeltaKind) -> Passage:
        assert kind is DeltaKind.MODEL
        return Passage(None if held_back in text else text)

    found: Any = Found()
    uncovered = Uncovered(found, Strings.load("kefu.dialogue"))
    trace = Trace(Clock())
    (said,) = await uncovered.look("?", found, language="en", trace=trace, spending=Spending(), screen=screen)
    assert isinstance(said, Said)
    return said


async def test_a_sentence_that_a_guard_holds_back_is_not_said() -> None:
    said = await _look("buy")
    assert (said.text, said.kind) == (SAID[0], DeltaKind.MODEL)


async def test_where_none_is_left_the_facts_are_said() -> None:
    said = await _look("")
    assert said.kind is DeltaKind.FACT
    assert "Fund A" in said.text
    assert "buy" not in said.text
