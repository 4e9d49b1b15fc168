"""Step 5: values that nobody asked for in this message, for the slots of the flow that is open or that it starts."""

import re
from collections.abc import Iterator, Sequence

from kefu.dialogue.commands import SetSlot
from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.propose.reading import Place, Placed, Reading, overlaps, read_as
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.slot_types import UNREADABLE, to_types
from kefu.dialogue.slots import Found, SlotType, read_anywhere

_ALSO = re.compile(
    r"也(?:一起|一并|要|想|得)?|一起|一并|还有|还要|再加|加上|外加|另外|顺便|\b(?:also|too|as well|add|plus|along with|in addition)\b"
)
_ALSO_NOT = re.compile(r"不要|不退|不换|别|去掉|除了|\b(?:except|not|without|remove)\b")


def read_mentions(
    said: Placed, specs: Sequence[SlotSpec], situation: Situation, *, consumed: tuple[Place, ...]
) -> Reading:
    """Values for any of the slots, apart from words that are explained already."""
    context = situation.context
    kinds = [(spec, kind) for spec in specs for kind in _types(spec, situation)]
    found = read_anywhere([kind for _, kind in kinds], said.text, context)
    reading = Reading()
    taken: set[str] = set()
    for one in found:
        spec = kinds[one.index][0]
        if spec.name not in taken and one.problem == "" and not overlaps((one.start, one.end), consumed):
            taken.add(spec.name)
            reading |= _read(spec, one, said, situation)
    return reading


def read_named(said: Placed, specs: Sequence[SlotSpec], *, taken: frozenset[str]) -> Reading:
    """The whole message as words that may name a choice, for each slot whose choices only a tool knows. Words that turn
    out to name none are forgotten without a word.
    """
    reading = Reading()
    text = said.text.source.strip()
    for spec in specs:
        if spec.choices is not None and spec.name not in taken and not spec.per:
            action = SetSlot(spec.name, text, None)
            found = read_as(action, (0, len(text)), said, source="mention", rule="may_name", sure=0.5)
            reading |= Reading(found.commands)
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
