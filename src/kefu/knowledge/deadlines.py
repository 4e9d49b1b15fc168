"""Days in a text that something lasts until: "活动截止 2025 年 6 月 18 日", "until 18 June 2025"."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

_MONTHS = "january february march april may june july august september october november december".split()
_NAMES = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_NUMBERS = r"(?P<year>20\d\d)\s*[年./-]\s*(?P<month>1[0-2]|0?[1-9])\s*[月./-]\s*(?P<day>3[01]|[12]\d|0?[1-9])\s*日?"
_CHINESE = re.compile(
    rf"(?:截至|截止(?:到|于|日期(?:为|是)?)?|有效期?至|延(?:长|期)至|至|到|[~—–-])\s*{_NUMBERS}|{_NUMBERS.replace('?P<', '?P<b')}\s*(?:前|之前|以前|止|截止|结束|到期)"
)
_ENGLISH = re.compile(
    rf"(?i:\b(?:until|till|through|by|before|ends?(?: on)?|expires?(?: on)?|valid to|deadline(?: is)?:?)\s+(?:the\s+)?)"
    rf"(?:{_NUMBERS}|(?i:(?P<nday>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<nmonth>{_NAMES}),?\s+(?P<nyear>20\d\d))"
    rf"|(?i:(?P<mmonth>{_NAMES})\s+(?P<mday>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<myear>20\d\d)))"
)


def find_deadlines(text: str) -> Iterator[tuple[datetime, str]]:
    """Each last day (its beginning, UTC) with the words that say it. A day that no calendar has is left out."""
    for pattern in (_CHINESE, _ENGLISH):
        for match in pattern.finditer(text):
            day = _to_day({name: value for name, value in match.groupdict().items() if value})
            if day is not None:
                yield day, match.group()


def _to_day(parts: dict[str, str]) -> datetime | None:
    """Group names end in what they hold; each way of writing has a set of its own."""
    year = next(int(value) for name, value in parts.items() if name.endswith("year"))
    day = next(int(value) for name, value in parts.items() if name.endswith("day"))
    named = next(value for name, value in parts.items() if name.endswith("month"))
    month = int(named) if named.isdigit() else [one[:3] for one in _MONTHS].index(named[:3].lower()) + 1
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
