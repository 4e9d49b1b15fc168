"""Values as customers read them, in the language of the conversation."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache

from kefu.dialogue.slots.types import SlotContext, SlotType
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.strings import Strings

_SIGNS = {"CNY": "¥", "USD": "$", "HKD": "HK$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "TWD": "NT$"}
_WEEKDAYS = "slot_weekdays"
_MONTHS = "slot_months"
_SENTENCE_KINDS = {"percent": "slot_percent", "height": "slot_cm", "length": "slot_cm", "weight": "slot_kg"}
_DURATION_UNITS = {
    "Y": "slot_years",
    "M": "slot_months_long",
    "D": "slot_days",
    "h": "slot_hours",
    "m": "slot_minutes",
    "s": "slot_seconds",
}


def display(slot: SlotType, value: JsonValue, context: SlotContext) -> str:
    """The value of a slot of this type, ranges and lists too."""
    language = context.language
    if isinstance(value, dict) and "from" in value:
        return _range(slot, value, context)
    if slot.kind in {"choice", "enum", "choices"}:
        return _labels(slot, value, language)
    if isinstance(value, dict):
        return _of_parts(slot, value, language)
    if slot.kind in _SENTENCE_KINDS:
        return _text(_SENTENCE_KINDS[slot.kind], language, value=value)
    return _plain(slot, value, language)


def _plain(slot: SlotType, value: JsonValue, language: Language) -> str:
    match slot.kind:
        case "date":
            return _day(date.fromisoformat(str(value)), language)
        case "datetime":
            moment = datetime.fromisoformat(str(value))
            return f"{_day(moment.date(), language)} {moment:%H:%M}"
        case "duration":
            return _duration(str(value), language)
        case "bool":
            return _text("slot_yes" if value else "slot_no", language)
    return str(value)


def _range(slot: SlotType, value: dict[str, JsonValue], context: SlotContext) -> str:
    low, high = value["from"], value["to"]
    is_moment = slot.kind in {"date", "time", "datetime"}
    if low is None:
        return _text(
            "slot_until" if is_moment else "slot_at_most", context.language, value=display(slot, high, context)
        )
    if high is None:
        return _text(
            "slot_since" if is_moment else "slot_at_least", context.language, value=display(slot, low, context)
        )
    return _text("slot_range", context.language, low=display(slot, low, context), high=display(slot, high, context))


def _labels(slot: SlotType, value: JsonValue, language: Language) -> str:
    labels = {choice.id: choice.label for choice in slot.choices}
    ids = value if isinstance(value, list) else [value]
    if not ids:
        return _text("slot_nothing", language)
    return _text("slot_comma", language).join(labels[str(one)] for one in ids)


def _of_parts(slot: SlotType, value: dict[str, JsonValue], language: Language) -> str:
    if slot.kind == "money":
        currency = str(value["currency"])
        return f"{_SIGNS.get(currency, f'{currency} ')}{_grouped(str(value['amount']))}"
    parts = [str(part) for part in value.values() if part]
    if "street" in value:
        parts = [str(value[name]) for name in ("street", "city", "region", "postcode", "country") if value.get(name)]
        return ", ".join(parts)
    if value.get("province") == value.get("city"):
        parts = parts[1:] if value.get("city") else parts
    return ("" if language == "zh" else " ").join(parts)


def _grouped(amount: str) -> str:
    whole, _, part = amount.partition(".")
    return f"{int(whole):,}{f'.{part:0<2}' if part else ''}"


def _day(day: date, language: Language) -> str:
    weekdays, months = _text(_WEEKDAYS, language).split(), _text(_MONTHS, language).split()
    return _text(
        "slot_day", language, year=day.year, month=months[day.month - 1], day=day.day, weekday=weekdays[day.weekday()]
    )


def _duration(iso: str, language: Language) -> str:
    parts: list[str] = []
    number, is_time = "", False
    for character in iso[1:]:
        if character == "T":
            is_time = True
        elif character.isdigit() or character == ".":
            number += character
        else:
            unit = character.lower() if is_time else character
            parts.append(_unit(Decimal(number), unit, language))
            number = ""
    return (" " if language == "en" else "").join(parts)


def _unit(number: Decimal, unit: str, language: Language) -> str:
    text = _text(_DURATION_UNITS[unit], language, value=number)
    return text.removesuffix("s") if language == "en" and number == 1 else text


def _text(key: str, language: Language, **fields: object) -> str:
    return _strings().get(key, language, **fields)


@cache
def _strings() -> Strings:
    return Strings.load("kefu.dialogue")
