"""Values of plugins' own types: found before, by the plugin, in the text that the customer wrote."""

from collections.abc import Iterator

from kefu.dialogue.slots.types import Found, Mark, SlotContext, SlotType
from kefu.kit.text import Normalised


def read_own(kind: SlotType, text: Normalised, context: SlotContext, *, index: int) -> list[Found]:
    """The marks of this type that are in the text, which may be a part of a message; each value and place once."""
    found: dict[str, Found] = {}
    for mark in context.marks:
        if mark.type != kind.own:
            continue
        for start in _places(mark, text.source):
            one = Found(
                value=mark.value,
                display=mark.display,
                start=start,
                end=start + len(mark.text),
                probability=mark.probability,
                rule=f"plugin:{mark.type}",
                index=index,
                problem="refused" if mark.is_refused else "",
            )
            found.setdefault(repr((one.value, one.start)), one)
    return list(found.values())


def _places(mark: Mark, source: str) -> Iterator[int]:
    """Where it was marked; in a part of the message, where its words are."""
    if source[mark.start : mark.end] == mark.text:
        yield mark.start
    elif (start := source.find(mark.text)) >= 0:
        yield start
