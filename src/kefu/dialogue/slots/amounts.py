"""Money and per cent: 一百二十块五, ¥199.90, "twenty dollars", 百分之十, 三成."""

import re
from collections.abc import Iterator
from decimal import Decimal

from kefu.dialogue.slots.bounds import NUMBER, RANGED, to_decimal, to_text, with_bounds
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import BARE, CLEAR, EXACT, GUESS, Hit, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue

_CURRENCIES = {
    "CNY": r"元(?!旦|素|件|宵)|圆(?!形)|块钱|人民币|rmb|cny|yuan",
    "USD": r"美元|美金|刀(?=$|[,。!?\s])|us dollars?|dollars?|bucks|usd",
    "HKD": r"港元|港币|港纸|hong kong dollars?|hkd",
    "EUR": r"欧元|euros?|eur",
    "GBP": r"英镑|pounds?(?: sterling)?|quid|gbp",
    "JPY": r"日元|日币|yen|jpy",
    "TWD": r"台币|新台币|twd",
}
_SIGNS = {"¥": "CNY", "￥": "CNY", "hk$": "HKD", "us$": "USD", "nt$": "TWD", "$": "USD", "€": "EUR", "£": "GBP",
          "rmb": "CNY", "cny": "CNY", "usd": "USD", "hkd": "HKD", "eur": "EUR", "gbp": "GBP"}  # fmt: skip
_NAMED = "|".join(f"(?P<{code}>{words})" for code, words in _CURRENCIES.items())
_MANY = r"(?P<many>[多来几]|余)?"
_AFTER = re.compile(
    rf"{RANGED}\s*(?P<wan>w|k)?\s*{_MANY}\s*(?:{_NAMED})(?![a-z])(?:(?P<jiao>\d)[角毛](?:(?P<fen>\d)分)?)?"
)
_BEFORE = re.compile(
    rf"(?<![a-z])(?P<sign>{'|'.join(map(re.escape, _SIGNS))})\s*(?:(?P<low>{NUMBER})\s*[~–—-]\s*)?(?P<number>{NUMBER})"
    r"(?P<wan>w|k)?(?![\d%])"
)
_KUAI = re.compile(
    rf"{RANGED}\s*{_MANY}块(?P<rest>\d{{1,2}}(?![\d个件天块]))?(?P<jiao>[角毛])?"
    r"(?=$|[^\u4e00-\u9fff]|[的吧吗了呢以到左上能可优退差运就是给还多不没我券够,])"
)
_JIAO = re.compile(rf"(?<![\d.块元])(?P<number>{NUMBER})(?:毛(?:钱)?|角钱?)(?=$|[^\u4e00-\u9fff]|[的吧吗了])")
_BARE_MONEY = re.compile(rf"{RANGED}\s*(?P<wan>w|k)?\s*{_MANY}\s*块?")
_PERCENT = re.compile(
    rf"{RANGED}\s*(?:(?P<percent>%|个百分点|个点(?!\d)|percent\b|per ?cent\b)|(?P<tenth>成(?=$|[^\u4e00-\u9fff]|[左的以多吧仓])))"
)
_OF = re.compile(rf"(?P<base>百|千|万)分之(?:(?P<low>{NUMBER})(?:到|至|[~-])(?:百分之)?)?(?P<number>{NUMBER})")
_BASES = {"百": 1, "千": 10, "万": 100}
_BARE_PERCENT = re.compile(RANGED)
_HALF = re.compile(r"一半|1半|half(?: of it)?|对半")
_NONE = re.compile(
    r"(?:一|1|半)?(?:点|分|毛|丝)(?:钱)?(?:都|也)?不(?:想|能|愿意?|可以?|接受).{0,6}|0|零|none(?: at all)?|nothing(?: at all)?|zero|no loss(?:es)?(?: at all)?|not (?:a|one) (?:cent|penny)"
)
_SCALE = {"w": 10_000, "k": 1_000}


def read_money(hearing: Hearing, slot: SlotType, context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: {"amount": "120.5", "currency": "CNY"}, or a range of two such."""
    text = hearing.digits.text
    hits: dict[tuple[int, int], Hit] = {}
    for pattern, rule, probability in (
        (_BEFORE, "sign", EXACT),
        (_AFTER, "currency", EXACT),
        (_KUAI, "kuai", CLEAR),
        (_JIAO, "jiao", CLEAR),
    ):
        for match in pattern.finditer(text):
            if rule == "kuai" and match["number"] == "1" and _is_together(text, match):
                continue
            p = GUESS if match.groupdict().get("many") else probability
            if not any(start < match.end() and match.start() < end for start, end in hits):
                hits[match.span()] = Hit(_money(match, context.currency), *match.span(), p, f"money_{rule}")
    if is_expected and not hits:
        for start, end in hearing.cores():
            bare = _BARE_MONEY.fullmatch(text, start, end)
            if bare:
                p = GUESS if bare["many"] else BARE
                hits[start, end] = Hit(_money(bare, context.currency), start, end, p, "money_bare")
    yield from with_bounds(text, sorted(hits.values(), key=lambda hit: hit.start), is_exact=slot.is_exact)


def read_percent(hearing: Hearing, slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: "10" for 10 %."""
    text = hearing.digits.text
    hits = [Hit(_ranged(match, _factor(match)), *match.span(), EXACT, "percent") for match in _PERCENT.finditer(text)]
    for match in _OF.finditer(text):
        factor = Decimal(1) / _BASES[match["base"]]
        hits.append(Hit(_ranged(match, factor), *match.span(), EXACT, "percent_of"))
    if is_expected and not hits:
        for start, end in hearing.cores():
            bare = _BARE_PERCENT.fullmatch(text, start, end)
            if bare:
                hits.append(Hit(_ranged(bare, Decimal(1)), start, end, BARE, "percent_bare"))
            elif _HALF.fullmatch(text, start, end):
                hits.append(Hit("50", start, end, BARE, "percent_half"))
            elif _NONE.fullmatch(text, start, end):
                hits.append(Hit("0", start, end, BARE, "percent_none"))
    yield from with_bounds(text, sorted(hits, key=lambda hit: hit.start), is_exact=slot.is_exact)


def _factor(match: re.Match[str]) -> Decimal:
    return Decimal(10) if match["tenth"] else Decimal(1)


def _ranged(match: re.Match[str], factor: Decimal) -> JsonValue:
    number = to_text(to_decimal(match["number"]) * factor)
    return {"from": to_text(to_decimal(match["low"]) * factor), "to": number} if match["low"] else number


def _money(match: re.Match[str], default: str) -> JsonValue:
    parts = match.groupdict()
    currency = _currency(parts, default)
    scale = _SCALE.get(parts.get("wan") or "", 1)
    amount = to_decimal(parts["number"]) * scale
    if parts.get("rest"):
        amount += Decimal(f"0.{parts['rest']}")
    if parts.get("rest") is None and match.re is _JIAO:
        amount /= 10
    if match.re is _AFTER:
        amount += Decimal(parts["jiao"] or 0) / 10 + Decimal(parts["fen"] or 0) / 100
    high: JsonValue = {"amount": to_text(amount), "currency": currency}
    if parts.get("low"):
        return {"from": {"amount": to_text(to_decimal(parts["low"]) * scale), "currency": currency}, "to": high}
    return high


def _currency(parts: dict[str, str], default: str) -> str:
    if parts.get("sign"):
        return _SIGNS[parts["sign"]]
    return next((code for code in _CURRENCIES if parts.get(code)), default)


def _is_together(text: str, match: re.Match[str]) -> bool:
    """一块退 is «together», 一块的 is one yuan: only at the end of a piece or before 的 is it money."""
    return text[match.end() : match.end() + 1] not in ("", "的", ",", "。", "!", "?", " ", "吧")
