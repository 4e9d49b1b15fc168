"""How many: 两件, 一打, x3, "two pairs", "a dozen"."""

import re
from collections.abc import Iterator
from decimal import Decimal

from kefu.dialogue.slots.bounds import RANGED, to_decimal, to_text, with_bounds
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import BARE, CLEAR, EXACT, GUESS, LIKELY, Hit, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue

_THINGS = "件双只条支瓶盒箱包套张份台部副根袋罐桶杯束顶股手组辆枚枝卷匹听罐把"
_ARTICLES = "个款样种单笔本对片块"
_ZH = re.compile(
    rf"(?<![第\d.另])(?P<lead>[这那])?{RANGED}\s*(?P<many>[多来几]|余)?"
    rf"(?P<unit>[{_THINGS}](?!套|子|机|腿|曲)|[{_ARTICLES}](?!多?月|多?小时|半|人|星期|礼拜|钟|工作日|交易日|百分点|点|价|性|地方|字|问题|意思|办法))"
)
_VERB = re.compile(r"(?:退|换|买|要|订|加|减|寄|发|少|多|就|只|共|拍|下|了)\s*$")
_ONE, _USED = Decimal(1), Decimal(2)
_DOZEN_ZH = re.compile(r"(?P<number>\d+|半)打(?=$|[^\u4e00-\u9fff]|[的吧])")
_EN_UNITS = (
    r"pairs?|pieces?|items?|pcs?\.?|units?|boxes|box|bottles?|sets?|packs?|packets?|copies|copy|bags?|cans?|shirts?|shoes"
    r"|t-?shirts?|jackets?|dresses|dress|sizes|shares?|lots|tickets?|orders?|things|articles?|products?"
)
_EN = re.compile(rf"{RANGED}\s*(?:more\s+|of\s+(?:the\s+|those\s+|these\s+)?)?(?P<unit>{_EN_UNITS})\b(?!\s+ago)")
_A_PAIR = re.compile(r"\b(?:an?|another)\s+(?P<unit>pair|piece|box|bottle|set|pack|bag|copy)\b")
_TIMES = re.compile(r"(?<![\w.])(?:[x×*]\s?(?P<after>\d{1,4})(?![\w.])|(?P<before>\d{1,3})\s?[x×](?![\w]))")
_LABEL = re.compile(r"(?:qty|quantity|数量|件数|个数)\s*(?:是|为|is|of|=|:)?\s*(?P<number>\d{1,6})(?![\d.])")
_DOZEN_EN = re.compile(r"(?P<number>\d+|an?|half an?)\s+dozen\b")
_BARE_NUMBER = re.compile(rf"{RANGED}\s*(?:[多来])?(?:个|of them|of those|of it)?")
_BARE_ONE = re.compile(r"an?|单个|一个|just one|俩|一对|a couple|both(?: of (?:them|those|these))?")
_BARE_VALUES = {"俩": 2, "一对": 2, "a couple": 2}


def read_quantity(hearing: Hearing, slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: an int, or a decimal string where it is no whole number; {"from", "to"} for ranges and bounds."""
    text = hearing.digits.text
    hits = [*_chinese(text), *_english(text)]
    if is_expected and not hits:
        hits = list(_bare(hearing))
    yield from with_bounds(text, sorted(hits, key=lambda hit: hit.start), is_exact=slot.is_exact)


def _chinese(text: str) -> Iterator[Hit]:
    for match in _ZH.finditer(text):
        number = to_decimal(match["number"])
        is_article = number == _ONE and not match["low"] and match["unit"] not in "件双股"
        if is_article and not _VERB.search(text, max(0, match.start() - 2), match.start()):
            continue
        if match["unit"] == "手" and number == _USED:
            continue  # 二手
        if match["unit"] in "块片本把对" and text[match.end() : match.end() + 1] in ("钱", "退", "发", "打"):
            continue
        probability = LIKELY if match["lead"] or is_article or match["unit"] in "块把" else EXACT
        start = match.start("low") if match["low"] else match.start("number")
        yield Hit(_value(match), start, match.end(), GUESS if match["many"] else probability, "quantity_unit")
    for match in _DOZEN_ZH.finditer(text):
        yield Hit(6 if match["number"] == "半" else int(match["number"]) * 12, *match.span(), CLEAR, "quantity_dozen")


def _english(text: str) -> Iterator[Hit]:
    for match in _EN.finditer(text):
        yield Hit(_value(match), *match.span(), EXACT, "quantity_unit")
    for match in _TIMES.finditer(text):
        yield Hit(int(match["after"] or match["before"]), *match.span(), CLEAR, "quantity_times")
    for match in _LABEL.finditer(text):
        yield Hit(int(match["number"]), *match.span(), EXACT, "quantity_label")
    for match in _DOZEN_EN.finditer(text):
        number = match["number"]
        dozens = 6 if number.startswith("half") else int(number) * 12 if number.isdigit() else 12
        yield Hit(dozens, *match.span(), CLEAR, "quantity_dozen")


def _bare(hearing: Hearing) -> Iterator[Hit]:
    text = hearing.digits.text
    for match in _A_PAIR.finditer(text):
        yield Hit(1, *match.span(), LIKELY, "quantity_article")
    for start, end in hearing.cores():
        bare = _BARE_NUMBER.fullmatch(text, start, end)
        if bare:
            yield Hit(_value(bare), start, end, BARE, "quantity_bare")
            continue
        word = hearing.original(start, end).lower()
        if _BARE_ONE.fullmatch(word):
            yield Hit(2 if word.startswith("both") else _BARE_VALUES.get(word, 1), start, end, LIKELY, "quantity_word")


def _value(match: re.Match[str]) -> JsonValue:
    number = _whole(to_decimal(match["number"]))
    return {"from": _whole(to_decimal(match["low"])), "to": number} if match["low"] else number


def _whole(number: Decimal) -> int | str:
    return int(number) if number == number.to_integral_value() else to_text(number)
