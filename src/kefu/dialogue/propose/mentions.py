"""Step 5: values that nobody asked for in this message, for the slots of the flow that is open or that it starts."""

from collections.abc import Iterator, Sequence

from kefu.dialogue.commands import SetSlot, Source
from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.propose.reading import Place, Placed, Reading, overlaps, read_as
from kefu.dialogue.propose.slot_types import UNREADABLE, to_types
from kefu.dialogue.slots import Found, SlotContext, SlotType, read_anywhere

MENTIONED: Source = "mention"
"""Source of words that may name one of a slot's choices, which are not known yet."""


def read_mentions(
    said: Placed, specs: Sequence[SlotSpec], context: SlotContext, *, consumed: tuple[Place, ...]
) -> Reading:
    """Values for any of the slots, apart from words that are explained already."""
    kinds = [(spec, kind) for spec in specs for kind in _types(spec, context)]
    found = read_anywhere([kind for _, kind in kinds], said.text, context)
    reading = Reading()
    taken: set[str] = set()
    for one in found:
        spec = kinds[one.index][0]
        if spec.name not in taken and one.problem == "" and not overlaps((one.start, one.end), consumed):
            taken.add(spec.name)
            reading |= _read(spec, one, said)
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
            found = read_as(action, (0, len(text)), said, source=MENTIONED, rule="may_name", sure=0.5)
            reading |= Reading(found.commands)
    return reading


def _types(spec: SlotSpec, context: SlotContext) -> Iterator[SlotType]:
    """A bare number is an answer only to who asked; yes and no as well."""
    if spec.type in UNREADABLE or spec.type == "bool" or spec.per:
        return
    for kind in to_types(spec, (), context.language):
        if kind.kind not in {"choice", "choices"} and (kind.kind != "order_id" or kind.pattern is not None):
            yield kind


def _read(spec: SlotSpec, found: Found, said: Placed) -> Reading:
    place = (found.start, found.end)
    action = SetSlot(spec.name, said.text.source[found.start : found.end], found.value, found.display)
    return read_as(action, place, said, source="rule", rule=f"slot:{found.rule}", sure=found.probability)
