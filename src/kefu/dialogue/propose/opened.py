"""Step 5, first: what a message says to the open question. The typed matcher reads the whole message."""

import re
from dataclasses import replace
from itertools import chain, takewhile

from kefu.dialogue.commands import Action, Affirm, Cancel, Deny, SetSlot, Skip, StartFlow
from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.speaking import CHOICE, NO, SKIP, YES
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.propose.clauses import Clause, split_clauses
from kefu.dialogue.propose.questions import announces
from kefu.dialogue.propose.reading import Placed, Reading, read_as
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.slot_types import to_types
from kefu.dialogue.propose.wishes import rank
from kefu.dialogue.slots import (
    MARGIN,
    Choice,
    Found,
    SlotContext,
    find_sensitive,
    read_answer,
    read_correction,
    read_expected,
    residual,
)
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.numerals import chinese_value
from kefu.kit.text import Normalised, normalise

_YES_OR_NO = frozenset({"confirmation", "review", "offer", "resume"})
_LISTS = frozenset({"choices"})
_SURE_OF_CHANGE = 0.8
SURE_OF_NAME = 0.66
"""What is less like the name of a choice is no answer."""
CLEAR = 0.95
"""A value that can only mean one thing; below, one that is only named in a question is no answer."""
_LIKELY_OPTION, _TWICE = 0.3, 2
"""How likely a flow that was offered must be, and how much more than another one."""
_NUMBERED = re.compile(
    r"(?:第(?P<zh>[0-9一二三四五六七八九十]+)(?:题|个问题|问|项)|(?:question|no\.?|number|#)\s*(?P<en>[0-9]+))"
    r"[,，:：\s]*(?:的?答案|answer)?[,，:：\s]*(?:改成|改为|换成|选|是|to|is|should be|make it|:)?"
)


def read_pressed(said: Placed, situation: Situation) -> Reading | None:
    """What a pressed quick reply of a flow says; None when it is none, or its question is not open any more."""
    pressed, expected = said.message.message.choice or "", situation.expectation
    if expected is None:
        return None
    action = _pressed(pressed, expected)
    if action is None:
        return None
    place = (0, len(said.message.message.text))
    return read_as(action, place, said, source="payload", rule=f"choice:{pressed}")


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


def read_opened(said: Placed, situation: Situation) -> Reading:
    """What a typed message says to the open question; empty when it says something else."""
    expected = situation.expectation
    if expected is None:
        return Reading()
    numbered = _read_numbered(said, situation, expected)
    if numbered.commands:
        return numbered
    if expected.kind in {"clarify", "close"}:
        return _read_option(said, situation, expected)
    if expected.kind in _YES_OR_NO or expected.spec is None:
        return _read_yes_or_no(said) if expected.kind in _YES_OR_NO else Reading()
    found = _read_slot(expected.spec, expected, said, situation)
    found = found if found.commands else _read_skip(expected.spec, expected, said)
    return found if found.commands else read_corrected(said, situation)


def read_corrected(said: Placed, situation: Situation) -> Reading:
    """A correction that names only the value (I meant 2, 换1件就行): of the newest answer that it fits."""
    correction = read_correction(said.text)
    if correction is None:
        return Reading()
    start, end = correction.right
    right = normalise(said.text.source[start:end])
    specs = {spec.name: spec for spec in situation.slots() if spec.type not in {"text", "attachment", "bool", "name"}}
    for name in reversed([name for name in situation.values if name in specs]):
        found = _best(read_value(specs[name], right, situation, shown=situation.shown.get(name, ())))
        if found is None or found.probability < _SURE_OF_CHANGE or found.value == situation.values[name]:
            continue
        action = SetSlot(name, right.source[found.start : found.end], found.value, found.display)
        place = (correction.start, max(correction.end, start + found.end))
        return read_as(action, place, said, source="question", rule=f"corrected:{found.rule}", sure=found.probability)
    return Reading()


def _read_yes_or_no(said: Placed) -> Reading:
    answer = read_answer(said.text)
    if answer.kind not in {"yes", "no"} or read_correction(said.text) is not None:
        return Reading()
    action = Affirm() if answer.kind == "yes" else Deny()
    place, rule = (answer.start, answer.end), f"answer:{answer.rule}"
    return read_as(action, place, said, source="question", rule=rule, sure=answer.probability)


def _read_option(said: Placed, situation: Situation, expected: Expectation) -> Reading:
    """Which of the flows that were named is meant."""
    spec = SlotSpec(name="", type="choice", ask=None, line=0)
    found = _best(read_value(spec, said.text, situation, shown=expected.choices))
    shown = next((one for one in expected.choices if found is not None and one.id == found.value), None)
    action = None if shown is None else _chosen(shown, expected)
    if found is None or action is None:
        return _read_likeliest(said, situation, expected)
    place, sure = (found.start, found.end), found.probability
    return read_as(action, place, said, source="question", rule=found.rule, sure=sure)


def _read_likeliest(said: Placed, situation: Situation, expected: Expectation) -> Reading:
    """Which of the flows that were named the words are like, if they are clearly more like it than like the others."""
    if expected.kind != "clarify" or situation.classifier is None:
        return Reading()
    options = {one.id for one in expected.choices}
    likely = rank(
        said.text.text, {name: flow for name, flow in situation.flows.items() if name in options}, situation.classifier
    )
    best, *others = [*likely, ("", 0.0)]
    if best[1] < _LIKELY_OPTION or (others and others[0][1] * _TWICE > best[1]):
        return Reading()
    place = (0, len(said.text.source))
    return read_as(StartFlow(best[0]), place, said, source="question", rule="likeliest", sure=best[1])


def _read_slot(spec: SlotSpec, expected: Expectation, said: Placed, situation: Situation) -> Reading:
    if spec.type == "attachment":
        return _read_attachment(expected.slot, said)
    if spec.type == "text":
        return Reading()  # what nothing else explains: ``read_left_over``
    found = read_value(spec, said.text, situation, shown=expected.choices)
    best = _best(found)
    if best is None or (best.rule.endswith(("option", "option_tie", "fuzzy")) and best.probability < SURE_OF_NAME):
        return Reading()
    if (spec.type == "address" or best.probability < CLEAR) and _is_asked(best, said):
        return Reading()
    is_chosen = bool(expected.choices or spec.values)
    is_unclear = is_chosen and len(found) > 1 and found[1].probability > best.probability - MARGIN
    raw = said.text.source[best.start : best.end]
    value: JsonValue = None if is_unclear and spec.type not in _LISTS else best.value
    is_worded_by_flow = spec.parse is not None or (spec.choices is not None and "choice" not in best.rule)
    display = "" if value is None or is_worded_by_flow else best.display
    action = SetSlot(expected.slot, raw, value, display)
    place, rule = (best.start, best.end), f"expected:{best.rule}"
    return read_as(action, place, said, source="question", rule=rule, sure=best.probability)


def _is_asked(found: Found, said: Placed) -> bool:
    """Whether a place is only named in a question (新疆几天到？)."""
    return any(
        clause.is_question and clause.span.start <= found.start < clause.span.end
        for clause in split_clauses(said.message, said.number)
    )


def _read_skip(spec: SlotSpec, expected: Expectation, said: Placed) -> Reading:
    """The flow's own words for leaving the question out, anywhere in a message."""
    words = () if spec.skip is None or not expected.can_skip else (spec.skip.zh, spec.skip.en)
    for word in filter(None, words):
        start = said.text.text.find(normalise(word).text)
        if start >= 0:
            place = said.text.to_source(start, start + len(word))
            return read_as(Skip(), place, said, source="question", rule="skip_words", sure=0.95)
    return Reading()


def _read_attachment(slot: str, said: Placed) -> Reading:
    files = said.message.message.attachments
    if not files:
        return Reading()
    action = SetSlot(slot, files[0].name, files[0].url, files[0].name)
    return read_as(action, (0, 0), said, source="payload", rule="attachment")


def read_left_over(clauses: list[Clause], said: Placed, situation: Situation) -> Reading:
    """The words that nothing else explains, where the open question asks for free text, up to the first question."""
    expected = situation.expectation
    is_text = expected is not None and expected.spec is not None and expected.spec.type == "text"
    words = list(takewhile(lambda clause: not clause.is_question and not announces(clause.text), clauses))
    if expected is None or not is_text or not words or (len(words) < len(clauses) and not _says_more(words, said)):
        return Reading()
    start, end = words[0].span.start, words[-1].span.end
    text = said.text.source[start:end]
    if find_sensitive(normalise(text)):
        return Reading()
    return read_as(
        SetSlot(expected.slot, text, text, text), (start, end), said, source="question", rule="text", sure=0.8
    )


def _says_more(words: list[Clause], said: Placed) -> bool:
    """Whether the words before a question are more than a courtesy."""
    left = residual(said.text, ())
    return any(one.start < words[-1].span.end and words[0].span.start < one.end for one in left)


def _read_numbered(said: Placed, situation: Situation, expected: Expectation) -> Reading:
    """An earlier answer of a questionnaire, by its number (第二题改成10%以内)."""
    match = _NUMBERED.search(said.text.text) if expected.questions and situation.open_flows else None
    if match is None:
        return Reading()
    place = int(chinese_value(match["zh"] or match["en"]))
    if not 0 < place <= len(expected.questions):
        return Reading()
    slot = expected.questions[place - 1]
    spec = situation.open_flows[0].slots.get(slot)
    start, end = said.text.to_source(match.end(), len(said.text.text))
    rest = normalise(said.text.source[start:end])
    found = None if spec is None else _best(read_value(spec, rest, situation, shown=()))
    if found is None:
        return Reading()
    action = SetSlot(slot, rest.source[found.start : found.end], found.value, found.display)
    whole = (0, len(said.text.source))
    return read_as(action, whole, said, source="question", rule="numbered", sure=found.probability)


def read_value(spec: SlotSpec, text: Normalised, situation: Situation, *, shown: tuple[Shown, ...]) -> list[Found]:
    """What a text says for a slot, the best first; each value once."""
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
