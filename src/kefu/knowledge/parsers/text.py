"""Plain text: paragraphs, headings that stand out by their numbering, lists. Nothing in it is markup."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from kefu.knowledge.parsers.elements import Element, Heading, Item, Paragraph
from kefu.knowledge.writing import join_lines

_ITEM = re.compile(r"(\s*)([-*•·●▪◦‣]|\d{1,3}[.)、．）]|[(（]\d{1,3}[)）])\s*(?=\S)")
_HASHES = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_CHAPTERS = (
    re.compile(r"第[一二三四五六七八九十百零〇\d]+[章编篇部]"),
    re.compile(r"第[一二三四五六七八九十百零〇\d]+[节]|[一二三四五六七八九十]{1,3}、"),
)
_ENDS = frozenset("。！？；.!?;:：…，,、”」』）)")
_LONGEST_HEADING = 40
_WRAPPED_FROM = 50
"""Columns from which on a line may have been broken because it was full."""


def read_lines(text: str) -> Iterator[Element]:
    """Elements of a plain text. Lines that were broken because they were full are one line again."""
    for paragraph in re.split(r"\n[ \t\u3000]*\n", text.expandtabs(4)):
        lines = [line.rstrip() for line in paragraph.split("\n") if line.strip()]
        yield from _paragraph(lines)


def split_item(line: str) -> tuple[int, str, str] | None:
    """Indentation, marker as it is written to documents, text; None for a line that is no list item."""
    match = _ITEM.match(line)
    if match is None or (match[2].isascii() and match.end() == match.end(2) and match[2][0] in "-*"):
        return None
    if match[2][-1] == "." and match.end() == match.end(2):
        return None  # 3.5 kg
    marker = "- " if match[2] in "-*•·●▪◦‣" else f"{match[2]} " if match[2].isascii() else match[2]
    return len(match[1]), marker, line[match.end() :].strip()


def find_heading(line: str, *, is_alone: bool = False) -> Heading | None:
    """A heading by its number (第三章 …) or by # before it; one like 一、 only when no other line is near it."""
    if match := _HASHES.fullmatch(line):
        return Heading(len(match[1]), match[2])
    if len(line) > _LONGEST_HEADING or line[-1] in _ENDS:
        return None
    for level, chapter in enumerate(_CHAPTERS, start=2):
        if chapter.match(line) and (is_alone or level == 2):  # noqa: PLR2004 - the level of a chapter
            return Heading(level, line)
    return None


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _paragraph(lines: Sequence[str]) -> Iterator[Element]:
    gathered: list[str] = []
    longest = max(map(width, lines), default=0)
    for line in lines:
        heading = find_heading(line.strip(), is_alone=len(lines) == 1)
        item = split_item(line)
        if (heading or item) and gathered:
            yield _element(gathered)
            gathered = []
        if heading:
            yield heading
            continue
        if gathered and not _is_full(gathered[-1], longest):
            yield _element(gathered)
            gathered = []
        gathered.append(line)
    if gathered:
        yield _element(gathered)


def _is_full(line: str, longest: int) -> bool:
    return longest >= _WRAPPED_FROM and width(line) >= 0.8 * longest and line[-1] not in _ENDS


def _element(lines: Sequence[str]) -> Element:
    item = split_item(lines[0])
    if item is None:
        return Paragraph(join_lines(lines))
    indent, marker, text = item
    return Item(join_lines([text, *lines[1:]]), marker, depth=min(indent // 2, 5))
