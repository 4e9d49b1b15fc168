"""Days as they are named in Chinese: 大前天, 上周三, 下个月5号, 月底, 三天前, 国庆."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from kefu.dialogue.slots.calendar import (
    DECEMBER,
    SATURDAY,
    Days,
    Reading,
    add_days,
    add_months,
    find_festivals,
    month_of,
    one_day,
    part_of_month,
    prefer,
    safe_date,
    week_of,
)
from kefu.dialogue.slots.types import BARE, CLEAR, EXACT, GUESS, LIKELY, VAGUE, Direction


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name days, with what they may mean, the likeliest first. ``holiday`` is what «after» comes after."""

    start: int
    end: int
    readings: list[Reading]
    rule: str
    holiday: Days | None = None


Reader = Callable[[re.Match[str], date, Direction], list[Reading]]

_CENTURY, _JUST_PAST = 100, 21
"""Days after a festival in which it may still be meant."""
_YEARS = {"今": 0, "本": 0, "明": 1, "去": -1, "前": -2, "后": 2, "上": -1}
_SHIFTS = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "这个": 0, "下": 1, "下下": 2}
_DAY_WORDS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
_PARTS = {
    "初": "early",
    "头": "early",
    "上旬": "first10",
    "中": "middle",
    "中旬": "middle",
    "下旬": "last10",
    "底": "late",
    "末": "late",
}
_PART = r"(?P<part>初|头|上旬|中旬|下旬|中(?!间)|底|末)"
_SHIFT = r"(?P<shift>上上|上|下下|下|这|本|当)"
_SUNDAY = {"日": 7, "天": 7, "7": 7}
_NOT_DAY = r"(?![\d楼线码店栋单门柜桌机床铺室院台馆厅仓元币本用])"


def find_chinese(text: str, today: date, direction_at: Callable[[int, int], Direction]) -> Iterator[Mention]:
    """All mentions, overlapping ones too; ``direction_at`` says on which side of today a day is meant there."""
    for name, pattern, reader, needed in _RULES:
        for match in pattern.finditer(text) if any(one in text for one in needed) else ():
            readings = reader(match, today, direction_at(*match.span()))
            if readings:
                yield Mention(*match.span(), readings, name)
    yield from _festivals(text, today, direction_at)


def _festivals(text: str, today: date, direction_at: Callable[[int, int], Direction]) -> Iterator[Mention]:
    for festival, match in find_festivals(text):
        head = _YEAR_BEFORE.search(text, max(0, match.start() - 8), match.start())
        tail = _HOLIDAY_AFTER.match(text, match.end())
        start, end = head.start() if head else match.start(), tail.end() if tail else match.end()
        if head:
            year = _year(head, today)
            found = [festival.in_year(year)] if year is not None else []
        else:
            found = [festival.in_year(year) for year in (today.year - 1, today.year, today.year + 1)]
        days = [day for day in found if day]
        if not days:
            continue
        direction = direction_at(start, end)
        readings = [Reading(one_day(days[0]), CLEAR)] if head else _nearest_festival(days, today, direction)
        if not readings or readings[0].days.first is None:
            continue
        holiday = festival.holiday(readings[0].days.first)
        if tail:
            readings = [
                Reading(festival.holiday(one.days.first), one.probability) for one in readings if one.days.first
            ]
        yield Mention(start, end, readings, f"festival_{festival.name}", holiday)


_YEAR_BEFORE = re.compile(r"(?:(?P<rel>[今明去前后])年的?|(?P<year>20\d\d)年?的?|(?P<en>last|this|next|20\d\d)\s)\s*$")
_HOLIDAY_AFTER = re.compile(
    r"(?:黄金周|长假|假期|放假|小长假|假日)?(?:期间|里|那几天|这几天)|(?:小?长假|假期|放假|黄金周)(?!前|后|之)|\s(?:holidays?|week|break)\b"
)


def _nearest_festival(days: list[date], today: date, direction: Direction) -> list[Reading]:
    """Without a side the next one is meant, unless the last one is but a few days past."""
    past, future = [day for day in days if day <= today], [day for day in days if day >= today]
    if direction == "past" and past:
        return [Reading(one_day(past[-1]), CLEAR)]
    if direction == "any" and past and (today - past[-1]).days <= _JUST_PAST and future:
        return [Reading(one_day(past[-1]), LIKELY), Reading(one_day(future[0]), GUESS)]
    return [Reading(one_day(future[0]), CLEAR if direction == "future" else BARE)] if future else []


def _year(match: re.Match[str], today: date) -> int | None:
    if match["rel"]:
        return today.year + _YEARS[match["rel"]]
    if match["year"]:
        return int(match["year"])
    word = str(match["en"])
    return int(word) if word.isdigit() else today.year + {"last": -1, "this": 0, "next": 1}[word]


def _single(day: date | None, probability: float = EXACT) -> list[Reading]:
    return [Reading(one_day(day), probability)] if day else []


def _ymd(match: re.Match[str], _today: date, _direction: Direction) -> list[Reading]:
    year = int(match["year"])
    return _single(safe_date(year if year >= _CENTURY else year + 2000, int(match["month"]), int(match["day"])))


def _month_day(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    month, day = int(match["month"]), int(match["day"])
    if match["rel"]:
        return _single(safe_date(today.year + _YEARS[match["rel"]], month, day), CLEAR)
    years = (today.year - 1, today.year, today.year + 1)
    return prefer([one for year in years if (one := safe_date(year, month, day))], today, direction)


def _shifted_month_day(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    month = add_months(today.replace(day=1), _SHIFTS[match["shift"]])
    return _single(safe_date(month.year, month.month, int(match["day"])), CLEAR) if month else []


def _day_of_month(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    months = [add_months(today.replace(day=1), shift) for shift in (-1, 0, 1)]
    days = [one for month in months if month and (one := safe_date(month.year, month.month, int(match["day"])))]
    return prefer(days, today, direction)


def _day_range(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    """3到5号, 5月3日-8日: in the same month."""
    readings = _month_day_of(match, today, direction)
    found: list[Reading] = []
    for one in readings:
        first = one.days.first
        last = safe_date(first.year, first.month, int(match["last"])) if first else None
        if first and last and last > first:
            found.append(Reading(Days(first, last), one.probability))
    return found


def _month_day_of(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    if not match["month"]:
        return _day_of_month(match, today, direction)
    years = (today.year - 1, today.year, today.year + 1)
    days = [one for year in years if (one := safe_date(year, int(match["month"]), int(match["day"])))]
    return prefer(days, today, direction)


def _day_word(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    return _single(add_days(today, _DAY_WORDS[match["word"]]), CLEAR)


def _just_now(_match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    return _single(today, LIKELY)


def _weekday(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    number = _SUNDAY.get(match["weekday"]) or int(match["weekday"])
    monday = week_of(today).first
    assert monday is not None
    if match["shift"]:
        return _single(add_days(monday, number - 1 + 7 * _SHIFTS[match["shift"]]), CLEAR)
    days = [day for weeks in (-1, 0, 1) if (day := add_days(monday, number - 1 + 7 * weeks))]
    return prefer(days, today, direction)


def _weekend(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    shift = (
        _SHIFTS[match["shift"]] if match["shift"] else -1 if direction == "past" and today.weekday() < SATURDAY else 0
    )
    week = week_of(today, shift)
    assert week.last is not None
    return [Reading(Days(add_days(week.last, -1), week.last), CLEAR)]


def _week(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    week = week_of(today, _SHIFTS[match["shift"]])
    if match["half"] and week.first:
        week = (
            Days(week.first, add_days(week.first, 2))
            if match["half"] == "初"
            else Days(add_days(week.first, 3), week.last)
        )
    return [Reading(week, CLEAR)]


def _month(match: re.Match[str], today: date, direction: Direction) -> list[Reading]:
    part = match["part"]
    if match["month"]:
        month = int(match["month"])
        if not 1 <= month <= DECEMBER:
            return []
        year = _nearest_year(match, month, today, direction)
    else:
        shifted = add_months(today.replace(day=1), _SHIFTS[match["shift"]] if match["shift"] else 0)
        if shifted is None:
            return []
        year, month = shifted.year, shifted.month
    days = month_of(year, month)
    return [Reading(part_of_month(days, _PARTS[part]) if part else days, CLEAR)]


def _nearest_year(match: re.Match[str], month: int, today: date, direction: Direction) -> int:
    if match["rel"]:
        return today.year + _YEARS[match["rel"]]
    if match["year"]:
        return int(match["year"])
    if direction == "past":
        return today.year if month <= today.month else today.year - 1
    if direction == "future":
        return today.year if month >= today.month else today.year + 1
    return min(
        (today.year - 1, today.year, today.year + 1),
        key=lambda year: abs((year - today.year) * 12 + month - today.month),
    )


def _year_span(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    year = int(match["year"]) if match["year"] else today.year + _YEARS[match["rel"] or "今"]
    first, last = {
        "初": (1, 2),
        "头": (1, 2),
        "中": (6, 7),
        "底": (11, 12),
        "末": (11, 12),
        "上半": (1, 6),
        "下半": (7, 12),
    }.get(match["part"] or "", (1, 12))
    return [Reading(Days(month_of(year, first).first, month_of(year, last).last), CLEAR)]


def _ago(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    """三天前, 半个月后, 两年以前: a day; 三天内, 近三天: the days from or to today."""
    number = 0.5 if match["number"] == "半" else float(match["number"])
    number += 0.5 if match["half"] else 0
    is_back = "前" in match["side"]
    reached = shifted(today, -number if is_back else number, match["unit"])
    return _single(reached, CLEAR if match["number"] != "半" else BARE)


def _within(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    number = 0.5 if match["number"] == "半" else float(match["number"])
    if match["lead"]:
        first = shifted(today, -number, match["unit"])
        return [Reading(Days(first, today), CLEAR)] if first else []
    last = shifted(today, number, match["unit"])
    return [Reading(Days(today, last), LIKELY)] if last else []


def _vague(match: re.Match[str], today: date, _direction: Direction) -> list[Reading]:
    spans = {"前几天": (-7, -2), "前些天": (-10, -2), "前两天": (-3, -1), "前2天": (-3, -1), "这几天": (-4, 0), "这两天": (-2, 0),
             "这2天": (-2, 0), "前阵子": (-30, -7), "前段时间": (-40, -7), "最近": (-14, 0), "近期": (-14, 0), "过几天": (2, 7),
             "过2天": (2, 3), "过两天": (2, 3)}  # fmt: skip
    first, last = spans[match.group()]
    return [Reading(Days(add_days(today, first), add_days(today, last)), VAGUE)]


def shifted(day: date, number: float, unit: str) -> date | None:
    """The day so many days, weeks, months or years off; half a month is 15 days."""
    if unit in {"天", "日", "day"}:
        return add_days(day, number)
    if unit in {"周", "星期", "礼拜", "week"}:
        return add_days(day, number * 7)
    months = number * (12 if unit in {"年", "year"} else 1)
    whole = int(months)
    reached = add_months(day, whole)
    return add_days(reached, (months - whole) * 30) if reached else None


_UNIT = r"(?P<unit>天|日|周|星期|礼拜|月|年)"
_NEEDED = {
    "ymd": "年/-.", "month_day": "月", "day_range": "号日", "shifted_month_day": "月", "day_of_month": "号日", "day_word": "天日儿晚早夜",
    "just_now": "刚", "weekday": "周期拜", "weekend": "末", "week": "周期拜", "month": "月", "month_part": "月", "year": "年",
    "year_part": "年", "half_year": "半", "ago": "前后", "within": "近去这", "within_next": "内", "vague": "前这过近",
}  # fmt: skip
"""Of these characters a text has one, or the rule's pattern is not tried."""
_RULES: tuple[tuple[str, re.Pattern[str], Reader, str], ...] = tuple(
    (name, re.compile(pattern), reader, _NEEDED[name])
    for name, pattern, reader in (
        (
            "ymd",
            r"(?<!\d)(?P<year>(?:19|20)\d\d|\d\d(?=年))\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)[日号]?",
            _ymd,
        ),
        (
            "month_day",
            r"(?:(?P<rel>[今明去前])年的?)?(?<!\d)(?P<month>\d{1,2})\s?月份?\s?的?(?P<day>\d{1,2})\s?(?:[日号](?![元楼])|(?!\d))",
            _month_day,
        ),
        (
            "day_range",
            r"(?:(?P<month>\d{1,2})月)?(?<!\d)(?P<day>\d{1,2})[日号]?\s?(?:[~–—-]|到|至)\s?(?P<last>\d{1,2})[日号](?![楼码线])",
            _day_range,
        ),
        ("shifted_month_day", rf"{_SHIFT}个?月份?的?(?P<day>\d{{1,2}})[日号]?(?!\d)", _shifted_month_day),
        ("day_of_month", rf"(?<![\d.:个共年月])(?P<day>\d{{1,2}})[号日]{_NOT_DAY}", _day_of_month),
        (
            "day_word",
            r"(?<!每)(?P<word>大前|前|昨|今|明|后|大后)(?:[天日儿](?!气)|(?:晚|早|夜)上?|(?<=昨)夜里)",
            _day_word,
        ),
        ("just_now", r"刚刚|刚才|刚收到|刚到", _just_now),
        ("weekday", rf"(?<![每\d]){_SHIFT}?个?(?:周|星期|礼拜)(?P<weekday>[1-7日天])(?![\d天~]|次)", _weekday),
        ("weekend", rf"(?<![每\d]){_SHIFT}?个?周末", _weekend),
        ("week", rf"{_SHIFT}1?个?(?:周|星期|礼拜)(?![1-7日天末边围岁])(?P<half>初|[末]?底)?", _week),
        (
            "month",
            rf"(?<![\d个每])(?:{_SHIFT}1?个?月份?|(?:(?:(?P<rel>[今明去前])|(?P<year>20\d\d))年的?)?(?P<month>\d{{1,2}})月份?(?!\d))的?(?:{_PART})?",
            _month,
        ),
        (
            "month_part",
            rf"(?<![\d个每])(?P<shift>(?!))?(?P<month>(?!))?月{_PART.replace('|中(?!间)', '|中(?![间国])')}",
            _month,
        ),
        (
            "year",
            r"(?:(?P<rel>[今明去前])年|(?<!\d)(?P<year>20\d\d)年)年?(?P<part>初|头|中|底|末|上半(?=年)|下半(?=年))?(?:年)?",
            _year_span,
        ),
        ("year_part", r"(?<![\d去今明前后])(?P<rel>(?!))?(?P<year>(?!))?年(?P<part>初|底|末)", _year_span),
        ("half_year", r"(?P<rel>[今明去])?(?P<year>(?!))?年?(?P<part>上半|下半)年", _year_span),
        (
            "ago",
            rf"(?<![\d.第前近])(?P<number>\d+|半)\s?(?:个(?P<half>半)?)?{_UNIT}(?P<side>以前|之前|前|以后|之后|后)(?!天|面|台|半)",
            _ago,
        ),
        ("within", rf"(?:(?P<lead>最近|过去|近|这)的?)(?P<number>\d+|半)\s?个?{_UNIT}", _within),
        ("within_next", rf"(?P<lead>(?!))?(?<![\d.])(?P<number>\d+|半)\s?个?{_UNIT}(?:以内|之内|内)", _within),
        ("vague", r"前几天|前些天|前[两2]天|这几天|这[两2]天|前阵子|前段时间|过几天|过[两2]天|最近|近期", _vague),
    )
)
