"""Words that point at choices without naming them: 第二个, 上面那双, 最后两件, the first one, 都, both, 其余的."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kefu.dialogue.slots.types import BARE, CLEAR, LIKELY

_MEASURE = r"[个件双条款笔单张只种项样份套本瓶盒箱包台支行排辆把块副位间盏]"
_ONE = r"(?:one|1|item|pair|order|option|thing|product|choice)"
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "7th": 7, "8th": 8, "9th": 9, "10th": 10,
}  # fmt: skip
_ORDINAL = "|".join(_ORDINALS)
_BEHIND = re.compile(rf"倒数第(?P<n>\d{{1,2}}){_MEASURE}?")
_NTH = re.compile(
    rf"(?<!倒数)第(?P<n>\d{{1,2}})(?P<measure>{_MEASURE})?(?!次|天|时间|步)(?P<more>(?:(?:和|、|,|跟|与|还有)第?\d{{1,2}}{_MEASURE}?)*)"
)
_SPAN = re.compile(rf"(?P<side>前面?|头|后面?|最后面?|末)(?P<n>\d{{1,2}}){_MEASURE}(?!月|小时|星期|天)")
_LAST = re.compile(rf"最[后末下]边?面?的?(?:那|这|1|那1|这1)?{_MEASURE}|最(?:后|下面|底下)的(?!{_MEASURE})")
_TOP = re.compile(rf"(?:最上|最前|上|前)(?:面|边|头)的?(?:那|这|1|那1|这1){_MEASURE}?|前者")
_BOTTOM = re.compile(rf"(?:下|后|底)(?:面|边|下)的?(?:那|这|1|那1|这1){_MEASURE}?|后者")
_SIDE = re.compile(rf"(?P<side>左|右|中间|中)(?:边|面)?的?(?:那|这|1|那1|这1)?{_MEASURE}?的?(?=$|[,，。!\s吧])")
_THAT = re.compile(
    rf"^(?:就|要|是|选|对)*(?:刚才|刚刚|上面)?(?:那|这)1?{_MEASURE}(?:吧|了|的)?$|^(?:this|that|the above)(?: one| 1)?$"
)
_NTH_EN = re.compile(
    rf"(?:\bthe\s+)?\b(?P<word>{_ORDINAL})\b(?P<noun>\s+{_ONE}\b)?(?P<back>\s+(?:to|from the) last)?(?!\s*(?:\d|week|month|day|time|hand|year|of all|of (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))"
)
_LAST_EN = re.compile(
    rf"\b(?:the\s+)?(?P<word>last|bottom|top|upper|lower|middle|former|latter|final|left|right)\b(?P<noun>\s+{_ONE}\b)?(?!\s+(?:week|month|night|year|time|monday|tuesday|wednesday|thursday|friday|saturday|sunday|now|\d))"
)
_SPAN_EN = re.compile(
    r"\b(?:the\s+)?(?P<side>first|last|top|bottom)\s+(?P<n>\d{1,2})\b(?!\s*(?:days|weeks|months|one|item\b|pair\b))"
)
_NUMBER_EN = re.compile(
    r"(?:\b(?:number|no\.?|option|item|choice)\s?|#)(?P<n>\d{1,2})\b(?P<more>(?:\s*(?:,|and|&)\s*#?\d{1,2}\b)*)"
)
_NUMBER = re.compile(
    rf"(?P<n>\d{{1,2}})(?:号|{_MEASURE}|[.)])?(?P<more>(?:\s*(?:和|跟|、|,|，|&|and|\+|\s)\s*\d{{1,2}}(?:号|{_MEASURE})?)*)"
)
_PAIR = 2
_DIGITS = re.compile(r"\d{1,2}")

_ALL = re.compile(
    rf"(?P<zh>(?:(?P<n>\d{{1,2}}){_MEASURE}?)?(?:全都|都|全部|全)(?!可以|行$|行吧|好$|没|无所谓|是(?!的)|不|国|新|能)|所有|整单|整个订单)"
    r"|\b(?P<en>all(?:\s+(?:of\s+)?(?:the\s+)?(?P<count>\d{1,2}))?(?:\s+of\s+(?:them|it|these|those))?(?! right|\s+day|\s+the time|\s+i\b)|everything|both(?:\s+of\s+(?:them|these|those))?"
    r"|the\s+whole\s+(?:order|lot|thing)|every\s+(?:one|1|single\s+(?:one|1)|item)|the lot)\b"
)
_NOT_ALL = re.compile(r"(?:\bat|\bnot|\bafter|\bfirst of|\babove|n't (?:want|need))\s*$|不$|不要$|首先$")
_NONE = re.compile(
    r"(?:全?都|一个都|1个都|全部)(?:不|没)(?:要|退|换|买|选|想要?|需要|用|是)?|一?个?也不(?:要|退|换)|\b(?:none|neither|nothing|not any)\b(?:\s+of\s+(?:them|these|those|it))?|\bno(?:t| )\s*(?:either|any)\b"
)
_ANY = re.compile(
    r"都(?:可以|行|好|无所谓)|随便|任意|无所谓|哪个都|\beither\b|\bany\b(?: of them)?|\bwhichever\b|\bdoesn'?t matter\b"
)
_REST = re.compile(
    rf"其(?:他|它|余)(?:的|都|{_MEASURE})*|剩下?的?(?:的|都|那|几|\d|{_MEASURE})*|余下的?|别的|另外(?:的|那|\d|几|{_MEASURE})+|\b(?:the\s+)?(?:rest|others?(?:\s+(?:ones?|items?))?|remaining(?:\s+(?:ones?|items?|\d+))?)\b|\beverything else\b|\bthe other (?:one|1|\d+)\b"
)
_EXCEPT = re.compile(
    r"除(?:了|去|开)?(?P<zh>[^。!！?？;；\n]{1,40}?)(?:以外|之外|外(?!套)|(?=$|[,，])|(?=[,，]?\s*(?:其|都|全|别的|剩|所有|我)))"
    r"|\b(?:all|everything|both|any(?:thing)?|every(?:\s+\w+)?|them)(?:\s+of\s+(?:them|it|these|those))?\s*,?\s*(?:but|except(?:ing)?(?: for)?|apart from|besides|other than|excluding|minus|save for)\s+(?P<en>[^.!?;\n]{1,60})"
    r"|\b(?:except(?: for)?|apart from|other than|excluding)\s+(?P<lone>[^.!?;,\n]{1,60})"
)


@dataclass(frozen=True, slots=True)
class Pointed:
    """Places in the order shown, from 0; negative ones count from the end."""

    start: int
    end: int
    places: tuple[int, ...]
    probability: float
    rule: str


def find_pointed(text: str, cores: list[tuple[int, int]], *, is_expected: bool, count: int) -> list[Pointed]:
    """By the order in which ``count`` choices were shown; overlapping ones are left out, the longer kept."""
    found = [*_chinese(text, count), *_english(text, is_expected=is_expected, cores=cores)]
    if is_expected and not found:
        found.extend(_bare(text, cores, count))
    kept: list[Pointed] = []
    for one in sorted(found, key=lambda pointed: pointed.start - pointed.end):
        is_there = all(-count <= place < count for place in one.places)
        if is_there and all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda pointed: pointed.start)


def find_all(text: str) -> re.Match[str] | None:
    """Words for all of them, unless they are denied or only mean that any will do."""
    for match in _ALL.finditer(text):
        if not _NOT_ALL.search(text, 0, match.start()):
            return match
    return None


def find_none(text: str) -> re.Match[str] | None:
    return _NONE.search(text)


def find_any(text: str) -> re.Match[str] | None:
    return _ANY.search(text)


def find_rest(text: str) -> re.Match[str] | None:
    return _REST.search(text)


def find_except(text: str) -> tuple[re.Match[str], tuple[int, int]] | None:
    """The phrase, and where in it the exception stands."""
    match = _EXCEPT.search(text)
    if match is None:
        return None
    group = next(name for name in ("zh", "en", "lone") if match[name] is not None)
    return match, match.span(group)


def _chinese(text: str, count: int) -> Iterator[Pointed]:
    for match in _NTH.finditer(text):
        places = (int(match["n"]), *map(int, _DIGITS.findall(match["more"])))
        probability = CLEAR if match["measure"] or match["more"] else LIKELY
        if all(places):
            yield Pointed(*match.span(), tuple(place - 1 for place in places), probability, "ordinal")
    for match in _BEHIND.finditer(text):
        yield Pointed(*match.span(), (-int(match["n"]),), CLEAR, "ordinal_from_end")
    for match in _SPAN.finditer(text):
        yield Pointed(
            *match.span(),
            _run(int(match["n"]), is_front=match["side"][0] in "前头", count=count),
            CLEAR,
            "ordinal_span",
        )
    for match in _LAST.finditer(text):
        yield Pointed(*match.span(), (-1,), CLEAR, "ordinal_last")
    for match in _TOP.finditer(text):
        yield Pointed(*match.span(), (0,), CLEAR if count <= _PAIR else LIKELY, "ordinal_top")
    for match in _BOTTOM.finditer(text):
        yield Pointed(*match.span(), (-1,), CLEAR if count <= _PAIR else LIKELY, "ordinal_bottom")
    for match in _SIDE.finditer(text):
        place = {"左": 0, "右": -1}.get(match["side"], count // 2)
        yield Pointed(*match.span(), (place,), LIKELY, "ordinal_side")


def _english(text: str, *, is_expected: bool, cores: list[tuple[int, int]]) -> Iterator[Pointed]:
    def is_meant(match: re.Match[str]) -> bool:
        is_whole = match.span() in cores
        return bool(match["noun"]) or is_whole or (is_expected and match.group().startswith("the "))

    for match in _NTH_EN.finditer(text):
        if is_meant(match):
            place = _ORDINALS[match["word"]]
            yield Pointed(
                *match.span(), (-place if match["back"] else place - 1,), CLEAR if match["noun"] else BARE, "ordinal"
            )
    for match in _LAST_EN.finditer(text):
        if is_meant(match):
            by_word = {"top": 0, "upper": 0, "former": 0, "left": 0, "middle": 1}
            probability = CLEAR if match["word"] in {"last", "final", "former", "latter"} else LIKELY
            yield Pointed(*match.span(), (by_word.get(match["word"], -1),), probability, "ordinal_last")
    for match in _SPAN_EN.finditer(text):
        number = int(match["n"])
        places = tuple(range(number)) if match["side"] in {"first", "top"} else tuple(range(-number, 0))
        yield Pointed(*match.span(), places, CLEAR, "ordinal_span")
    for match in _NUMBER_EN.finditer(text):
        places = (int(match["n"]), *map(int, _DIGITS.findall(match["more"])))
        if all(places):
            yield Pointed(*match.span(), tuple(place - 1 for place in places), BARE, "ordinal_number")


def _bare(text: str, cores: list[tuple[int, int]], count: int) -> Iterator[Pointed]:
    """2, "1和3": numbers of the list; and 这个 when only one was shown."""
    for start, end in cores:
        match = _NUMBER.fullmatch(text, start, end)
        if match:
            places = (int(match["n"]), *map(int, _DIGITS.findall(match["more"])))
            if all(places):
                yield Pointed(start, end, tuple(place - 1 for place in places), LIKELY + 0.05, "ordinal_bare")
        elif count == 1 and _THAT.search(text[start:end]):
            yield Pointed(start, end, (0,), LIKELY, "the_only_one")


def _run(number: int, *, is_front: bool, count: int) -> tuple[int, ...]:
    if number > count:
        return (count,)  # there are not so many: out of reach
    return tuple(range(number)) if is_front else tuple(range(count - number, count))
