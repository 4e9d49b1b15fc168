"""Slots of a flow as the types by which answers are read, and spoken quantities as options."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from kefu.dialogue.flows.definition import Option, Parse, SlotSpec, Wording
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.flows.values import ValueMismatchError, to_number
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonValue

KINDS: Mapping[str, str] = {
    "order_ref": "order_id",
    "number": "quantity",
    **{
        kind: kind
        for kind in (
            "order_id", "email", "mobile", "money", "quantity", "percent", "date", "time", "datetime", "duration",
            "height", "weight", "length", "address", "name", "bool", "enum", "choice", "choices", "text", "attachment",
        )
    },
}  # fmt: skip
"""The types of a flow file, with the kind of slot that reads each."""
CHOSEN = frozenset({"choice", "choices", "order_ref", "order_id"})
"""Types whose choices may come from a tool."""
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Matcher(Protocol):
    """Finds choices in words that were said before the choices were known; the slots' own reading stands behind it."""

    def match(self, spec: SlotSpec, raw: str, *, choices: tuple[Shown, ...], language: Language) -> tuple[str, ...]:
        """The ids that the words name; none when they name none, or could name several of which one is wanted."""
        ...


def to_shown(option: Option) -> Shown:
    """A value of an enum as a choice: its first words are its label."""
    words = tuple(word for texts in option.words.values() for word in texts)
    return Shown(option.value, Wording(option.label("zh"), option.label("en")), words)


def to_option(parse: Parse, value: JsonValue) -> str | None:
    """The option that a spoken quantity falls into: the first whose limit is not below it; None when it is none.

    Limits and quantities of the type ``duration`` are days, or a number with d, w, m or y.
    """
    quantity = _quantity(parse.type, value)
    if quantity is None:
        return None
    for limit, option in parse.limits:
        upper = _quantity(parse.type, limit)
        if limit == "inf" or (upper is not None and quantity <= upper):
            return option
    return None


def _quantity(kind: str, value: JsonValue) -> Decimal | None:
    try:
        if kind == "duration" and isinstance(value, str) and value[-1:] in _DAYS:
            return to_number(value[:-1]) * _DAYS[value[-1]]
        if kind == "duration" and isinstance(value, dict):
            return to_number(value.get("days"))
        return to_number(value)
    except ValueMismatchError:
        return None
