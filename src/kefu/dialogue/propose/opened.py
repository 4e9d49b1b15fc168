"""Step 5, first: what a message says to the open question. The typed matcher reads the whole message."""

import re
from dataclasses import replace
from itertools import chain

from kefu.dialogue.commands import Action, Affirm, Cancel, Deny, SetSlot, Skip, StartFlow
from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.speaking import CHOICE, NO, SKIP, YES
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.hearing import HeardMessage
from kefu.dialogue.propose.reading import Reading, read_as
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.slot_types import to_types
from kefu.dialogue.slots import MARGIN, Choice, Found, SlotContext, read_answer, read_correction, read_expected
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.numerals import chinese_value
from kefu.kit.text import Normalised, normalise

_YES_OR_NO = frozenset({"confirmation", "review", "offer", "resume"})
_LISTS = frozenset({"choices"})
_NUMBERED = re.compile(
    r"(?:第(?P<zh>[0-9一二三四五六七八九十]+)(?:题|个问题|问|项)|(?:question|no\.?|number|#)\s*(?P<en>[0-9]+))"
    r"[,，:：\s]*(?:的?答案|answer)?[,，:：\s]*(?:改成|改为|换成|选|是|to|is|should be|make it|:)?"
)


def read_pressed(message: HeardMessage, number: int, situation: Situation) -> Reading | None:
    """What a pressed quick reply of a flow says; None when it is none, or its question is not open any more."""
    pressed, expected = message.message.choice or "", situation.expectation
    if expected is None:
        return None
    action = _pressed(pressed, expected)
    if action is None:
        return None
    place = (0, len(message.message.text))
    return read_as(action, place, message=number, source="payload", rule=f"choice:{pressed}")


def _pressed(pressed: str, expected: Expectation) -> Action | None:
    if pressed in {YES, NO}:
        if expected.kind == "slot":
            return SetSlot(expected.slot, "", pressed == YES)
        return Affirm() if pressed == YES else Deny()
    if pressed == SKIP:
        return Skip()
    if not pressed.startswith(CHOICE):
        return None
    shown = next((one for one in expected.choices if one.id == pressed.removeprefix(CHOICE)), None)
    return None if shown is None else _chosen(shown, expected)


def _chosen(shown: Shown, expected: Expectation) -> Action | None:
    match expected.kind:
        case "slot":
            is_list = expected.spec is not None and expected.spec.type in _LISTS
            return SetSlot(expected.slot, shown.id, [shown.id] if is_list else shown.id)
        case "clarify":
            return StartFlow(shown.id)
        case "close":
            return Cancel("flow", shown.id)
    return None


def read_opened(message: HeardMessage, number: int, situation: Situation) -> Reading:
    """What a typed message says to the open question; empty when it says something else."""
    expected = situation.expectation
    if expected is None:
        return Reading()
    numbered = _read_numbered(message, number, situation, expected)
    if numbered.commands:
        return numbered
    if expected.kind in _YES_OR_NO:
        return _read_yes_or_no(message.text, number)
    if expected.kind in {"clarify", "close"}:
        return _read_option(message, number, situation, expected)
    if expected.spec is None:
        return Reading()
    return _read_slot(expected.spec, expected.slot, message.text, number, situation, shown=expected.choices)


def _read_yes_or_no(text: Normalised, number: int) -> Reading:
    answer = read_answer(text)
    if answer.kind not in {"yes", "no"} or read_correction(text) is not None:
        return Reading()
    action = Affirm() if answer.kind == "yes" else Deny()
    place, rule = (answer.start, answer.end), f"answer:{answer.rule}"
    return read_as(action, place, message=number, source="question", rule=rule, sure=answer.probability)


def _read_option(message: HeardMessage, number: int, situation: Situation, expected: Expectation) -> Reading:
    """Which of the flows that were named is meant."""
    spec = SlotSpec(name="", type="choice", ask=None, line=0)
    found = _best(_read(spec, message.text, situation, shown=expected.choices))
    shown = next((one for one in expected.choices if found is not None and one.id == found.value), None)
    action = None if shown is None else _chosen(shown, expected)
    if found is None or action is None:
        return Reading()
    place, sure = (found.start, found.end), found.probability
    return read_as(action, place, message=number, source="question", rule=found.rule, sure=sure)


def _read_slot(
    spec: SlotSpec, slot: str, text: Normalised, number: int, situation: Situation, *, shown: tuple[Shown, ...]
) -> Reading:
    found = _read(spec, text, situation, shown=shown)
    best = _best(found)
    if best is None:
        return Reading()
    is_chosen = bool(shown or spec.values)
    is_unclear = is_chosen and len(found) > 1 and found[1].probability > best.probability - MARGIN
    raw = text.source[best.start : best.end]
    value: JsonValue = None if is_unclear and spec.type not in _LISTS else best.value
    action = SetSlot(slot, raw, value, "" if value is None else best.display)
    place, rule = (best.start, best.end), f"expected:{best.rule}"
    return read_as(action, place, message=number, source="question", rule=rule, sure=best.probability)


def _read_numbered(message: HeardMessage, number: int, situation: Situation, expected: Expectation) -> Reading:
    """"第二题改成10%以内": an earlier answer of a questionnaire, by its number."""
    match = _NUMBERED.search(message.text.text) if expected.questions and situation.open_flows else None
    if match is None:
        return Reading()
    place = int(chinese_value(match["zh"] or match["en"]))
    if not 0 < place <= len(expected.questions):
        return Reading()
    slot = expected.questions[place - 1]
    spec = situation.open_flows[0].slots.get(slot)
    start, end = message.text.to_source(match.end(), len(message.text.text))
    rest = normalise(message.text.source[start:end])
    found = None if spec is None else _best(_read(spec, rest, situation, shown=()))
    if found is None:
        return Reading()
    action = SetSlot(slot, rest.source[found.start : found.end], found.value, found.display)
    whole = (0, len(message.text.source))
    return read_as(action, whole, message=number, source="question", rule="numbered", sure=found.probability)


def _read(spec: SlotSpec, text: Normalised, situation: Situation, *, shown: tuple[Shown, ...]) -> list[Found]:
    context = situation.context
    types = to_types(spec, shown, context.language)
    ways = (read_expected(kind, text, _with_shown(context, kind.choices)) for kind in types)
    return _of_one_value(sorted(chain.from_iterable(ways), key=lambda one: -one.probability))


def _with_shown(context: SlotContext, choices: tuple[Choice, ...]) -> SlotContext:
    """Only what is asked for can be pointed at: the second one is the second that was shown."""
    return replace(context, shown=choices) if choices else context


def _of_one_value(found: list[Found]) -> list[Found]:
    kept: list[Found] = []
    for one in found:
        if one.problem == "" and all(one.value != other.value for other in kept):
            kept.append(one)
    return kept


def _best(found: list[Found]) -> Found | None:
    return found[0] if found else None

