"""How long: 两个半小时, 一年零三个月, 半年, "an hour and a half", 3到5天, "打算放两年"."""

import re
from collections.abc import Iterator
from decimal import Decimal

from kefu.dialogue.slots.bounds import NUMBER, to_decimal, to_text, with_bounds
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import EXACT, GUESS, LIKELY, VAGUE, Hit, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue

_UNITS = {
    "Y": r"年(?!级|货|度|底|初|末|中|龄|\d|轻|前的?事|纪)|years?|yrs?(?![a-z])",
    "M": r"(?:个多?|(?<=半))月(?!\d|份|底|初|中|饼|亮|经)|months?|mths?(?![a-z])",
    "W": r"个?(?:星期|礼拜)(?![1-6日天末])|周(?![1-6日末岁边围年])|weeks?|wks?(?![a-z])",
    "D": r"天(?!猫|前的|气)|日(?!元|币|本|用)|days?|个工作日|工作日|working days?|business days?",
    "h": r"个?(?:小时|钟头)|hours?|hrs?(?![a-z])|h(?![a-z])",
    "m": r"分钟?(?![之期别享类]|\d)|minutes?|mins?(?![a-z])",
    "s": r"秒钟?|(?<!a )seconds?(?! (?:hand|one|item|pair|time))|secs?(?![a-z])",
}
_NAMED = "|".join(f"(?P<{'t' if name.islower() else 'd'}{name}>{words})" for name, words in _UNITS.items())
_NUMBER = rf"(?:(?P<low>{NUMBER})\s*(?:个)?(?:[~–—-]|到|至|to\b|or\b)\s*)?(?:(?P<number>{NUMBER})|(?P<word>半|an?\b|half an?\b|a couple(?: of)?|a few|a half|几))"
_PART = re.compile(
    rf"(?<![\d.点:第月上下这本每周大])(?:{_NUMBER})\s*(?P<half>个半|(?:and )?a half(?= )| and a half)?\s*-?(?:{_NAMED})(?P<tail>半(?![年天月])|\s+and a half)?"
)
_WORDS = {
    "半": "0.5",
    "half a": "0.5",
    "half an": "0.5",
    "a": "1",
    "an": "1",
    "a half": "0.5",
    "a couple": "2",
    "a couple of": "2",
}
_COUPLE = {"a couple", "a couple of"}
_AND = re.compile(r"\s*(?:零|又|and\b|,)?\s*")
_SHORT = re.compile(r"(?<![\w.])(?P<h>\d{1,3})\s?h(?:rs?)?\s?(?P<m>\d{1,2})\s?(?:m(?:ins?)?)?(?![\w])")
_NOT_AFTER = re.compile(r"\s*(?:以?前(?!台)|之前|ago\b|以?后(?!台)|之后|later\b|from now)")
_NOT_BEFORE = re.compile(r"(?:这|那|最近|过去|近|前|后|\bin|\bpast|\blast|\bnext|\bwithin)\s*$")
_MOST_YEARS = 1_000
_SMALLER = {"Y": ("M", 12), "M": ("D", 30), "W": ("D", 7), "D": ("h", 24), "h": ("m", 60), "m": ("s", 60)}
_ORDER = "YMWDhms"


def read_duration(hearing: Hearing, slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: ISO 8601 ("P2Y", "PT2H30M"; weeks as days), or {"from", "to"}. Not what names a day (三天前, in two weeks)
    unless a duration is what was asked for.
    """
    text = hearing.digits.text
    hits = [
        Hit(_iso({"h": Decimal(match["h"]), "m": Decimal(match["m"])}), *match.span(), EXACT, "duration_short")
        for match in _SHORT.finditer(text)
    ]
    for group in _compounds(text):
        start, end = group[0].start(), group[-1].end()
        if _unit(group[0]) == "Y" and _number(group[0]) > _MOST_YEARS:
            continue  # 2026年
        if group[0].group().startswith("0") or (_unit(group[0]) == "m" and group[0].group().endswith("分")):
            continue  # 08年, 评分4分
        is_day = _NOT_AFTER.match(text, end) or _NOT_BEFORE.search(text, max(0, start - 8), start)
        if any(hit.start < end and start < hit.end for hit in hits) or (is_day and not is_expected):
            continue
        hits.append(Hit(_value(group), start, end, _probability(group), "duration"))
    yield from with_bounds(text, sorted(hits, key=lambda hit: hit.start), is_exact=slot.is_exact)


def _compounds(text: str) -> Iterator[list[re.Match[str]]]:
    """Parts that follow one another with ever smaller units: 1年零3个月."""
    group: list[re.Match[str]] = []
    for match in _PART.finditer(text):
        if group and _goes_on(text, group[-1], match):
            group.append(match)
            continue
        if group:
            yield group
        group = [match]
    if group:
        yield group


def _goes_on(text: str, before: re.Match[str], match: re.Match[str]) -> bool:
    gap = _AND.fullmatch(text, before.end(), match.start())
    return bool(gap) and _ORDER.index(_unit(before)) < _ORDER.index(_unit(match)) and not match["low"]


def _unit(match: re.Match[str]) -> str:
    return next(name for name in _UNITS if match[f"{'t' if name.islower() else 'd'}{name}"])


def _probability(group: list[re.Match[str]]) -> float:
    words = {match["word"] for match in group}
    if words & {"几", "a few"}:
        return VAGUE
    if words & _COUPLE:
        return LIKELY
    return GUESS if "多" in group[0].group() else EXACT


def _value(group: list[re.Match[str]]) -> JsonValue:
    first = group[0]
    amounts = {_unit(match): _number(match) for match in group}
    if first["word"] in {"几", "a few"}:
        return {"from": _iso({_unit(first): Decimal(2)}), "to": _iso({_unit(first): Decimal(9)})}
    if first["low"]:
        return {"from": _iso({_unit(first): to_decimal(first["low"])}), "to": _iso(amounts)}
    return _iso(amounts)


def _number(match: re.Match[str]) -> Decimal:
    base = to_decimal(match["number"]) if match["number"] else Decimal(_WORDS.get(match["word"] or "", "1"))
    return base + (Decimal("0.5") if match["half"] or match["tail"] else 0)


def _iso(amounts: dict[str, Decimal]) -> str:
    """Fractions go down to the next smaller unit: 1.5 years are P1Y6M."""
    whole: dict[str, Decimal] = {}
    for unit in _ORDER:
        amount = amounts.get(unit, Decimal(0)) + whole.get(unit, Decimal(0))
        full = amount.to_integral_value("ROUND_FLOOR")
        if amount != full and unit in _SMALLER:
            smaller, factor = _SMALLER[unit]
            whole[smaller] = whole.get(smaller, Decimal(0)) + (amount - full) * factor
            amount = full
        whole[unit] = amount
    whole["D"] += whole.pop("W") * 7
    date = "".join(f"{to_text(whole[unit])}{unit}" for unit in "YMD" if whole[unit])
    time = "".join(f"{to_text(whole[unit])}{unit.upper()}" for unit in "hms" if whole[unit])
    return f"P{date}{'T' if time else ''}{time}" if date or time else "P0D"
