"""Text of two languages: one form for matching, which language it is, where its sentences end.

All offsets are code points (Python indices), never bytes or UTF-16 units.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from opencc import OpenCC

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_CJK_MARK = re.compile(r"[\u3000-\u303f\uff01-\uff20]")
_PLAIN = re.compile(r"[\x00-\x7f\u4e00-\u9fff]+")
"""Characters that NFKC leaves alone and that join with no other in front of them."""
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_HANGUL_JAMO = range(0x1160, 0x1200)
_ENGLISH_GLUE = frozenset(
    "a an the and or but if of to in on at for from with by about is are was were be been am do does did can could "
    "will would should may might must have has had not no yes i you he she it we they me my your his her our their "
    "this that these those what which who whom whose when where why how there here please".split()
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text for matching. ``offsets[i]`` is where code point i of ``text`` comes from in the original."""

    text: str
    offsets: tuple[int, ...]
    source: str
    """The original, unchanged."""

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of ``text`` to the smallest span of the original that produced it."""
        if start >= end:
            place = self.offsets[start] if start < len(self.offsets) else len(self.source)
            return place, place
        last = self.offsets[end - 1]
        after = end
        while after < len(self.offsets) and self.offsets[after] == last:
            after += 1
        return self.offsets[start], self.offsets[after] if after < len(self.offsets) else len(self.source)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without the white space around it: ``source[start:end] == text``."""

    text: str
    start: int
    end: int


def normalise(text: str) -> Normalised:
    """NFKC, traditional to simplified character by character, lower case; offsets stay exact.

    Vocabulary is not changed (滑鼠 stays 滑鼠): only characters are.
    """
    if text.isascii():
        return Normalised(text.lower(), tuple(range(len(text))), text)
    parts: list[str] = []
    offsets: list[int] = []
    place = 0
    for match in _PLAIN.finditer(text):
        start, end = match.span()
        if end < len(text) and _continues(text[end]):
            end -= 1  # its last character takes the mark that follows
        _normalise_clusters(text, place, start, parts=parts, offsets=offsets)
        parts.append(text[start:end].translate(_simplified()).lower())
        offsets.extend(range(start, end))
        place = end
    _normalise_clusters(text, place, len(text), parts=parts, offsets=offsets)
    return Normalised("".join(parts), tuple(offsets), text)


def _normalise_clusters(text: str, first: int, last: int, *, parts: list[str], offsets: list[int]) -> None:
    """The slow way, for what may change its length."""
    for start, cluster in _clusters(text[first:last]):
        part = unicodedata.normalize("NFKC", cluster).translate(_simplified()).lower()
        parts.append(part)
        offsets.extend([first + start] * len(part))


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """A base character with the marks that may compose with it; NFKC of each is NFKC of the whole."""
    start = 0
    for index in range(1, len(text)):
        if not _continues(text[index]):
            yield start, text[start:index]
            start = index
    if text:
        yield start, text[start:]


def _continues(character: str) -> bool:
    if character.isascii() or "\u4e00" <= character <= "\u9fff":
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) > 0 or ord(first) in _HANGUL_JAMO


@cache
def _simplified() -> dict[int, str]:
    """Character table of OpenCC t2s, read once (about 4,000 rows)."""
    characters = [chr(code) for first, last in _HAN_RANGES for code in range(first, last + 1)]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {ord(old): new for old, new in pairs if old != new and len(new) == 1}


def is_han(character: str) -> bool:
    """Whether one character is a Chinese one."""
    return _HAN_CHARACTER.match(character) is not None


def count_han(text: str) -> int:
    """How many Chinese characters are in it."""
    return len(_HAN_CHARACTER.findall(text))


def detect_language(text: str, *, default: Literal["zh", "en"] = "en") -> Literal["zh", "en"]:
    """Chinese unless English glue words outnumber Chinese words (two characters each).

    Product names do not count against Chinese: "我要买 iPhone 15 Pro Max" is zh, "What does 退货 mean?" is en.
    A text without letters is Chinese if its punctuation is, else ``default``.
    """
    han = count_han(text)
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    if han == 0:
        if words:
            return "en"
        return "zh" if _CJK_MARK.search(text) else default
    glue = sum(word in _ENGLISH_GLUE for word in words)
    return "zh" if glue == 0 or han / 2 > glue else "en"


_CLOSERS = "\"'”’」』）)】》]"
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"\u3000-\u9fff\uff00-\uffef]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_LINK_TAIL = ".,!?;:'\")]}"
_END = re.compile(rf"\n|…+|\.{{2,}}|[。！？!?；.]+[{re.escape(_CLOSERS)}]*")
_ALWAYS = frozenset("mr mrs ms dr prof sr jr st vs e.g i.e cf dept approx est tel ref".split())
_BEFORE_NUMBER = frozenset("no nos nr ext fig vol pp p art sec ch".split())
_BEFORE_LOWER = frozenset(
    "etc inc ltd co corp a.m p.m am pm u.s u.k min max hr hrs jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_BEFORE_LETTER = frozenset("size plan option type class grade step section zone group part room gate tier".split())
_LAST_WORDS = re.compile(r"(?:(\w+)\s+)?[(\"'“]?([A-Za-z]+(?:\.[A-Za-z]+)*)$")
_LIST_MARKER = re.compile(r"\s*[(（]?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})$")


def split_sentences(text: str) -> list[Sentence]:
    """Cut a text into sentences; every character that is not white space is in exactly one of them.

    A line break always ends one. Safe: decimals, abbreviations, links, list markers, ellipses in the middle, quotes
    and brackets after the full stop. A semicolon ends a sentence only when it is the Chinese one (；).
    """
    links = [_without_tail(match) for match in _LINK.finditer(text)]
    sentences: list[Sentence] = []
    start = 0
    for match in _END.finditer(text):
        if any(first <= match.start() < last for first, last in links):
            continue
        if _is_end(match, head=text[start : match.start()], rest=text[match.end() : match.end() + 8]):
            sentences.extend(_trimmed(text, start, match.end()))
            start = match.end()
    sentences.extend(_trimmed(text, start, len(text)))
    return sentences


def _without_tail(match: re.Match[str]) -> tuple[int, int]:
    return match.start(), match.start() + len(match.group().rstrip(_LINK_TAIL))


def _is_end(match: re.Match[str], *, head: str, rest: str) -> bool:
    mark = match.group()
    following = rest.lstrip(" \t")
    if mark == "\n" or not following or following[0] == "\n":
        return True
    if mark.startswith(("…", "..")):
        return rest[0].isspace() and following[0].isupper()
    if mark[0] in "。！？；":
        return True
    if not (rest[0].isspace() or is_han(rest[0])):
        return False
    return mark[0] != "." or not _is_abbreviated(head, following)


def _is_abbreviated(head: str, following: str) -> bool:
    """Whether the full stop after ``head`` belongs to the word or the list number before it."""
    if _LIST_MARKER.fullmatch(head):
        return True
    words = _LAST_WORDS.search(head)
    if words is None:
        return False
    before, word = (words.group(1) or "").lower(), words.group(2)
    if len(word) == 1:
        return not following[0].isupper() or (word.isupper() and word != "I" and before not in _BEFORE_LETTER)
    name = word.lower()
    if name in _BEFORE_NUMBER:
        return following[0].isdigit()
    return name in _ALWAYS or (name in _BEFORE_LOWER and not following[0].isupper() and not is_han(following[0]))


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    piece = text[start:end]
    core = piece.strip()
    if core:
        first = start + len(piece) - len(piece.lstrip())
        yield Sentence(core, first, first + len(core))
