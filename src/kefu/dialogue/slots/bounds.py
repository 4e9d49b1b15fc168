"""Numbers that are bounds or ranges: 三年以上, at most 10%, 3到5天, between 100 and 200 yuan."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from kefu.dialogue.slots.types import Hit
from kefu.kit.jsonvalue import JsonValue

_BEFORE = re.compile(
    r"(?:(?P<most>不超过|不多于|最多|至多|顶多|低于|少于|小于|under|up to|at most|no more than|less than|below|max(?:imum)?|within)"
    r"|(?P<least>超过|至少|最少|起码|不少于|不低于|高于|大于|多于|over|more than|at least|above|min(?:imum)?|no less than))\s*$"
)
_AFTER = re.compile(
    r"\s*(?:(?P<most>(?:及|或)?以[内下]|之内|内(?![蒙容部])|or less|or under|at most|max\b)"
    r"|(?P<least>(?:及|或)?以上|起(?![来码])|\+|or more|or over|and up|plus\b|at least))"
)
NUMBER = r"\d+(?:\.\d+|点\d+)?"
"""Also 3点5, a decimal that is spoken."""
RANGED = rf"(?<![\d.])(?:(?P<low>{NUMBER})\s*(?:[~–—-]|到|至|to\b|or\b)\s*)?(?P<number>{NUMBER})"
"""A number, or two of which only the last has a unit: 3到5."""
_JOINT = re.compile(r"\s*(?:到|至|[-~–—]|to|and|或者?|or)\s*")
_LEAD = re.compile(r"(?:从|between|from)\s*$")
_LONGEST_CUE = 16


def with_bounds(text: str, hits: Sequence[Hit], *, is_exact: bool) -> list[Hit]:
    """Neighbours joined to ranges, and cues around a number taken in; values become ``{"from", "to"}``."""
    joined: list[Hit] = []
    for hit in hits:
        before = joined[-1] if joined else None
        joint = _JOINT.fullmatch(text, before.end, hit.start) if before else None
        lead = _LEAD.search(text, max(0, before.start - _LONGEST_CUE), before.start) if before else None
        is_joint = joint is not None and ("and" not in joint.group() or lead is not None)
        if before is not None and is_joint and not _is_range(before.value):
            start = lead.start() if lead else before.start
            joined[-1] = Hit(_range(before.value, hit.value), start, hit.end, hit.probability, f"{hit.rule}_range")
        else:
            joined.append(hit)
    whole = [hit if hit.rule.endswith("_range") else _bounded(text, hit) for hit in joined]
    return [hit for hit in whole if not (is_exact and _is_range(hit.value))]


def _bounded(text: str, hit: Hit) -> Hit:
    if _is_range(hit.value):
        return hit
    after = _AFTER.match(text, hit.end)
    if after:
        value = _range(None, hit.value) if after["most"] else _range(hit.value, None)
        return replace(hit, value=value, end=after.end(), rule=f"{hit.rule}_bound")
    before = _BEFORE.search(text, max(0, hit.start - _LONGEST_CUE), hit.start)
    if before:
        value = _range(None, hit.value) if before["most"] else _range(hit.value, None)
        return replace(hit, value=value, start=before.start(), rule=f"{hit.rule}_bound")
    return hit


def _is_range(value: JsonValue) -> bool:
    return isinstance(value, dict) and "from" in value


def _range(low: JsonValue, high: JsonValue) -> JsonValue:
    return {"from": low, "to": high}


def to_decimal(number: str) -> Decimal:
    return Decimal(number.replace("点", "."))


def to_text(number: Decimal) -> str:
    """A decimal without exponent and without a needless fraction: "3", "0.5"."""
    return f"{number.normalize():f}"
