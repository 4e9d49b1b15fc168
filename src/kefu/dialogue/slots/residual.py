"""The residual rule: what a message says beside the words that were understood."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from kefu.kit.text import HAN, Normalised
from kefu.knowledge.stems import runs
from kefu.knowledge.tokens import stop_words

_RUN = re.compile(r"[^,，。.!！?？;；、\n~…]+")
_WRAPPING = re.compile(rf"^[^\w{HAN}]+|[^\w{HAN}]+$")
_ZH = (
    "就是|不好意思|那么|那就|那个|这个|好的|好吧|好|我要|我想要|我想|想要|要的是|要的|想|要|选|麻烦|请帮我|请|帮我|帮忙|一下|谢谢|多谢|你好|您好|亲|然后|另外|还有|顺便|对了"
    "|应该|可能|大概|大约|左右|的话|吧|呢|啊|呀|哦|嗯|噢|额|呃|哈|了|的|地|得|是|就|都|也|还|在|把|给|用|那|和|跟|与|或|及|从|到|我|你|您|们|件|个|双|只|条|款|号"
)
_EN = frozenset(
    "well so ok okay yes yeah yep no um uh hi hello hey thanks thank please just also then like want need would get take one ones item items "
    "pair order think guess make say said let lets mean meant actually sorry oh it's i'm i'd i'll that's here's".split()
)


@dataclass(frozen=True, slots=True)
class Residue:
    """What is left of one clause, without courtesy at its ends: ``source[start:end] == text``."""

    text: str
    start: int
    end: int


def residual(text: Normalised, consumed: Sequence[tuple[int, int]]) -> tuple[Residue, ...]:
    """The pieces of the original that no consumed span (of the original) covers and that have a word with content."""
    return tuple(_residues(text, consumed))


def _residues(text: Normalised, consumed: Sequence[tuple[int, int]]) -> Iterator[Residue]:
    free = "".join(
        "\n" if any(start <= offset < end for start, end in consumed) else character
        for character, offset in zip(text.text, text.offsets, strict=True)
    )
    for match in _RUN.finditer(free):
        start, end = _trimmed(free, match.start(), match.end())
        if start < end and _has_content(free[start:end]):
            first, last = text.to_source(start, end)
            yield Residue(text.source[first:last], first, last)


def _trimmed(free: str, start: int, end: int) -> tuple[int, int]:
    """Without fillers and marks at both ends; bounded by the length of the piece."""
    while start < end:
        piece = free[start:end]
        match = _WRAPPING.match(piece) or _lead().match(piece)
        if match is None or not match.group():
            break
        start += match.end()
    while start < end:
        piece = free[start:end]
        mark = _TAIL_MARKS.search(piece[-_TAIL:])
        if mark is None:
            break
        end -= len(mark.group())
    return start, end


_TAIL = 24
_TAIL_MARKS = re.compile(rf"[^\w{HAN}]+$|(?:吧|呢|啊|呀|哦|哈|了|谢谢|的)$|\s(?:please|thanks)$")


def _has_content(piece: str) -> bool:
    for script, run in runs(piece):
        if script == "latin":
            if run not in stop_words("en") and run not in _EN:
                return True
        elif _all_fillers().sub("", run):
            return True
    return False


@cache
def _lead() -> re.Pattern[str]:
    return re.compile(
        rf"(?:{_ZH})+(?=\s|$)|(?:好的|好吧|那就|那么|那|嗯+|哦|谢谢|然后|另外|对了|顺便)|(?:(?:{'|'.join(sorted(_EN, key=len, reverse=True))}|and|but|or)\b\s*)+"
    )


@cache
def _all_fillers() -> re.Pattern[str]:
    return re.compile(rf"{_ZH}")
