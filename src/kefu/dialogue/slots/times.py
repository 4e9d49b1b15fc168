"""Times of day, and moments: 下午三点半, 昨晚8点, 两小时前, "half past 3", "tomorrow at 5pm"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from kefu.dialogue.slots.dates import find_mentions
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import BARE, CLEAR, EXACT, GUESS, LIKELY, Hit, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue

_HOUR = 60
_HALF, _LAST, _DUSK, _DAWN, _LUNCH = 12, 24, 6, 8, 10
_NOON = 12 * _HOUR
_DAY = 24 * _HOUR
_PARTS = {
    "凌晨": (0, 6), "清晨": (5, 8), "早上": (6, 9), "早晨": (6, 9), "早": (6, 9), "上午": (8, 12), "中午": (11, 14), "下午": (12, 18),
    "傍晚": (17, 19), "晚上": (18, 24), "晚间": (18, 24), "晚": (18, 24), "夜里": (20, 24), "半夜": (0, 5),
    "morning": (6, 12), "noon": (12, 12), "midday": (12, 12), "afternoon": (12, 18), "evening": (18, 22), "night": (18, 24),
    "tonight": (18, 24), "midnight": (0, 0),
}  # fmt: skip
_NIGHTS = frozenset({"半夜", "凌晨", "夜里", "晚上", "晚间", "晚", "night", "tonight"})
_LATE = frozenset({"中午", "下午", "傍晚", "晚上", "晚间", "晚", "夜里", "afternoon", "evening", "night", "tonight"})
_ZH = re.compile(
    r"(?:(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜里|半夜|(?<=[今昨明后])[早晚])的?)?\s?(?<![\d:.第])(?P<hour>\d{1,2})"
    r"(?:\s?:\s?(?P<minute>\d{2})(?::\d{2})?(?!\d)(?!\s?[ap]\.?m)|\s?点(?P<mark>钟|整)?(?:(?P<half>半)|(?P<quarter>[13])刻|(?P<past>\d{1,2})分?(?!\d))?(?![\d点也都儿]))"
)
_TO_ZH = re.compile(r"差(?:(?P<minutes>\d{1,2})分?|(?P<quarter>1)刻钟?)(?:到)?(?P<hour>\d{1,2})点")
_ALONE_ZH = re.compile(
    r"凌晨|清晨|早上(?!好)|早晨|上午(?!好)|中午(?!好)|下午(?!好)|傍晚|晚上(?!好)|晚间|夜里|半夜|(?<=[今昨明])[早晚]"
)
_EN = re.compile(
    r"(?<![\d:./$-])(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?!\d))?\s?(?:(?P<half>[ap])\.?\s?m\b\.?|(?P<clock>o'?\s?clock))"
)
_IN_THE_EN = re.compile(
    r"(?<![\d:./$-])(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?!\d))?\s+(?:(?:in the|this) (?P<part>morning|afternoon|evening)\b|at night\b)"
)
_PAST_EN = re.compile(
    r"\b(?P<what>half|quarter|a quarter|5|10|20|25)\s+(?P<side>past|to|after|till)\s+(?P<hour>\d{1,2})\b(?!\s*(?:days?|weeks?|months?|years?|hours?|pairs?|pm|%))"
)
_ALONE_EN = re.compile(
    r"\b(?:in the |this |tomorrow |yesterday )?(?P<part>morning|noon|midday|afternoon|evening|tonight|midnight|night)\b(?! stand)"
)
_EN_PART_AFTER = re.compile(r"\s+(?:in the |at )?(?P<part>morning|afternoon|evening|night|tonight)\b")
_SOME = re.compile(r"[有快早晚大小多少好差慢高低便宜一远近点]$")
_JOINT = re.compile(r"\s*(?:到|至|[~–—-]|to|until|till|and)\s*")
_LEAD_NUMBER = re.compile(r"(?:(?:between|from|从)\s*)?(?<![\d:.])(?P<hour>\d{1,2})\s*(?:[~–—-]|到|至|to|and)\s*$")
_AFTER_CUE = re.compile(r"的?(?:(?P<before>以前|之前|前(?!台))|(?P<after>以后|之后|过后|后(?!天)))")
_BEFORE_CUE = re.compile(r"(?:(?P<before>\bbefore|\bby|\buntil|\btill)|(?P<after>\bafter|\bfrom|\bsince))\s*$")
_AGO = re.compile(
    r"(?<![\d.])(?P<number>\d+(?:\.\d+)?|半|an?|half an)\s?(?:个(?P<half>半)?)?(?P<unit>小时|钟头|分钟|hours?|minutes?|mins?|hrs?)(?P<tail>半)?\s?"
    r"(?P<side>以?前|之前|以?后|之后|ago|later|from now)"
)
_NOW = re.compile(r"现在|此刻|马上|立刻|right now|\bnow\b|asap|immediately|as soon as possible")
_BARE = re.compile(r"(?P<hour>\d{1,2})(?:[:.点]?(?P<minute>[0-5]\d))?")
_GAP = re.compile(r"[\s,的在]*(?:at|around|about|by|after|before|in the|on)?\s*")


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight; ``last`` is that of a point itself. None is open."""

    start: int
    end: int
    first: int | None
    last: int | None
    probability: float
    rule: str


def read_time(hearing: Hearing, slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: "15:30", or {"from", "to"} (None is open; 24:00 is the end of the day)."""
    clocks = find_clocks(hearing.digits.text)
    if is_expected and not clocks:
        clocks = tuple(clock for start, end in hearing.cores() for clock in _bare(hearing.digits.text, start, end))
    for clock in clocks:
        if clock.first == clock.last or not slot.is_exact:
            yield Hit(_to_value(clock), clock.start, clock.end, clock.probability, clock.rule)


def read_datetime(hearing: Hearing, slot: SlotType, context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: ISO with the workspace's offset, or {"from", "to"}. A day alone is one only when it was asked for."""
    text, now = hearing.digits.text, context.now
    for match in _AGO.finditer(text):
        number = {"半": 0.5, "a": 1.0, "an": 1.0, "half an": 0.5}.get(match["number"]) or float(match["number"])
        minutes = (number + (0.5 if match["half"] or match["tail"] else 0)) * (
            1 if match["unit"][0] in "分m" else _HOUR
        )
        sign = -1 if "前" in match["side"] or match["side"] == "ago" else 1
        if minutes < _DAY * 366:
            moment = (now + sign * timedelta(minutes=minutes)).replace(microsecond=0)
            yield Hit(moment.isoformat(), *match.span(), CLEAR, "datetime_ago")
    for match in _NOW.finditer(text) if is_expected else ():
        yield Hit(now.replace(microsecond=0).isoformat(), *match.span(), LIKELY, "datetime_now")
    clocks = find_clocks(text)
    for mention in find_mentions(hearing, slot, context):
        near = [clock for clock in clocks if _touches(text, mention.start, mention.end, clock)]
        for reading in mention.readings:
            day = reading.days.first
            if not reading.days.is_one or day is None:
                continue
            for clock in near:
                start, end = min(mention.start, clock.start), max(mention.end, clock.end)
                yield Hit(
                    _moments(day, clock, now), start, end, min(reading.probability, clock.probability), "datetime"
                )
            if not near and is_expected and not slot.is_exact:
                whole = Clock(0, 0, 0, _DAY, GUESS, "day")
                yield Hit(_moments(day, whole, now), mention.start, mention.end, GUESS, "datetime_day")


@lru_cache(maxsize=64)
def find_clocks(text: str) -> tuple[Clock, ...]:
    """Times in the order of the text; several for one place where a.m. or p.m. is open."""
    found = [*_chinese(text), *_english(text)]
    kept: list[Clock] = []
    for clock in sorted(found, key=lambda one: one.start - one.end):
        if all(
            clock.end <= one.start or one.end <= clock.start or (clock.start, clock.end) == (one.start, one.end)
            for one in kept
        ):
            kept.append(clock)
    return tuple(_with_ranges(text, sorted(kept, key=lambda one: (one.start, -one.probability))))


def _chinese(text: str) -> Iterator[Clock]:
    for match in _ZH.finditer(text):
        minute = (
            30
            if match["half"]
            else int(match["quarter"]) * 15
            if match["quarter"]
            else int(match["minute"] or match["past"] or 0)
        )
        is_sure = match["part"] or match["minute"] or match["mark"] or match["half"] or match["past"]
        if not is_sure and match["hour"] == "1":  # 一点 is mostly «a little»
            continue
        if not is_sure and _SOME.search(text[: match.start()]):
            continue
        yield from _clock(match.span(), match["part"], int(match["hour"]), minute, is_24=bool(match["minute"]))
    for match in _TO_ZH.finditer(text):
        less = 15 if match["quarter"] else int(match["minutes"])
        yield from _clock(match.span(), None, int(match["hour"]), -less, is_24=False)
    for match in _ALONE_ZH.finditer(text):
        first, last = _PARTS[match.group()]
        yield Clock(*match.span(), first * _HOUR, last * _HOUR, BARE, "time_part")


def _english(text: str) -> Iterator[Clock]:
    for match in _EN.finditer(text):
        minute = int(match["minute"] or 0)
        if match["half"]:
            hour = int(match["hour"]) % 12 + (12 if match["half"] == "p" else 0)
            if int(match["hour"]) <= _HALF and minute < _HOUR:
                yield Clock(*match.span(), hour * _HOUR + minute, hour * _HOUR + minute, EXACT, "time_meridiem")
        else:
            after = _EN_PART_AFTER.match(text, match.end())
            span = match.start(), after.end() if after else match.end()
            yield from _clock(span, after["part"] if after else None, int(match["hour"]), minute, is_24=False)
    for match in _IN_THE_EN.finditer(text):
        yield from _clock(
            match.span(), match["part"] or "night", int(match["hour"]), int(match["minute"] or 0), is_24=False
        )
    for match in _PAST_EN.finditer(text):
        what = match["what"]
        minutes = 30 if what == "half" else 15 if "quarter" in what else int(what)
        yield from _clock(
            match.span(),
            None,
            int(match["hour"]),
            minutes if match["side"] in {"past", "after"} else -minutes,
            is_24=False,
        )
    for match in _ALONE_EN.finditer(text):
        first, last = _PARTS[match["part"]]
        yield Clock(match.start("part"), match.end(), first * _HOUR, last * _HOUR, BARE, "time_part")


def _clock(span: tuple[int, int], part: str | None, hour: int, minute: int, *, is_24: bool) -> Iterator[Clock]:
    """One time, or two where nothing says which half of the day."""
    if hour > _LAST or minute >= _HOUR:
        return
    base = hour * _HOUR + minute
    if part:
        if part in _LATE and hour < _HALF and not (part == "中午" and hour >= _LUNCH):
            base += _NOON
        if part in _NIGHTS and hour in {_HALF, _LAST}:
            base = minute
        yield Clock(*span, base, base, EXACT, "time")
        return
    if is_24 or hour > _HALF or hour == 0:
        is_open = is_24 and 1 <= hour < _DAWN
        yield Clock(*span, base % _DAY, base % _DAY, BARE if is_open else EXACT, "time_24")
        return
    morning, afternoon = base % _DAY, (base + _NOON) % _DAY if hour < _HALF else base
    if hour == _HALF:
        yield Clock(*span, base, base, BARE, "time")
        return
    likely, other = (afternoon, morning) if hour <= _DUSK else (morning, afternoon)
    yield Clock(*span, likely, likely, LIKELY, "time_half_open")
    yield Clock(*span, other, other, GUESS + 0.05, "time_half_open")


def _with_ranges(text: str, clocks: list[Clock]) -> list[Clock]:
    joined: list[Clock] = []
    for clock in clocks:
        before = joined[-1] if joined else None
        if (
            before
            and before.end <= clock.start
            and _JOINT.fullmatch(text, before.end, clock.start)
            and before.rule != "time_range"
        ):
            while len(joined) > 1 and joined[-1].start == joined[-2].start:
                joined.pop()  # the likelier half of the day
            first, last = joined[-1].first, clock.last
            if first is not None and last is not None and last <= first and last + _NOON > first:
                last += _NOON
            joined[-1] = Clock(
                joined[-1].start, clock.end, first, last, min(joined[-1].probability, clock.probability), "time_range"
            )
        elif before and before.rule == "time_range" and clock.start < before.end:
            continue
        else:
            joined.append(clock)
    return [one if one.rule == "time_range" else _bounded(text, one) for one in joined]


def _bounded(text: str, clock: Clock) -> Clock:
    lead = _LEAD_NUMBER.search(text, max(0, clock.start - 16), clock.start)
    if lead and clock.last is not None and clock.first == clock.last:
        first = int(lead["hour"]) * _HOUR
        if first < clock.last - _NOON < first + _NOON and int(lead["hour"]) < _DAWN:
            first += _NOON
        if first < clock.last:
            return Clock(lead.start(), clock.end, first, clock.last, clock.probability, "time_range")
    after = _AFTER_CUE.match(text, clock.end)
    before = _BEFORE_CUE.search(text, max(0, clock.start - 8), clock.start)
    cue = after or before
    if cue is None:
        return clock
    start, end = (clock.start, cue.end()) if after else (cue.start(), clock.end)
    if cue["before"]:
        return Clock(start, end, None, clock.first, clock.probability, "time_bound")
    return Clock(start, end, clock.last, None, clock.probability, "time_bound")


def _bare(text: str, start: int, end: int) -> Iterator[Clock]:
    match = _BARE.fullmatch(text, start, end)
    if match and int(match["hour"]) <= _LAST:
        for clock in _clock(match.span(), None, int(match["hour"]), int(match["minute"] or 0), is_24=False):
            yield Clock(start, end, clock.first, clock.last, min(clock.probability, LIKELY), "time_bare")


def _touches(text: str, start: int, end: int, clock: Clock) -> bool:
    if clock.start < end and start < clock.end:
        return True
    gap = (end, clock.start) if end <= clock.start else (clock.end, start)
    return _GAP.fullmatch(text, *gap) is not None


def _to_value(clock: Clock) -> JsonValue:
    if clock.first == clock.last and clock.first is not None:
        return _written(clock.first)
    return {
        "from": None if clock.first is None else _written(clock.first),
        "to": None if clock.last is None else _written(clock.last),
    }


def _written(minutes: int) -> str:
    return f"{minutes // _HOUR:02}:{minutes % _HOUR:02}"


def _moments(day: date, clock: Clock, now: datetime) -> JsonValue:
    def moment(minutes: int | None) -> str | None:
        return (
            None
            if minutes is None
            else (datetime.combine(day, time(), now.tzinfo) + timedelta(minutes=minutes)).isoformat()
        )

    if clock.first == clock.last:
        return moment(clock.first)
    return {"from": moment(clock.first), "to": moment(clock.last)}
