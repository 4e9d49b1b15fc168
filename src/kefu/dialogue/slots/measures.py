"""Body and other measures: 一米七, 1米75, 5'7", 120斤, 11 stone 4, 25 cm."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from kefu.dialogue.slots.bounds import RANGED, to_decimal, to_text, with_bounds
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import BARE, CLEAR, EXACT, GUESS, LIKELY, Hit, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue

_CM = {
    "cm": r"cm|厘米|公分|centimet(?:re|er)s?",
    "m": r"m(?![a-z])|米(?!粉|饭|线|色|白)|公尺|met(?:re|er)s?",
    "mm": r"mm|毫米|millimet(?:re|er)s?",
    "in": r"inch(?:es)?|英?寸|\"",
    "ft": r"feet|foot|ft\.?(?![a-z])|英尺",
    "chi": r"市?尺(?!码|寸)",
}
_TO_CM = {"cm": "1", "m": "100", "mm": "0.1", "in": "2.54", "ft": "30.48", "chi": "33.333333"}
_KG = {
    "jin": r"市?斤",
    "kg": r"公斤|千克|kgs?(?![a-z])|kilos?(?![a-z])|kilograms?",
    "g": r"克(?!拉)|(?<!(?<!\d)[2-5])g(?![a-z])|grams?",
    "lb": r"lbs?\.?(?![a-z])|pounds?(?! sterling)|磅",
    "oz": r"oz(?![a-z])|ounces?|盎司",
    "stone": r"stones?(?![a-z])|st(?=\s?\d|\s|$)",
    "liang": r"两(?=$|[^\u4e00-\u9fff]|[重的左])",
    "t": r"吨",
}
_TO_KG = {"jin": "0.5", "kg": "1", "g": "0.001", "lb": "0.45359237", "oz": "0.028349523", "stone": "6.35029318",
          "liang": "0.05", "t": "1000"}  # fmt: skip
_METRES = re.compile(r"(?<![\d.])(?P<m>[0-2])\s?[米m](?P<cm>\d{1,2})(?!\d)\s*(?:公分|厘米|cm)?(?P<many>[多几])?")
_FEET = re.compile(
    r"(?<![\d.])(?P<ft>[1-8])\s*(?:'|’|′|‘|`|-?\s?(?:foot|feet|ft\.?)(?![a-z]))\s*"
    r"(?:(?P<in>1[01]|\d)(?:\.5)?(?![\d])\s*(?:''|’’|′′|\"|”|“|inch(?:es)?|in\b)?)?"
)
_STONE = re.compile(r"(?<![\d.])(?P<st>\d{1,2})\s*(?:stones?|st)\s*(?P<lb>1[0-3]|\d)?(?!\d)\s*(?:lbs?|pounds?)?")
_JIN_HALF = re.compile(r"(?<![\d.])(?P<number>\d+)(?P<unit>斤|公斤)(?:半|(?P<liang>\d)两?(?![\d多]))")
_HALF_JIN = re.compile(r"(?<!\d)半(?P<unit>斤|公斤)")
_HEIGHT_CUE = re.compile(r"身高|高|tall|height|cm|米|公分")
_HEIGHT = (Decimal(40), Decimal(250))
_METRE_HEIGHTS = (Decimal("0.4"), Decimal("2.5"))
_JIN_FROM, _KG_TO = Decimal(95), Decimal(90)
_BODY, _MOST_DIGITS = 10, 20
"""From so many pounds on it is a person; longer numbers are not rounded."""
_CENT = Decimal("0.01")
_GRAM = Decimal("0.001")
_BARE = re.compile(rf"(?:身高|体重|高|重|height|weight|i weigh|is|was|=)*\s*{RANGED}\s*(?:多)?")


def _units(table: dict[str, str]) -> re.Pattern[str]:
    named = "|".join(f"(?P<{name}>{words})" for name, words in table.items())
    return re.compile(rf"{RANGED}\s*-?(?:{named})")


_LENGTHS = _units(_CM)
_WEIGHTS = _units(_KG)


def read_height(hearing: Hearing, slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: centimetres as a decimal string, between 40 and 250."""
    text = hearing.digits.text
    hits = [hit for hit in _lengths(text) if _is_height(hit.value)]
    if is_expected and not hits:
        hits = list(_bare_height(hearing))
    yield from with_bounds(text, hits, is_exact=slot.is_exact)


def read_length(hearing: Hearing, slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: centimetres as a decimal string."""
    text = hearing.digits.text
    hits = list(_lengths(text))
    if is_expected and not hits:
        hits = [
            Hit(_ranged(match, Decimal(1), _CENT), start, end, LIKELY, "length_bare")
            for match, start, end in _bare(hearing)
        ]
    yield from with_bounds(text, hits, is_exact=slot.is_exact)


def read_weight(hearing: Hearing, slot: SlotType, context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: kilograms as a decimal string. A bare number in Chinese may be 斤 or kg: both are found."""
    text = hearing.digits.text
    hits = list(_weights(text))
    if is_expected and not hits:
        hits = list(_bare_weight(hearing, is_chinese=context.language == "zh"))
    yield from with_bounds(text, hits, is_exact=slot.is_exact)


@lru_cache(maxsize=64)
def _lengths(text: str) -> tuple[Hit, ...]:
    """Read once for heights and lengths."""
    hits: list[Hit] = []
    for match in _METRES.finditer(text):
        cm = match["cm"] if len(match["cm"]) == len("75") else f"{match['cm']}0"
        value = to_text(Decimal(match["m"]) * 100 + Decimal(cm))
        hits.append(Hit(value, *match.span(), LIKELY if match["many"] else EXACT, "metres"))
    for match in _FEET.finditer(text):
        inches = Decimal(match["ft"]) * 12 + Decimal(match["in"] or 0)
        hits.append(Hit(_rounded(inches * Decimal("2.54"), Decimal("0.1")), match.start(), _end(match), EXACT, "feet"))
    for match in _LENGTHS.finditer(text):
        unit = next(name for name in _CM if match[name])
        hits.append(Hit(_ranged(match, Decimal(_TO_CM[unit]), _CENT), *match.span(), EXACT, "length_unit"))
    return tuple(_apart(hits))


def _weights(text: str) -> list[Hit]:
    hits: list[Hit] = []
    for match in _JIN_HALF.finditer(text):
        tenths = Decimal(match["liang"] or 5) / 10
        factor = Decimal(_TO_KG["jin" if match["unit"] == "斤" else "kg"])
        hits.append(Hit(to_text((Decimal(match["number"]) + tenths) * factor), *match.span(), CLEAR, "weight_half"))
    hits.extend(
        Hit("0.25" if match["unit"] == "斤" else "0.5", *match.span(), EXACT, "weight_half")
        for match in _HALF_JIN.finditer(text)
    )
    for match in _STONE.finditer(text):
        pounds = Decimal(match["st"]) * 14 + Decimal(match["lb"] or 0)
        hits.append(
            Hit(
                _rounded(pounds * Decimal(_TO_KG["lb"]), Decimal("0.1")),
                match.start(),
                _end(match),
                EXACT,
                "weight_stone",
            )
        )
    for match in _WEIGHTS.finditer(text):
        unit = next(name for name in _KG if match[name])
        place = (
            Decimal("0.1") if unit in {"lb", "oz"} and Decimal(match["number"].replace("点", ".")) >= _BODY else _GRAM
        )
        hits.append(Hit(_ranged(match, Decimal(_TO_KG[unit]), place), *match.span(), EXACT, "weight_unit"))
    return _apart(hits)


def _bare(hearing: Hearing) -> Iterator[tuple[re.Match[str], int, int]]:
    for start, end in hearing.cores():
        match = _BARE.fullmatch(hearing.digits.text, start, end)
        if match:
            yield match, start, end


def _bare_height(hearing: Hearing) -> Iterator[Hit]:
    for match, start, end in _bare(hearing):
        number = to_decimal(match["number"])
        factor = Decimal(100) if _METRE_HEIGHTS[0] <= number <= _METRE_HEIGHTS[1] else Decimal(1)
        if _HEIGHT[0] <= number * factor <= _HEIGHT[1]:
            yield Hit(_ranged(match, factor, _CENT), start, end, BARE, "height_bare")


def _bare_weight(hearing: Hearing, *, is_chinese: bool) -> Iterator[Hit]:
    for match, start, end in _bare(hearing):
        number = to_decimal(match["number"])
        as_kg = Hit(_ranged(match, Decimal(1), _GRAM), start, end, LIKELY, "weight_bare_kg")
        if not is_chinese:
            yield as_kg
            pounds = _ranged(match, Decimal(_TO_KG["lb"]), Decimal("0.1"))
            yield Hit(pounds, start, end, LIKELY if number > _KG_TO else GUESS, "weight_bare_lb")
            continue
        if number <= _KG_TO:
            yield as_kg
        as_jin = _ranged(match, Decimal("0.5"), _GRAM)
        if number >= _KG_TO:
            yield Hit(as_jin, start, end, BARE if number >= _JIN_FROM else LIKELY, "weight_bare_jin")


def _ranged(match: re.Match[str], factor: Decimal, place: Decimal) -> JsonValue:
    number = _rounded(to_decimal(match["number"]) * factor, place)
    return {"from": _rounded(to_decimal(match["low"]) * factor, place), "to": number} if match["low"] else number


def _rounded(number: Decimal, place: Decimal) -> str:
    if number.adjusted() > _MOST_DIGITS:
        return to_text(number)
    return to_text(number.quantize(place, ROUND_HALF_UP))


def _is_height(value: JsonValue) -> bool:
    numbers = [one for one in value.values() if isinstance(one, str)] if isinstance(value, dict) else [value]
    return all(_HEIGHT[0] <= Decimal(str(number)) <= _HEIGHT[1] for number in numbers)


def _apart(hits: list[Hit]) -> list[Hit]:
    """Without overlap, the rule that comes first kept; in the order of the text."""
    kept: list[Hit] = []
    for hit in hits:
        if all(hit.end <= one.start or one.end <= hit.start for one in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def _end(match: re.Match[str]) -> int:
    return match.start() + len(match.group().rstrip())
