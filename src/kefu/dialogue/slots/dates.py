"""Days and ranges of days in either language, from what dates_zh and dates_en find."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from kefu.dialogue.slots.calendar import Days, Reading, add_days, add_months, one_day, safe_date
from kefu.dialogue.slots.dates_en import find_english
from kefu.dialogue.slots.dates_zh import Mention, find_chinese
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import BARE, LIKELY, Direction, Hit, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue

_PAST = re.compile(
    r"[了过](?!会|几)|买的|下的单|下单的|收到|到的|签收|到货|付的|付款|订的|拍的|发的货|当时|上次|之前买"
    r"|\b(?:bought|ordered|received|paid|arrived|came|was|were|did|got|delivered|purchased|had|since|placed|sent|last time)\b"
)
_FUTURE = re.compile(
    r"要|会|想|能|快[到过]|将|可以|来得及|送来|来取|上门|预约|改到|改成|下次|等到|打算|准备|之前[能可]"
    r"|\b(?:will|going to|can|could|would|deliver|need|want|by|schedule|reschedule|pick ?up|available|come|shall|plan|until)\b"
)
_REACH = 24
_JOINT = re.compile(r"\s*(?:到|至|[~–—-]|and\b|to\b|until\b|till\b|through\b|thru\b|直到)\s*(?:the\s+)?")
_LEAD = re.compile(r"(?:从|自|在|from|between)\s*$")
_AND = re.compile(r"\s*and\b")
_BEFORE_ZH = re.compile(
    r"的?(?:(?P<before>以前|之前|前(?![天面台几]))|(?P<after>以后|之后|过后|后(?![天面台]))|(?P<since>起|开始|以来)|(?P<until>为止|截止|之内))"
)
_CUE_BEFORE = re.compile(
    r"(?:(?P<until>截[止至]到?|最晚|最迟|不晚于|\bby|\buntil|\btill|\bno later than|\blatest)|(?P<before>不到|\bbefore|\bprior to|\bearlier than)"
    r"|(?P<after>\bafter|\blater than)|(?P<since>自从?|\bsince|\bstarting(?: from| on)?))\s*(?:the\s+)?$"
)
_CUE_LENGTH = 18
_BARE_MD = re.compile(r"(?P<month>\d{1,2})\s?[/.-]\s?(?P<day>\d{1,2})")
_BARE_DAY = re.compile(r"(?:the\s)?(?P<day>\d{1,2})(?:st|nd|rd|th)?")
_BARE_COMPACT = re.compile(r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)")
_TRIGGER = re.compile(r"[\d庆旦午秋至诞夕阳劳童明节假年月日号天周昨今明前后末底初节期最近刚过夜晚]|[a-z]{3}")
_LATIN = re.compile(r"[a-z]{2}|\d[/.-]\d")
_DAYS_OF_WEEK = 7


def read_date(hearing: Hearing, slot: SlotType, context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: "2026-05-01", or {"from", "to"} with both days included and None for an open end."""
    mentions = find_mentions(hearing, slot, context)
    found = False
    for mention in with_ranges(hearing.digits.text, mentions):
        for reading in mention.readings:
            if reading.days.is_one or not slot.is_exact:
                found = True
                yield Hit(
                    to_value(reading.days), mention.start, mention.end, reading.probability, f"date_{mention.rule}"
                )
    if is_expected and not found:
        yield from _bare(hearing, slot, context)


def find_mentions(hearing: Hearing, slot: SlotType, context: SlotContext) -> tuple[Mention, ...]:
    """The days named in a text, in its order, without overlap."""
    return _mentions(hearing.digits.text, context.now.date(), slot.direction)


@lru_cache(maxsize=64)
def _mentions(text: str, today: date, direction: Direction) -> tuple[Mention, ...]:
    """Read once for all slots of a message."""
    if not _TRIGGER.search(text):
        return ()
    direction_at = _directions(text, direction)
    found = list(find_chinese(text, today, direction_at))
    if _LATIN.search(text):
        found.extend(find_english(text, today, direction_at))
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda one: (one.start - one.end, -one.readings[0].probability)):
        if all(mention.end <= one.start or one.end <= mention.start for one in kept):
            kept.append(mention)
    return tuple(sorted(kept, key=lambda one: one.start))


def with_ranges(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Neighbours with a joint between them become one range; cues beside a day open it at one end."""
    joined: list[Mention] = []
    for mention in mentions:
        before = joined[-1] if joined else None
        joint = _JOINT.fullmatch(text, before.end, mention.start) if before else None
        lead = _LEAD.search(text, max(0, before.start - _CUE_LENGTH), before.start) if before else None
        if before and joint and (lead or not _AND.match(joint.group())):
            joined[-1] = _range(before, mention, lead.start() if lead else before.start)
        else:
            joined.append(mention)
    return [one if one.rule == "range" else _bounded(text, one) for one in joined]


def to_value(days: Days) -> JsonValue:
    if days.is_one and days.first:
        return days.first.isoformat()
    return {"from": days.first.isoformat() if days.first else None, "to": days.last.isoformat() if days.last else None}


def _directions(text: str, direction: Direction) -> Callable[[int, int], Direction]:
    def direction_at(start: int, end: int) -> Direction:
        if direction != "any":
            return direction
        around = f"{text[max(0, start - _REACH) : start]}\0{text[end : end + _REACH]}"
        is_past, is_future = _PAST.search(around) is not None, _FUTURE.search(around) is not None
        if not is_past and not is_future:
            cue = _BEFORE_ZH.match(text, end) or _CUE_BEFORE.search(text, max(0, start - _REACH), start)
            return "future" if cue and not cue["since"] else "any"
        if is_past and is_future:
            return "any"
        return "past" if is_past else "future"

    return direction_at


def _range(first: Mention, last: Mention, start: int) -> Mention:
    readings: list[Reading] = []
    for one in first.readings:
        begin = one.days.first
        ends = [later for other in last.readings if (later := _not_before(other.days, begin, last.rule)) and later.last]
        if begin and ends:
            readings.append(Reading(Days(begin, ends[0].last), one.probability))
    return Mention(start, last.end, readings or first.readings, "range")


def _not_before(days: Days, begin: date | None, rule: str) -> Days | None:
    """A day without month or week of its own is the next such day after the beginning."""
    if begin is None or days.last is None or days.last >= begin:
        return days
    if rule == "weekday":
        return Days(days.first, add_days(days.last, _DAYS_OF_WEEK))
    if rule in {"day_of_month", "nth"}:
        month = begin if days.last.day >= begin.day else add_months(begin.replace(day=1), 1)
        moved = safe_date(month.year, month.month, days.last.day) if month else None
        return one_day(moved) if moved else None
    if rule in {"month_day", "named", "named_day_first"}:
        moved = add_months(days.last, 12)
        return one_day(moved) if moved else None
    return None


def _bounded(text: str, mention: Mention) -> Mention:
    after = _BEFORE_ZH.match(text, mention.end)
    if after and mention.rule not in {"ago", "in"}:
        return _opened(mention, after, mention.start, after.end())
    before = _CUE_BEFORE.search(text, max(0, mention.start - _CUE_LENGTH), mention.start)
    if before and mention.rule != "in":
        return _opened(mention, before, before.start(), mention.end)
    return mention


def _opened(mention: Mention, cue: re.Match[str], start: int, end: int) -> Mention:
    readings = []
    for one in mention.readings:
        days, whole = one.days, mention.holiday or one.days
        if cue["before"]:
            opened = Days(None, add_days(days.first, -1) if days.first else None)
        elif cue["after"]:
            opened = Days(add_days(whole.last, 1) if whole.last else None, None)
        elif cue["since"]:
            opened = Days(days.first, None)
        else:
            opened = Days(None, days.last)
        readings.append(replace(one, days=opened))
    return Mention(start, end, readings, f"{mention.rule}_bound")


def _bare(hearing: Hearing, slot: SlotType, context: SlotContext) -> Iterator[Hit]:
    """Only a number: 5/12, 5.12, 12, 20260512."""
    text, today = hearing.digits.text, context.now.date()
    for start, end in hearing.cores():
        compact = _BARE_COMPACT.fullmatch(text, start, end)
        day = safe_date(int(compact["year"]), int(compact["month"]), int(compact["day"])) if compact else None
        if day:
            yield Hit(day.isoformat(), start, end, BARE, "date_compact")
            continue
        pair, alone = _BARE_MD.fullmatch(text, start, end), _BARE_DAY.fullmatch(text, start, end)
        if pair:
            for day in _pair_days(
                int(pair["month"]), int(pair["day"]), is_chinese=context.language == "zh", slot=slot, today=today
            ):
                yield Hit(day.isoformat(), start, end, LIKELY, "date_pair")
        elif alone:
            months = [add_months(today.replace(day=1), shift) for shift in (-1, 0, 1)]
            days = [one for month in months if month and (one := safe_date(month.year, month.month, int(alone["day"])))]
            for nearest in _nearest(days, today, slot.direction):
                yield Hit(nearest.isoformat(), start, end, LIKELY, "date_number")


def _pair_days(first: int, second: int, *, is_chinese: bool, slot: SlotType, today: date) -> list[date]:
    orders = [(first, second)] if is_chinese or first == second else [(first, second), (second, first)]
    found: list[date] = []
    for month, day in orders:
        days = [one for year in (today.year - 1, today.year, today.year + 1) if (one := safe_date(year, month, day))]
        found.extend(_nearest(days, today, slot.direction))
    return found


def _nearest(days: list[date], today: date, direction: Direction) -> list[date]:
    sided = [day for day in days if direction == "any" or (day <= today) == (direction == "past") or day == today]
    return sorted(sided, key=lambda day: abs(day - today))[:1]
