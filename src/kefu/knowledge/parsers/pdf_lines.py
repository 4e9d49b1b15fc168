"""Lines of a PDF page, and what they are together: headings, list items, paragraphs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from ctypes import create_string_buffer
from dataclasses import dataclass
from math import hypot

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from kefu.knowledge.parsers.elements import Element, Heading, Item, Paragraph
from kefu.knowledge.parsers.text import find_heading, split_item
from kefu.knowledge.writing import join_lines

_HEADING_RATIO = 1.12
_LONGEST_HEADING = 80
_BOLD = 600
_DEEPEST = 4
_LONGEST_NAME = 128
_SOFT_HYPHENS = ("\x02", "\ufffe", "\xad")
_ENDS = "。！？；.!?;:：,，、"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its box in points, from the bottom left; ``size`` is the height of its letters' font."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    is_bold: bool = False


def page_lines(page: pdfium.PdfTextPage) -> list[Line]:
    """Lines in the order of the page's content, which is the reading order of almost all writers."""
    lines: list[Line] = []
    start = 0
    for raw in page.get_text_range().split("\r\n"):
        if text := " ".join(raw.replace("\ufffe", "\x02").split(" ")).strip():
            first = start + len(raw) - len(raw.lstrip())
            lines.append(_to_line(page, text, first, first + len(raw.strip()) - 1))
        start += len(raw) + 2
    return lines


def _to_line(page: pdfium.PdfTextPage, text: str, first: int, last: int) -> Line:
    end = page.count_chars() - 1
    first, last = min(first, end), min(last, end)
    middle = (first + last) // 2
    left, bottom, _, top = page.get_charbox(first, loose=True)
    _, low, right, high = page.get_charbox(last, loose=True)
    box = min(left, right), max(left, right), min(bottom, low), max(top, high)
    return Line(text, *box, size=_size(page, middle), is_bold=_is_bold(page, middle))


def _size(page: pdfium.PdfTextPage, index: int) -> float:
    """Size of a letter's font in points, to the half, as its matrix sets it on the page."""
    matrix = pdfium.raw.FS_MATRIX()
    is_known = pdfium.raw.FPDFText_GetMatrix(page, index, matrix)
    scale = hypot(matrix.c, matrix.d) if is_known else 1.0
    size: float = pdfium.raw.FPDFText_GetFontSize(page, index) * (scale or 1.0)
    return round(size * 2) / 2


def _is_bold(page: pdfium.PdfTextPage, index: int) -> bool:
    if pdfium.raw.FPDFText_GetFontWeight(page, index) >= _BOLD:
        return True
    name = create_string_buffer(_LONGEST_NAME)
    pdfium.raw.FPDFText_GetFontInfo(page, index, name, _LONGEST_NAME, None)
    return b"bold" in name.value.lower()


def write_lines(lines: Sequence[Line], every: Sequence[Line]) -> Iterator[Element]:
    """Elements of some lines of one page; ``every`` line of the document says what size is that of its text."""
    if not lines:
        return
    body, levels = _sizes(every)
    edge = max(line.right for line in lines)
    group: list[Line] = []
    for line in lines:
        if group and not _goes_on(group[-1], line, edge, is_heading=group[-1].size in levels):
            yield _element(group, body, levels)
            group = []
        group.append(line)
    yield _element(group, body, levels)


def _sizes(lines: Sequence[Line]) -> tuple[float, dict[float, int]]:
    """The size of most text, and for each larger size the level of headings that are set in it."""
    counts: Counter[float] = Counter()
    for line in lines:
        counts[line.size] += len(line.text)
    body = counts.most_common(1)[0][0]
    larger = sorted((size for size in counts if size > body * _HEADING_RATIO), reverse=True)
    return body, {size: min(level, _DEEPEST) for level, size in enumerate(larger, start=1)}


def _goes_on(before: Line, line: Line, edge: float, *, is_heading: bool) -> bool:
    """Whether a line was broken because it was full, and this one is the rest of it."""
    gap = before.bottom - line.top
    is_near = -before.size < gap < 0.9 * before.size and line.size == before.size and line.is_bold == before.is_bold
    is_indented = line.left > before.left + 1.2 * line.size and split_item(before.text) is None
    if not is_near or is_indented:
        return False
    if split_item(line.text) is not None or find_heading(line.text) is not None:
        return False
    return is_heading or before.right > edge - 3 * before.size


def _element(lines: Sequence[Line], body: float, levels: dict[float, int]) -> Element:
    text = join_lines([line.text for line in lines])
    for hyphen in _SOFT_HYPHENS:
        text = text.replace(f"{hyphen} ", "").replace(hyphen, "")
    first = lines[0]
    if len(text) <= _LONGEST_HEADING:
        if first.size in levels:
            return Heading(levels[first.size], text)
        if heading := find_heading(text):
            return heading
        if first.is_bold and first.size >= body and text[-1] not in _ENDS and len(lines) == 1:
            return Heading(len(set(levels.values())) + 1, text)
    item = split_item(text)
    return Paragraph(text) if item is None else Item(item[2], item[1])
