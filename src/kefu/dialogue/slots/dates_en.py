"""Days as they are named in English: yesterday, next Friday, the 3rd, 5 May, in two weeks, the end of the month."""

import re
from collections.abc import Callable, Iterator
from datetime import date

from kefu.dialogue.slots.calendar import (
    SATURDAY,
    Days,
    Reading,
    add_days,
    add_months,
    month_of,
    one_day,
    part_of_month,
    prefer,
    safe_date,
    week_of,
)
from kefu.dialogue.slots.dates_zh import Mention, Reader, shifted
from kefu.dialogue.slots.types import BARE, CLEAR, EXACT, LIKELY, VAGUE, Direction

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\b\.?"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = r"(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)"
_UNIT = r"(?P<unit>day|week|month|year|fortnight)s?\b"
_SHIFTS = {"last": -1, "past": -1, "previous": -1, "this": 0, "current": 0, "next": 1, "coming": 1, "following": 1}
_SHIFT = r"(?P<shift>last|past(?! (?:week|month|year))|previous|this|current|next|coming|following)"
_COUNT = r"(?P<number>\d+(?:\.\d+)?|an?|half an?|a couple(?: of)?|a few)"
_COUNTS = {"a": 1.0, "an": 1.0, "half a": 0.5, "half an": 0.5, "a couple": 2.0, "a couple of": 2.0}
_CENTURY = 100
_PARTS = {
    "beginning": "early",
    "start": "early",
    "early": "early",
    "middle": "middle",
    "mid": "middle",
    "end": "late",
    "late": "late",
}


def find_english(text: str, today: date, direction_at: Callable[[int, int], Direction]) -> Iterator[Mention]:
    """All mentions, overlapping ones too. Festivals are found with the Chinese ones."""
    for name, pattern, reader, needed in _RULES:
        for match in pattern.finditer(text) if any(one in text for one in needed) else ():
            readings = reader(match, today, direction_at(*match.span()))
            if readings:
                yield Mention(_start(match), match.end(), readings, name)


def _start(match: re.Match[str]) -> int:
    """Where the words of the day begin: "before" and "in" in front of a month are not of it."""
    groups = match.re.groupindex
    if "name" not in groups or "day" in groups:
        return match.start()
    return min(match.start(name) for name in ("shift", "part", "name") if match[name])


def _single(day: date | None, probability: float = EXACT) -> list[Reading]:
    return [Reading(one_day(day), probability)] if day else []


def _numeric(match: re.Match[str], _today: date, _direction: Direction) -> list[Reading]:
    """5/12/2026 is May or December: both, the American way first; 25/12/2026 is only one."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    year += 2000 if year < _CENTURY else 0
    american, british = safe_date(year, first, second), safe_date(year, second, first)
    if american and british and american != british:
        return [Reading(one_day(american), LIKELY), Reading(one_day(british), LIKELY - 0.05)]
    return _single(american or british, CLEAR)


def _named(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    month, day = _month_number(match), int(match["day"])
    if match["year"]:
        return _single(safe_date(int(match["year"]), month, day))
    years = (today.year - 1, today.year, today.year + 1)
    return prefer([one for year in years if (one := safe_date(year, month, day))], today, direction)


def _month_number(match: re.Match[str]) -> int:
    return _MONTHS.index(match["name"][:3]) + 1


def _nth(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    months = [add_months(today.replace(day=1), shift) for shift in (-1, 0, 1)]
    days = [one for month in months if month and (one := safe_date(month.year, month.month, int(match["day"])))]
    if match["of"]:
        month = add_months(today.replace(day=1), _SHIFTS[match["of"]])
        return _single(safe_date(month.year, month.month, int(match["day"])), CLEAR) if month else []
    return prefer(days, today, direction)


def _month(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    month = _month_number(match)
    if match["year"]:
        year = int(match["year"])
    elif match["shift"] in {"last", "next"}:
        is_last = match["shift"] == "last"
        year = today.year - (month >= today.month) if is_last else today.year + (month <= today.month)
    elif direction == "any":
        year = min(
            (today.year - 1, today.year, today.year + 1),
            key=lambda one: abs((one - today.year) * 12 + month - today.month),
        )
    else:
        year = today.year + ((month < today.month) if direction == "future" else -(month > today.month))
    days = month_of(year, month)
    return [Reading(part_of_month(days, _PARTS[match["part"]]) if match["part"] else days, CLEAR)]


def _day_word(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    words = {"the day before yesterday": -2, "day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0,
             "this morning": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1, "tmr": 1, "tmrw": 1, "tomorow": 1, "tommorow": 1,
             "tommorrow": 1, "yesturday": -1, "the day after tomorrow": 2, "day after tomorrow": 2}  # fmt: skip
    return _single(add_days(today, words[" ".join(match.group().split())]), CLEAR)


def _weekday(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    number = _WEEKDAYS.index(match["weekday"][:3])
    monday = week_of(today).first
    assert monday is not None
    before, after = (today.weekday() - number - 1) % 7 + 1, (number - today.weekday() - 1) % 7 + 1
    match match["shift"]:
        case "last" | "past" | "previous":
            return _single(add_days(today, -before), CLEAR)
        case "this" | "current":
            return _single(add_days(monday, number), CLEAR)
        case "coming" | "following":
            return _single(add_days(today, after), CLEAR)
        case "next":
            coming, next_week = add_days(today, after), add_days(monday, number + 7)
            if coming == next_week or not coming or not next_week:
                return _single(next_week, CLEAR)
            return [Reading(one_day(next_week), LIKELY), Reading(one_day(coming), LIKELY - 0.05)]
    days = [day for weeks in (-1, 0, 1) if (day := add_days(monday, number + 7 * weeks))]
    return prefer(days, today, direction)


def _span(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    shift = _SHIFTS[match["shift"]]
    days: Days
    match match["unit"]:
        case "week":
            days = week_of(today, shift)
        case "weekend":
            week = week_of(today, shift if match["shift"] != "coming" else 0)
            assert week.last is not None
            days = Days(add_days(week.last, -1), week.last)
        case "month":
            month = add_months(today.replace(day=1), shift)
            assert month is not None
            days = month_of(month.year, month.month)
            if match["part"]:
                days = part_of_month(days, _PARTS[match["part"]])
        case _:
            year = today.year + shift
            first, last = {"early": (1, 2), "middle": (6, 7), "late": (11, 12)}.get(
                _PARTS.get(match["part"] or "", ""), (1, 12)
            )
            days = Days(month_of(year, first).first, month_of(year, last).last)
    return [Reading(days, CLEAR)]


def _weekend(_match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    week = week_of(today, -1 if direction == "past" and today.weekday() < SATURDAY else 0)
    assert week.last is not None
    return [Reading(Days(add_days(week.last, -1), week.last), BARE)]


def _part_of_this(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    if match["unit"] == "year":
        first, last = {"early": (1, 2), "middle": (6, 7), "late": (11, 12)}[_PARTS[match["part"]]]
        return [Reading(Days(month_of(today.year, first).first, month_of(today.year, last).last), CLEAR)]
    return [Reading(part_of_month(month_of(today.year, today.month), _PARTS[match["part"]]), CLEAR)]


def _ago(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    sign = -1 if match["side"] in {"ago", "earlier", "back"} else 1
    return _counted(match, today, sign)


def _in(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    return _counted(match, today, 1)


def _counted(match: re.Match[str], today: date, sign: int) -> list[Reading]:
    unit = match["unit"]
    if match["number"] == "a few":
        near, far = sorted((sign * 2, sign * 7))
        return [Reading(Days(shifted(today, near, unit), shifted(today, far, unit)), VAGUE)]
    reached = _shifted(today, sign * _number(match), unit)
    return _single(reached, LIKELY if "couple" in match["number"] else CLEAR)


def _within(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    is_back = match["lead"] != "within" and "next" not in match["lead"]
    number = _number(match)
    reached = _shifted(today, -number if is_back else number, match["unit"])
    if reached is None:
        return []
    return [Reading(Days(reached, today) if is_back else Days(today, reached), CLEAR if is_back else LIKELY)]


def _vague(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    is_recent = match.group() in {"recently", "lately"}
    return [Reading(Days(add_days(today, -14), today if is_recent else add_days(today, -1)), VAGUE)]


def _number(match: re.Match[str]) -> float:
    word = match["number"] or "a"
    return _COUNTS[word] if word in _COUNTS else 3.0 if word == "a few" else float(word)


def _shifted(today: date, number: float, unit: str) -> date | None:
    return shifted(today, number * 2, "week") if unit == "fortnight" else shifted(today, number, unit)


_MONTH_PATTERN = (
    r"\b(?=(?:in|since|of|during|by|until|before|after|from|to|till|between|and|last|next|this|the|beginning|start|middle|end|early"
    r"|mid|late)\b)(?:(?:in|since|of|during|by|until|before|after|from|to|till|between|and)\s+)?(?:(?P<shift>last|next|this)\s+)?"
    rf"(?:(?:the\s+)?(?P<part>beginning|start|middle|end|early|mid|late)(?:\s+of)?[\s-]+)?{_MONTH}(?!\s*\d{{1,2}}(?!\d))"
    r"(?:\s+(?P<year>20\d\d))?"
)
_SPANS = ("week", "month", "year")
_NEEDED: dict[str, tuple[str, ...]] = {
    "numeric": ("/", ".", "-"), "named": _MONTHS, "named_day_first": _MONTHS, "nth": ("the ",), "month": _MONTHS,
    "day_word": ("day", "night", "to", "tm", "this "), "weekday": _WEEKDAYS, "span": _SPANS, "weekend": ("weekend",),
    "part_of_this": _SPANS, "ago": ("ago", "earlier", "back", "later", "from "), "in": ("in ",),
    "within": ("within", "last", "past", "next"), "past_span": ("the past",), "vague": ("other day", "recently", "lately"),
}  # fmt: skip
"""Of these a text has one, or the rule's pattern is not tried."""
_RULES: tuple[tuple[str, re.Pattern[str], Reader, tuple[str, ...]], ...] = tuple(
    (name, re.compile(pattern), reader, _NEEDED[name])
    for name, pattern, reader in (
        (
            "numeric",
            r"(?<![\d/.-])(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<year>(?:20)?\d\d)(?![\d/.-])",
            _numeric,
        ),
        ("named", rf"\b{_MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:\d)(?:,?\s*(?P<year>20\d\d))?", _named),
        (
            "named_day_first",
            rf"(?<![\d.])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{_MONTH}(?:,?[\s-]*(?P<year>20\d\d))?",
            _named,
        ),
        (
            "nth",
            rf"\bthe {_ORDINAL}\b(?:\s+of\s+(?P<of>last|this|next) month)?(?!\s+(?:one|1|item|pair|order|time|shirt|thing|option|product|of\b|on the list))",
            _nth,
        ),
        (
            "month",
            _MONTH_PATTERN,
            _month,
        ),
        (
            "day_word",
            r"\b(?:(?:the )?day before yesterday|(?:the )?day after tomorrow|yesterday|yesturday|today|tonight|last night|this (?:morning|afternoon|evening)|tom+or+ow|tmrw?)\b",
            _day_word,
        ),
        ("weekday", rf"(?<!['’])\b(?:{_SHIFT}\s+)?{_WEEKDAY}(?!\s+(?:is fine with|to fri))", _weekday),
        (
            "span",
            rf"\b(?:(?:the )?(?P<part>beginning|start|middle|end|early|mid|late)(?: of)?(?: the)? )?(?:the )?{_SHIFT}\s+(?P<unit>weekend|week|month|year)\b",
            _span,
        ),
        ("weekend", r"\b(?:over |on |at )?the weekend\b", _weekend),
        (
            "part_of_this",
            r"\b(?:the )?(?P<part>beginning|start|middle|end|mid)(?: of)?(?: the)?[ -](?P<unit>month|year)\b",
            _part_of_this,
        ),
        (
            "ago",
            rf"(?<![\d.])(?:\b|(?<=\s)){_COUNT}\s+{_UNIT}\s+(?P<side>ago|earlier|back\b(?! to)|later|from (?:now|today))",
            _ago,
        ),
        ("in", rf"\bin\s+(?:about\s+)?{_COUNT}(?:\s+of)?\s+{_UNIT}(?:'s?)?(?: time)?", _in),
        (
            "within",
            rf"\b(?P<lead>within|(?:in |over |for |during )?(?:the )?(?:last|past|next))\s+(?:the\s+)?{_COUNT}\s+{_UNIT}",
            _within,
        ),
        (
            "past_span",
            r"\b(?:(?:in|over|for|during) )?(?P<lead>the past)(?P<number>) (?P<unit>week|month|year)\b",
            _within,
        ),
        ("vague", r"\bthe other day\b|\brecently\b|\blately\b", _vague),
    )
)
