"""Slots of a flow as the types by which answers are read, and spoken quantities as options."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, get_args

from kefu.dialogue.flows.definition import Option, Parse, SlotSpec, Wording
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.flows.values import ValueMismatchError, to_number
from kefu.dialogue.slots.types import SlotKind
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonValue

_BY_NAME: dict[str, SlotKind] = {kind: kind for kind in get_args(SlotKind)}
OWN: SlotKind = "own"
"""The kind of all types that plugins bring."""
KINDS: Mapping[str, SlotKind] = {
    name: kind for name, kind in {"order_ref": "order_id", "number": "quantity", **_BY_NAME}.items() if kind != OWN
}
"""The types of a flow file that kefu has itself, with the kind of slot that reads each."""
CHOSEN = frozenset({"choice", "choices", "order_ref", "order_id"})
"""Types whose choices may come from a tool."""
DATED = frozenset({"date", "datetime"})
"""Types that may lie behind or ahead."""
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_PARTS = {"hours": 24, "minutes": 1440, "seconds": 86_400}
_ISO = re.compile(
    r"P(?:(?P<y>[0-9.]+)Y)?(?:(?P<m>[0-9.]+)M)?(?:(?P<w>[0-9.]+)W)?(?:(?P<d>[0-9.]+)D)?"
    r"(?:T(?:(?P<hours>[0-9.]+)H)?(?:(?P<minutes>[0-9.]+)M)?(?:(?P<seconds>[0-9.]+)S)?)?"
)


@dataclass(frozen=True, slots=True)
class ReadAs:
    """One way in which the answer to a slot is read, with the field names of the slots' own types."""

    kind: str
    pattern: str | None = None
    choices: tuple[Shown, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None


class Matcher(Protocol):
    """Finds choices in words that were said before the choices were known; the slots' own reading stands behind it."""

    def match(self, spec: SlotSpec, raw: str, *, choices: tuple[Shown, ...], language: Language) -> tuple[str, ...]:
        """The ids that the words name; none when they name none, or could name several of which one is wanted."""
        ...


def kind_of(type_: str) -> SlotKind:
    """The kind that reads a type; one that kefu does not know is a plugin's."""
    return KINDS.get(type_, OWN)


def to_shown(option: Option) -> Shown:
    """A value of an enum as a choice: its first words are its label."""
    words = tuple(word for texts in option.words.values() for word in texts)
    return Shown(option.value, Wording(option.label("zh"), option.label("en")), words)


def to_read_as(spec: SlotSpec, shown: tuple[Shown, ...]) -> tuple[ReadAs, ...]:
    """The ways in which an answer is read, the first first: by the choices, then as what it is spoken of.

    An order is chosen from the customer's own, or named by its number; an option of a questionnaire is named by its
    words, or as a quantity that ``to_option`` puts in its place.
    """
    least = Decimal(spec.minimum) if spec.minimum is not None else None
    most = Decimal(spec.maximum) if spec.maximum is not None else None
    kind = kind_of(spec.type)
    own = ReadAs(kind, spec.pattern, shown, least, most)
    if kind == "order_id" and spec.choices is not None:
        return (ReadAs("choice", choices=shown), own)
    return (own, ReadAs(spec.parse.type if spec.parse.type != "number" else "quantity")) if spec.parse else (own,)


def to_option(parse: Parse, value: JsonValue) -> str | None:
    """The option that a spoken quantity falls into: the first whose limit is not below it.

    None when it is no quantity, or a range that more than one option holds. A duration is ISO 8601 (``P1Y6M``), or
    days; limits may also be written ``30d``, ``6m``, ``1y``. A range is ``{"from", "to"}``; one end may be missing.
    """
    if not isinstance(value, dict):
        quantity = _quantity(parse.type, value)
        return None if quantity is None else _first(parse, lambda upper: quantity <= upper)
    low, high = (_quantity(parse.type, value.get(end)) for end in ("from", "to"))
    if low is None and high is None:
        return None
    most = _first(parse, lambda upper: high is not None and high <= upper)
    if low is None:
        return most
    above = low
    return most if _first(parse, lambda upper: above < upper) == most else None


def _first(parse: Parse, fits: Callable[[Decimal], bool]) -> str | None:
    for limit, option in parse.limits:
        upper = _quantity(parse.type, limit)
        if limit == "inf" or (upper is not None and fits(upper)):
            return option
    return None


def _quantity(kind: str, value: JsonValue) -> Decimal | None:
    try:
        if kind == "duration" and isinstance(value, str):
            return _days(value)
        return to_number(value)
    except ValueMismatchError:
        return None


def _days(text: str) -> Decimal:
    """Days of a duration; a month has 30 and a year 365. Raises ValueMismatchError."""
    if text[-1:] in _DAYS:
        return to_number(text[:-1]) * _DAYS[text[-1]]
    found = _ISO.fullmatch(text)
    if found is None:
        return to_number(text)
    days = sum((to_number(found[unit] or 0) * size for unit, size in _DAYS.items()), Decimal(0))
    return days + sum((to_number(found[unit] or 0) / size for unit, size in _PARTS.items()), Decimal(0))
