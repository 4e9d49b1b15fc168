"""Tables of a PDF page whose cells are ruled: found by their lines, merged cells by the lines that are missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from kefu.knowledge.parsers.pdf_lines import Line
from kefu.knowledge.parsers.tables import Cell
from kefu.knowledge.writing import join_lines

_NEAR = 3.0
"""Points by which lines may miss one another."""
_SHORTEST = 6.0
_FEWEST_RULES = 5
_MOST_RULES = 1_500
"""A page with more is a drawing."""

Rule = tuple[float, float, float, float]
"""left, bottom, right, top; thin in one direction."""


@dataclass(frozen=True, slots=True)
class RuledTable:
    """``columns`` are the places of the upright lines; the box is in points from the bottom left."""

    rows: list[list[Cell]]
    columns: tuple[float, ...]
    bottom: float
    top: float

    def holds(self, line: Line) -> bool:
        middle = (line.top + line.bottom) / 2
        is_beside = line.right < self.columns[0] - _NEAR or line.left > self.columns[-1] + _NEAR
        return self.bottom - _NEAR < middle < self.top + _NEAR and not is_beside

    def has_columns_of(self, other: "RuledTable") -> bool:
        return len(self.columns) == len(other.columns) and all(
            abs(one - two) < _NEAR for one, two in zip(self.columns, other.columns, strict=True)
        )

    def with_header(self, header: Sequence[Sequence[Cell]]) -> "RuledTable":
        return replace(self, rows=[*map(list, header), *self.rows])


def find_tables(page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> list[RuledTable]:
    """Tables of at least two columns, from top to bottom."""
    rules = list(_rules(page))
    if not _FEWEST_RULES <= len(rules) <= _MOST_RULES:
        return []
    tables = [_table(group, text) for group in _connected(rules)]
    return sorted((table for table in tables if table is not None), key=lambda table: -table.top)


def _rules(page: pdfium.PdfPage) -> Iterator[Rule]:
    count = 0
    for path in page.get_objects([pdfium.raw.FPDF_PAGEOBJ_PATH], max_depth=1):
        points = list(_points(path))
        for (x, y, _), (next_x, next_y, is_line) in pairwise(points):
            rule = min(x, next_x), min(y, next_y), max(x, next_x), max(y, next_y)
            width, height = rule[2] - rule[0], rule[3] - rule[1]
            if is_line and min(width, height) < 1 and max(width, height) >= _SHORTEST:
                yield rule
        count += len(points)
        if count > 10 * _MOST_RULES:
            return


def _points(path: pdfium.PdfObject) -> Iterator[tuple[float, float, bool]]:
    """Corners of a path on the page, and whether a straight line leads to each. A closed path ends where it began."""
    matrix = path.get_matrix()
    first: tuple[float, float] | None = None
    x, y = pdfium.raw.c_float(), pdfium.raw.c_float()
    for index in range(min(pdfium.raw.FPDFPath_CountSegments(path), 10 * _MOST_RULES)):
        segment = pdfium.raw.FPDFPath_GetPathSegment(path, index)
        pdfium.raw.FPDFPathSegment_GetPoint(segment, x, y)
        kind = pdfium.raw.FPDFPathSegment_GetType(segment)
        point = matrix.on_point(x.value, y.value)
        if kind == pdfium.raw.FPDF_SEGMENT_MOVETO or first is None:
            first = point
        yield *point, kind == pdfium.raw.FPDF_SEGMENT_LINETO
        if pdfium.raw.FPDFPathSegment_GetClose(segment):
            yield *first, True


def _connected(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Groups of rules that touch, directly or through others."""
    left = list(rules)
    while left:
        group = [left.pop()]
        for rule in group:  # grows while it is read
            near = [other for other in left if _touch(rule, other)]
            left = [other for other in left if not _touch(rule, other)]
            group.extend(near)
        yield group


def _touch(one: Rule, two: Rule) -> bool:
    return (
        one[0] <= two[2] + _NEAR and two[0] <= one[2] + _NEAR and one[1] <= two[3] + _NEAR and two[1] <= one[3] + _NEAR
    )


def _table(rules: Sequence[Rule], text: pdfium.PdfTextPage) -> RuledTable | None:
    upright = [rule for rule in rules if rule[3] - rule[1] >= _SHORTEST]
    level = [rule for rule in rules if rule[2] - rule[0] >= _SHORTEST]
    columns = _places([rule[0] for rule in upright])
    heights = _places([rule[1] for rule in level])[::-1]
    if len(columns) < 3 or len(heights) < 2:  # noqa: PLR2004 - two columns have three lines, one row has two
        return None
    grid = _Grid(columns, heights, upright, level)
    rows = [list(grid.row(index, text)) for index in range(len(heights) - 1)]
    return RuledTable(rows, tuple(columns), bottom=heights[-1], top=heights[0])


def _places(values: Sequence[float]) -> list[float]:
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _NEAR:
            places.append(value)
    return places


@dataclass(slots=True)
class _Grid:
    """``columns`` from left to right, ``heights`` from top to bottom."""

    columns: list[float]
    heights: list[float]
    upright: list[Rule]
    level: list[Rule]

    def row(self, index: int, text: pdfium.PdfTextPage) -> Iterator[Cell]:
        """Cells that begin in this row. One that goes on from above is left out: its ``rows`` covers this one."""
        column = 0
        while column < len(self.columns) - 1:
            wide = self._width(index, column)
            if index == 0 or self._is_ruled_above(index, column):
                tall = self._height(index, column)
                yield Cell(self._text(text, index, column, (tall, wide)), wide, tall)
            column += wide

    def _width(self, row: int, column: int) -> int:
        middle = (self.heights[row] + self.heights[row + 1]) / 2
        wide = 1
        while column + wide < len(self.columns) - 1 and not any(
            abs(rule[0] - self.columns[column + wide]) <= _NEAR and rule[1] <= middle <= rule[3]
            for rule in self.upright
        ):
            wide += 1
        return wide

    def _height(self, row: int, column: int) -> int:
        tall = 1
        while row + tall < len(self.heights) - 1 and not self._is_ruled_above(row + tall, column):
            tall += 1
        return tall

    def _is_ruled_above(self, row: int, column: int) -> bool:
        middle = (self.columns[column] + self.columns[column + 1]) / 2
        return any(abs(rule[1] - self.heights[row]) <= _NEAR and rule[0] <= middle <= rule[2] for rule in self.level)

    def _text(self, text: pdfium.PdfTextPage, row: int, column: int, size: tuple[int, int]) -> str:
        tall, wide = size
        box = self.columns[column], self.heights[row + tall], self.columns[column + wide], self.heights[row]
        left, bottom, right, top = box
        return join_lines(text.get_text_bounded(left, bottom, right, top).split("\r\n")).strip()
