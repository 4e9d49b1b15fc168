"""Cells and ends of sentences as typed values, by the numbers that the whole of kefu reads."""

from kefu.domain.conversation import Language
from kefu.domain.graph import Value, ValueKind
from kefu.kit.text import normalise
from kefu.knowledge.graph.words import graph_words
from kefu.knowledge.quantities import Quantity, read_facts

LONGEST = 200
_MONEY = frozenset({"cny", "usd", "hkd"})
_DURATIONS = frozenset({"day", "workday", "tradeday", "hour", "minute", "month", "week", "year"})
_IN_ONE_UNIT = {"year": ("month", 12.0), "week": ("day", 7.0), "minute": ("hour", 1 / 60)}


def read_value(text: str, language: Language) -> Value:
    """A value with its kind; text where it is no single quantity, yes, no or free."""
    shown = text.strip()[:LONGEST]
    plain = normalise(shown).text.strip(" .。;；")
    words = graph_words(language)
    if plain in words.free:
        return Value(ValueKind.MONEY, shown, 0.0, "cny")
    if plain in words.yes or plain in words.no:
        return Value(ValueKind.BOOLEAN, shown, float(plain in words.yes))
    quantities = quantities_of(shown)
    if len({one.unit for one in quantities}) != 1:
        return Value(ValueKind.TEXT, shown)
    least = min(quantities, key=lambda one: one.value)
    return Value(_kind(least.unit), shown, least.value, least.unit)


def is_no(value: Value | None) -> bool:
    """Whether a value says that there is none of it, or that it costs nothing."""
    if value is None or value.number != 0.0:
        return False
    return value.kind in (ValueKind.BOOLEAN, ValueKind.MONEY)


def quantities_of(text: str) -> frozenset[Quantity]:
    """The quantities in a text, in units that compare: a year is 12 months, a week 7 days."""
    return frozenset(_in_one_unit(one) for one in read_facts(text).quantities)


def _in_one_unit(quantity: Quantity) -> Quantity:
    unit, factor = _IN_ONE_UNIT.get(quantity.unit, (quantity.unit, 1.0))
    return Quantity(quantity.value * factor, unit)


def _kind(unit: str) -> ValueKind:
    if unit in _MONEY:
        return ValueKind.MONEY
    if unit in _DURATIONS:
        return ValueKind.DURATION
    return ValueKind.PERCENT if unit in {"percent", "permille"} else ValueKind.NUMBER
