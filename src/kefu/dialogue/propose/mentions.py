"""Step 5: values that nobody asked for in this message, for the slots of the flow that is open or that it starts."""

import re
from collections.abc import Iterator, Sequence

from kefu.dialogue.commands import SetSlot
from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.propose.reading import Place, Placed, Reading, overlaps, read_as
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.slot_types import UNREADABLE, to_types
from kefu.dialogue.slots import Found, SlotType, read_anywhere, read_correction

_ALSO = re.compile(
    r"也(?:一起|一并|要|想|得)?|一起|一并|还有|还要|再加|加上|外加|另外|顺便|\b(?:also|too|as well|add|plus|along with|in addition)\b"
)
_NAMED = frozenset({"enum", "choice", "choices"})
_SURE = 0.75
"""What is only like the name of a choice is not taken from words that were not asked for it."""
_ALSO_NOT = re.compile(r"不要|不退|不换|别|去掉|除了|\b(?:except|not|without|remove)\b")


def read_mentions(
    said: Placed, specs: Sequence[SlotSpec], situation: Situation, *, consumed: tuple[Place, ...]
) -> Reading:
    """Values for any of the slots, apart from words that are explained already.

    A slot takes the first of its values, or after a correction the first that is in it. While free text is asked for, a
    word that is the name of a choice is a word of the text.
    """
    context = situation.context
    # A thing names its order too: once that is known, the thing itself is meant.
    ordered = sorted(specs, key=lambda spec: spec.type == "order_ref" and spec.name in situation.values)
    kinds = [(spec, kind) for spec in ordered for kind in _types(spec, situation)]
    correction = read_correction(said.text)
    is_text = situation.asks_text and correction is None
    found = [
        (spec, one)
        for one in read_anywhere([kind for _, kind in kinds], said.text, context)
        for spec, kind in (kinds[one.index],)
        if one.problem == ""
        and not overlaps((one.start, one.end), consumed)
        and (kind.kind not in _NAMED or (one.probability >= _SURE and not is_text))
    ]
    if correction is not None:
        right = correction.right
        found.sort(key=lambda pair: not (right[0] <= pair[1].start and pair[1].end <= right[1]))
    fresh = [(spec, one) for spec, one in found if not _is_known(spec, one, situation)]
    reading = Reading()
    taken: set[str] = set()
    for spec, one in found:
        if spec.name in taken or (_is_known(spec, one, situation) and any(spec is other for other, _ in fresh)):
            continue
        taken.add(spec.name)
        reading |= _read(spec, one, said, situation)
    return reading


def _is_known(spec: SlotSpec, found: Found, situation: Situation) -> bool:
    """A day that is known and is named again beside another one (明天不行，周五吧) is not the answer."""
    is_open = any(spec is one for one in situation.slots())
    return is_open and spec.name in situation.values and situation.values[spec.name] == found.value


def read_named(
    text: str, first: Placed, specs: Sequence[SlotSpec], situation: Situation, *, taken: frozenset[str]
) -> Reading:
    """All that was written, from message ``first`` on, as words that may name a choice, for each slot whose choices only a tool knows. Words that
    turn out to name none are forgotten without a word.
    """
    reading = Reading()
    for spec in specs:
        is_kept = spec.keep == "conversation" and spec.name in situation.values
        if spec.choices is not None and spec.name not in taken and not spec.per and not is_kept:
            action = SetSlot(spec.name, text, None)
            place = (0, len(first.text.source))
            reading |= read_as(action, place, first, source="mention", rule="may_name", sure=0.5)
    return reading


def _types(spec: SlotSpec, situation: Situation) -> Iterator[SlotType]:
    """A bare number is an answer only to who asked; yes and no as well. Choices are named only once they are known."""
    if spec.type in UNREADABLE or spec.type == "bool" or spec.per:
        return
    for kind in to_types(spec, situation.shown.get(spec.name, ()), situation.context.language):
        is_empty = kind.kind in {"choice", "choices"} and not kind.choices
        if not is_empty and (kind.kind != "order_id" or kind.pattern is not None):
            yield kind


def _read(spec: SlotSpec, found: Found, said: Placed, situation: Situation) -> Reading:
    place = (found.start, found.end)
    value, display = found.value, found.display
    if spec.parse is not None or (spec.choices is not None and "choice" not in found.rule):
        display = ""  # the flow has a label for it
    known = situation.values.get(spec.name)
    if isinstance(value, list) and isinstance(known, list) and _is_added(said, place):
        value, display = [*known, *(one for one in value if one not in known)], ""
    action = SetSlot(spec.name, said.text.source[found.start : found.end], value, display)
    return read_as(action, place, said, source="rule", rule=f"slot:{found.rule}", sure=found.probability)


def _is_added(said: Placed, place: Place) -> bool:
    """Whether what is named comes to what was chosen before (温控器也一起退), instead of taking its place."""
    text = said.text.source
    around = text[max(0, place[0] - 12) : place[1] + 12]
    return _ALSO.search(around) is not None and _ALSO_NOT.search(around) is None
