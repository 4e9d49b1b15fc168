"""What a customer takes back: 不是A是B, 改成B, 写错了应该是B, "actually B", "not A but B", "I meant B"."""

import re
from dataclasses import dataclass

from kefu.kit.text import Normalised

_END = r"[^,，。!！?？;；\n]"
_TEXT = rf"{_END}{{1,80}}"
_SHORT = rf"{_END}{{1,40}}?"
_ZH = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "not_but",
            rf"(?<!是)(?<!可)不(?:是|要|选)(?P<wrong>{_SHORT})[,，、\s]*(?:而是|应该是|我?要的?是|改成|换成|是|要|选)(?P<right>{_TEXT})",
        ),
        ("from_to", rf"(?:把|将|从)(?P<wrong>{_SHORT})(?:更?改|换|调整?|变更)(?:成|为|到)(?P<right>{_TEXT})"),
        ("right_not", rf"(?:是|要|选)(?P<right>{_SHORT})[,，、\s]*(?:而)?不(?:是|要|选)(?P<wrong>{_TEXT})"),
        (
            "slip",
            rf"(?:[写说打填发输选搞弄报]错[了啦]?|口误|手滑了?|手误)[,，。!！、:：\s]*(?:(?:正确的?)?(?:应该|其实)?(?:是|为)|要)?[,，:：\s]*(?P<right>{_TEXT})",
        ),
        (
            "no_is",
            rf"(?:哦|噢|啊|诶|哎|额|呃)?(?:不对|错了|等等|等一下|不好意思|抱歉)[,，。!！、…\s]*(?:其?实?应?该?是|改成|换成|我?要的?是|是)(?P<right>{_TEXT})",
        ),
        ("change_to", rf"(?:改|换|更正|更改|变更|修改|调整?)(?:成|为|到)(?P<right>{_TEXT})"),
        ("should_be", rf"(?:应该|其实|实际上?|准确(?:来|地)?说|确切地?说)(?:是|要|为)(?P<right>{_TEXT})"),
        ("meant", rf"我(?:的意思是|是说|说的是|指的是|要的是|想说的是)(?P<right>{_TEXT})"),
        ("no_then", rf"^(?:哦|噢|啊|诶|哎)?(?:不对|错了)[,，。!！、…\s]+(?P<right>{_TEXT})"),
    )
)
_EN_END = r"[^,.!?;\n]|(?<=\d)[.,](?=\d)|\.(?=[a-z])"
_EN_TEXT = rf"(?:{_EN_END}){{1,120}}"
_EN_SHORT = rf"(?:{_EN_END}){{1,50}}?"
_IT_IS = r"(?:(?:it'?s|it is|it was|it should be|that'?s|that should be|make it|make that|i want|i'?d like|i meant?|i need|let'?s do|change it to|the correct one is|is)\s+)?"
_EN = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "not_but",
            rf"\bnot\s+(?P<wrong>{_EN_SHORT})\s*(?:,\s*(?:but|it'?s|i want|rather)?|\bbut\b)\s*(?:rather\s+)?(?P<right>{_EN_TEXT})",
        ),
        (
            "meant_not",
            rf"\b(?:i\s+meant?|i\s+meant to say)\s+(?:to say\s+)?(?P<right>{_EN_SHORT}),?\s+not\s+(?P<wrong>{_EN_TEXT})",
        ),
        ("from_to", rf"\b(?:change|switch|correct|update)\s+(?P<wrong>{_EN_SHORT})\s+to\s+(?P<right>{_EN_TEXT})"),
        ("instead_of", rf"(?P<right>{_EN_SHORT})\s+(?:instead of|rather than)\s+(?P<wrong>{_EN_TEXT})"),
        (
            "right_not",
            rf"(?:\b(?:it'?s|i want|i said|it should be)\s+)(?P<right>{_EN_SHORT}),?\s+not\s+(?P<wrong>{_EN_TEXT})",
        ),
        ("meant", rf"\bi\s+(?:meant|mean)\s+(?:to say\s+)?(?P<right>{_EN_TEXT})"),
        (
            "slip",
            rf"\b(?:my mistake|my bad|typo|oops|scratch that|correction|wrong (?:one|number)|i mistyped|mistyped)\s*[,.:!-]*\s*{_IT_IS}(?P<right>{_EN_TEXT})",
        ),
        (
            "sorry",
            rf"\bsorry\s*[,.-]?\s*(?:it'?s|it is|it should be|make it|i meant?|that should be)\s+(?P<right>{_EN_TEXT})",
        ),
        (
            "no_wait",
            rf"\b(?:no wait|no,? wait|wait|hold on|no)\s*[,.-]+\s*(?:no\s*,\s*)?(?:it'?s|it is|it should be|make it|make that|actually|i want|i meant?)\s+(?:it'?s\s+)?(?P<right>{_EN_TEXT})",
        ),
        ("actually", rf"\bactually\s*,?\s*{_IT_IS}(?P<right>{_EN_TEXT})"),
        ("should_be", rf"\b(?:it )?should (?:be|have been)\s+(?P<right>{_EN_TEXT})"),
        ("make_it", rf"\b(?:make (?:it|that)|change (?:it|that) to|switch to)\s+(?P<right>{_EN_TEXT})"),
        ("instead", rf"(?P<right>{_EN_TEXT}?)\s+instead\b"),
    )
)
_SHELL = re.compile(r"^(?:的|[:：\s])+|(?:了|吧|的|啊|哦|哈|呢|谢谢|\s)+$|\s(?:please|thanks|instead)$")
_NO_WRONG = re.compile(r"这样|很|因为|我|说|吗|什么|不|有|能|the problem|sure|that i|really|because")


_CUE_ZH = re.compile(
    r"不[是要选对]|改|换|错|口误|手[滑误]|更正|变更|调|等等|等一下|不好意思|抱歉|应该|其实|实际|[准确]切?[地来]?说|我是说|说的|意思|[指要]的"
)
_CUE_EN = re.compile(
    r"\b(?:not|no|instead|rather|mean|meant|actually|sorry|wait|hold on|mistake|my bad|typo|oops|scratch|correct|correction|wrong"
    r"|mistyped|should|make|change|switch|update)\b"
)


@dataclass(frozen=True, slots=True)
class Correction:
    """``right`` and ``wrong`` are spans of the original text; ``wrong`` is None where only the new value is said.

    That there is a cue does not say that there is a value: read the slot in ``right`` before anything is changed.
    """

    wrong: tuple[int, int] | None
    right: tuple[int, int]
    start: int
    end: int
    rule: str


def read_correction(text: Normalised) -> Correction | None:
    """The first correction that a text contains, by the surest cue; None when it takes nothing back."""
    plain = text.text[:_LONGEST]
    chinese = _ZH if _CUE_ZH.search(plain) else ()
    english = _EN if _CUE_EN.search(plain) else ()
    for name, pattern in (*chinese, *english):
        match = pattern.search(plain)
        if match is None:
            continue
        groups = match.groupdict()
        wrong = _trimmed(plain, *match.span("wrong")) if groups.get("wrong") else None
        right = _trimmed(plain, *match.span("right"))
        if right is None or (wrong and _NO_WRONG.match(plain[wrong[0] : wrong[1]])):
            continue
        return Correction(
            text.to_source(*wrong) if wrong else None,
            text.to_source(*right),
            *text.to_source(match.start(), right[1] if wrong is None else max(right[1], wrong[1])),
            name,
        )
    return None


_LONGEST = 1_000


def _trimmed(plain: str, start: int, end: int) -> tuple[int, int] | None:
    """Without particles and white space around it."""
    for _ in range(3):
        piece = plain[start:end]
        match = _SHELL.search(piece)
        if match is None:
            break
        start, end = (start + match.end(), end) if match.start() == 0 else (start, start + match.start())
    return (start, end) if start < end else None
