"""The way in: the open question's slot on a whole message, or recognisers anywhere in it."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from kefu.dialogue.slots.addresses import read_address
from kefu.dialogue.slots.amounts import read_money, read_percent
from kefu.dialogue.slots.answers import read_answer
from kefu.dialogue.slots.choices import read_choice, read_choices
from kefu.dialogue.slots.contact_data import read_email, read_mobile, read_order_id
from kefu.dialogue.slots.corrections import read_correction
from kefu.dialogue.slots.counts import read_quantity
from kefu.dialogue.slots.dates import read_date
from kefu.dialogue.slots.displays import display
from kefu.dialogue.slots.durations import read_duration
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.measures import read_height, read_length, read_weight
from kefu.dialogue.slots.names import read_name
from kefu.dialogue.slots.own import read_own
from kefu.dialogue.slots.sensitive import Sensitive, find_sensitive, sensitive_in
from kefu.dialogue.slots.times import read_datetime, read_time
from kefu.dialogue.slots.types import GUESS, VAGUE, Found, Hit, Problem, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.text import Normalised

Reader = Callable[..., Iterator[Hit]]
Prepared = tuple[Hearing, tuple[Sensitive, ...]]
_READERS: dict[str, Reader] = {
    "order_id": read_order_id,
    "email": read_email,
    "mobile": read_mobile,
    "money": read_money,
    "quantity": read_quantity,
    "percent": read_percent,
    "date": read_date,
    "time": read_time,
    "datetime": read_datetime,
    "duration": read_duration,
    "height": read_height,
    "weight": read_weight,
    "length": read_length,
    "address": read_address,
    "name": read_name,
    "enum": read_choice,
    "choice": read_choice,
    "choices": read_choices,
}
_MARKS: dict[str, re.Pattern[str]] = {
    "email": re.compile(r"@| at |艾特|[(\[]at[)\]]"),
    "money": re.compile(
        r"[元圆块角毛刀¥￥$€£]|美金|港[币纸]|[日台]币|英镑|人民币|rmb|cny|usd|hkd|eur|gbp|jpy|twd|dollar|bucks|pound|quid|yen|yuan"
    ),
    "percent": re.compile(r"%|个点|百分|分之|成|per ?cent"),
    "height": re.compile(r"[米公厘毫寸尺]|\d\s*-?\s?(?:[mcf'’′‘`\"]|inch)"),
    "length": re.compile(r"[米公厘毫寸尺]|\d\s*-?\s?(?:[mcf'’′‘`\"]|inch)"),
    "weight": re.compile(r"[斤克磅两吨]|盎司|\d\s*-?(?:[kglp]|oz|ounce|st)"),
}
"""Of these a text has one, or no value of the kind is in it that nobody asked for."""
_SURE_ENOUGH = GUESS
"""Below this nothing is taken from a message that was not asked for it."""


def read_expected(kind: SlotType, text: Normalised, context: SlotContext) -> tuple[Found, ...]:
    """What the open question's slot may hold, best first; several where a message is ambiguous. ``attachment`` is never
    found in a text, ``text`` is the whole message, and a bare value (三件, 昨天, 第二个) is enough.
    """
    if kind.kind == "text":
        return _whole(kind, text, context)
    if kind.kind == "bool":
        return _bool(kind, text, context)
    found = _read(kind, _prepared(text), context, index=0, is_expected=True)
    if len(found) > 1:
        found = _without_wrong_part(found, text)
    return tuple(sorted(found, key=lambda one: (-one.probability, one.start - one.end, one.start)))


def read_anywhere(kinds: Sequence[SlotType], text: Normalised, context: SlotContext) -> tuple[Found, ...]:
    """Values of any of the slots, found without being asked for: conservative, without overlap, in the order of the text.

    Of two for one place the longer wins, then the surer, then the slot that comes first. ``index`` names the slot.
    """
    found: list[Found] = []
    prepared = _prepared(text)
    for index, kind in enumerate(kinds):
        found.extend(_read(kind, prepared, context, index=index, is_expected=False))
    correction = read_correction(text) if found else None
    if correction is not None and correction.wrong is not None:
        wrong = correction.wrong
        found = [one for one in found if not (wrong[0] <= one.start and one.end <= wrong[1])]
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, -one.probability, one.index)):
        if one.probability >= _SURE_ENOUGH and all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.start))


def _prepared(text: Normalised) -> Prepared:
    hearing = Hearing.of(text)
    return hearing, sensitive_in(hearing)


def _read(kind: SlotType, prepared: Prepared, context: SlotContext, *, index: int, is_expected: bool) -> list[Found]:
    hearing, refused = prepared
    if kind.kind == "own":
        found = read_own(kind, hearing.plain, context, index=index)
        return [one for one in found if not _overlaps(one, refused)]
    reader, mark = _READERS.get(kind.kind), _MARKS.get(kind.kind)
    is_absent = mark is not None and not is_expected and not mark.search(hearing.digits.text)
    if reader is None or is_absent:
        return []
    best: dict[str, Found] = {}
    for hit in reader(hearing, kind, context, is_expected=is_expected):
        one = _to_found(hit, hearing, kind, context, index=index)
        if _overlaps(one, refused):
            continue
        key = (
            repr((one.value, one.start, one.end)) if kind.kind not in {"choice", "enum", "choices"} else repr(one.value)
        )
        if key not in best or best[key].probability < one.probability:
            best[key] = one
    return _outermost(list(best.values()))


def _overlaps(one: Found, refused: tuple[Sensitive, ...]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in refused)


def _to_found(hit: Hit, hearing: Hearing, kind: SlotType, context: SlotContext, *, index: int) -> Found:
    base = hearing.plain if hit.is_plain else hearing.digits
    start, end = base.to_source(hit.start, hit.end)
    shown = display(kind, hit.value, context)
    return Found(hit.value, shown, start, end, hit.probability, hit.rule, index, _problem(kind, hit.value))


def _outermost(found: list[Found]) -> list[Found]:
    """Without what lies inside a longer finding: 12号 in 5月12号."""
    return [
        one
        for one in found
        if not any(
            other.start <= one.start and one.end <= other.end and other.end - other.start > one.end - one.start
            for other in found
        )
    ]


def _problem(kind: SlotType, value: JsonValue) -> Problem:
    numbers = _numbers(value)
    if kind.minimum is not None and any(number < kind.minimum for number in numbers):
        return "too_small"
    if kind.maximum is not None and any(number > kind.maximum for number in numbers):
        return "too_large"
    return ""


def _numbers(value: JsonValue) -> list[Decimal]:
    """What bounds apply to: a number, an amount, both ends of a range, how many were chosen."""
    if isinstance(value, list):
        return [Decimal(len(value))]
    if isinstance(value, dict):
        parts = [value["amount"]] if "amount" in value else [value.get("from"), value.get("to")]
        return [number for part in parts for number in _numbers(part)]
    text = str(value)
    return [Decimal(text)] if not isinstance(value, bool) and text.replace(".", "", 1).isdigit() else []


def _without_wrong_part(found: list[Found], text: Normalised) -> list[Found]:
    """After 不是A是B only B counts, unless nothing is found in it."""
    correction = read_correction(text)
    if correction is None:
        return found
    right = [one for one in found if correction.right[0] <= one.start and one.end <= correction.right[1]]
    return right or found


def _bool(kind: SlotType, text: Normalised, context: SlotContext) -> tuple[Found, ...]:
    answer = read_answer(text)
    if answer.kind not in {"yes", "no"}:
        return ()
    value = answer.kind == "yes"
    shown = display(kind, value, context)
    return (Found(value, shown, answer.start, answer.end, answer.probability, f"answer_{answer.rule}"),)


def _whole(_kind: SlotType, text: Normalised, _context: SlotContext) -> tuple[Found, ...]:
    said = text.source.strip()
    if not said or find_sensitive(text):
        return ()
    start = text.source.index(said)
    return (Found(said, said, start, start + len(said), VAGUE, "text"),)
