"""The calendar: weeks that begin on Monday, months of unequal length, festivals, and which of two days is meant."""

import calendar
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from kefu.dialogue.slots.types import BARE, CLEAR, GUESS, LIKELY, Direction

DAY = timedelta(days=1)
DECEMBER, SATURDAY = 12, 5
_HINT = re.compile(
    r"节|国庆|元旦|圣诞|除夕|[7七]夕|中秋|端午|重阳|双1|大促|黑色?[星5]|清明|过年|新年|跨年|年[3夜]|初1|月15|冬至|元宵|网络|平安夜|(?<!\d)(?:11|51|61|38|618)(?!\d)"
    r"|(?:may|labou?r|national|boxing) day|golden week|(?:women|singles|children|mother|father|teacher|valentine)'?s|double [1ent]|new year|christ|xmas|fest"
    r"|thanksg|hallow|black friday|cyber|qixi|qingming|sweeping|solstice|autumn|dragon"
)
"""What some name of a festival has."""
_AMBIGUOUS = 2.5
"""How many times as far off the other day may be and still be meant."""
_EARLIEST, _LATEST = 1900, 2200


@dataclass(frozen=True, slots=True)
class Days:
    """From ``first`` to ``last``, both included; None is open."""

    first: date | None
    last: date | None

    @property
    def is_one(self) -> bool:
        return self.first == self.last and self.first is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand words that name days."""

    days: Days
    probability: float


def one_day(day: date) -> Days:
    return Days(day, day)


def safe_date(year: int, month: int, day: int) -> date | None:
    """None when no calendar has it, or when it is no year that customers speak of."""
    if (
        not _EARLIEST <= year <= _LATEST
        or not 1 <= month <= DECEMBER
        or not 1 <= day <= calendar.monthrange(year, month)[1]
    ):
        return None
    return date(year, month, day)


def add_days(day: date, number: float) -> date | None:
    reached = day.toordinal() + round(number)
    return (
        date.fromordinal(reached)
        if date(_EARLIEST, 1, 1).toordinal() <= reached <= date(_LATEST, 1, 1).toordinal()
        else None
    )


def add_months(day: date, months: int) -> date | None:
    """The same day so many months later, or the last one of a shorter month."""
    index = day.year * DECEMBER + day.month - 1 + months
    year, month = divmod(index, DECEMBER)
    if not _EARLIEST <= year <= _LATEST:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def week_of(day: date, weeks: int = 0) -> Days:
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return Days(monday, monday + timedelta(days=6))


def month_of(year: int, month: int) -> Days:
    return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def part_of_month(days: Days, part: str) -> Days:
    """``early`` is the 1st to the 5th (of a decade: the 10th), ``middle`` 11th to 20th, ``late`` from the 25th (21st)."""
    assert days.first is not None
    first = days.first
    spans = {
        "early": (1, 5),
        "first10": (1, 10),
        "middle": (11, 20),
        "late": (25, 31),
        "last10": (21, 31),
        "end": (31, 31),
    }
    start, end = spans[part]
    length = calendar.monthrange(first.year, first.month)[1]
    return Days(first.replace(day=min(start, length)), first.replace(day=min(end, length)))


def prefer(candidates: list[date], today: date, direction: Direction) -> list[Reading]:
    """The candidate on the right side of today that is nearest; without a side both neighbours where neither is clear."""
    past = max((day for day in candidates if day <= today), default=None)
    future = min((day for day in candidates if day >= today), default=None)
    if direction != "any":
        chosen = past if direction == "past" else future
        return [Reading(one_day(chosen), CLEAR)] if chosen else []
    both = sorted({day for day in (past, future) if day}, key=lambda day: (abs(day - today), day < today))
    if not both:
        return []
    near = abs(both[0] - today).days
    if len(both) == 1 or abs(both[1] - today).days > max(near, 1) * _AMBIGUOUS:
        return [Reading(one_day(both[0]), BARE)]
    return [Reading(one_day(both[0]), LIKELY - 0.05), Reading(one_day(both[1]), GUESS + 0.1)]


@dataclass(frozen=True, slots=True)
class Festival:
    name: str
    day: str
    rule: tuple[int, ...]
    lunar: str
    shift: int
    lead: int
    """Days by which the holiday begins before the festival."""
    length: int

    def in_year(self, year: int) -> date | None:
        """None: the table of the lunar calendar does not reach so far."""
        if self.day:
            return date(year, *map(int, self.day.split("-")))
        if self.rule:
            return _weekday_of_month(year, *self.rule) + self.shift * DAY
        row = _data()["lunar"].get(str(year))
        return date(year, *map(int, row[self.lunar].split("-"))) + self.shift * DAY if row else None

    def holiday(self, day: date) -> Days:
        first = day - self.lead * DAY
        return Days(first, first + (self.length - 1) * DAY)


def find_festivals(text: str) -> Iterator[tuple[Festival, re.Match[str]]]:
    """In normalised text with numerals as digits."""
    if not _HINT.search(text):
        return
    pattern, festivals = _festivals()
    for match in pattern.finditer(text):
        yield festivals[str(match.lastgroup)], match


def _weekday_of_month(year: int, month: int, weekday: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - 1 - first.weekday()) % 7 + (which - 1) * 7)


@cache
def _festivals() -> tuple[re.Pattern[str], dict[str, Festival]]:
    entries = _data()["festival"]
    named = [f"(?P<{entry['name']}>{'|'.join(entry['words'])})" for entry in entries]
    ordered = sorted(named, key=lambda one: "eve>" not in one)  # an eve is named by its festival's words and one more
    pattern = re.compile(rf"(?:(?<![a-z])(?=[a-z])|(?=[^a-z]))(?:{'|'.join(ordered)})(?![a-z])")
    return pattern, {entry["name"]: _to_festival(entry) for entry in entries}


def _to_festival(entry: dict[str, Any]) -> Festival:
    return Festival(
        name=entry["name"],
        day=entry.get("day", ""),
        rule=tuple(entry.get("rule", ())),
        lunar=entry.get("lunar", ""),
        shift=entry.get("after", 0) - entry.get("before", 0),
        lead=entry.get("before_holiday", 0),
        length=entry.get("days", 1),
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("kefu.dialogue.slots").joinpath("festivals.toml").read_text(encoding="utf-8"))
