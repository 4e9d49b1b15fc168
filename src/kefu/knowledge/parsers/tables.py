"""Tables with merged cells to rows that each read by themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kefu.knowledge.parsers.elements import Element, Paragraph, Row

_MOST_CELLS = 2_000_000
"""Cells of one table, merged ones counted as often as they are wide and high."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and how many columns and rows it covers; ``is_continued`` means that it is the cell above, going on."""

    text: str
    columns: int = 1
    rows: int = 1
    is_header: bool = False
    is_continued: bool = False


@dataclass(slots=True)
class _Grid:
    """Each place holds the cell that covers it; merged cells are the same object in several places."""

    rows: list[list[Cell]] = field(default_factory=list)
    _below: dict[int, tuple[Cell, int]] = field(default_factory=dict)
    _size: int = 0

    def add(self, cells: Sequence[Cell]) -> None:
        row: list[Cell] = []
        waiting = list(cells)[::-1]
        while waiting or len(row) in self._below:
            if len(row) in self._below:
                self._take_from_above(row)
            else:
                self._take(row, waiting.pop())
        self.rows.append(row)

    def _take_from_above(self, row: list[Cell]) -> None:
        cell, left = self._below.pop(len(row))
        if left > 1:
            self._below[len(row)] = cell, left - 1
        row.append(cell)

    def _take(self, row: list[Cell], cell: Cell) -> None:
        above = self.rows[-1] if cell.is_continued and self.rows else []
        shown = above[len(row)] if len(row) < len(above) else cell
        for _ in range(max(1, cell.columns)):
            if shown is cell and cell.rows > 1:
                self._below[len(row)] = cell, cell.rows - 1
            row.append(shown)
            self._size += 1
            if self._size > _MOST_CELLS:
                raise MemoryError


def read_table(rows: Sequence[Sequence[Cell]]) -> Iterator[Element]:
    """Rows with the names of their columns. A table of one row or one column has no names."""
    filled = [row for row in _fill(rows) if any(cell.text.strip() for cell in row)]
    width = max(map(len, filled), default=0)
    depth = _header_depth(filled) if len(filled) > 1 and width > 1 else 0
    header = _names(filled[:depth], width)
    for row in filled[depth:]:
        yield _to_element(row, header)


def header_of(rows: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    """The rows of a table that name its columns."""
    return rows[: _header_depth(_fill(rows))]


def _fill(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    grid = _Grid()
    for cells in rows:
        grid.add(cells)
    return grid.rows


def _header_depth(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows name the columns: those marked so, else the first and what its merged cells reach into."""
    marked = 0
    while marked < len(rows) - 1 and all(cell.is_header for cell in rows[marked]):
        marked += 1
    if marked:
        return marked
    depth = 1
    while depth < len(rows) - 1 and _reaches_down(rows, depth):
        depth += 1
    return depth


def _reaches_down(rows: Sequence[Sequence[Cell]], depth: int) -> bool:
    """Whether a cell of the row above goes on here, beside one that was divided: 身高 over 最小 and 最大."""
    above, here = rows[depth - 1], rows[depth]
    goes_on = any(one is other for one, other in zip(above, here, strict=False))
    is_divided = any(one is other for one, other in pairwise(above))
    return goes_on and is_divided


def _names(rows: Sequence[Sequence[Cell]], width: int) -> tuple[str, ...]:
    names: list[str] = []
    for column in range(width):
        stacked = [row[column].text.strip() for row in rows if column < len(row)]
        names.append(" ".join(dict.fromkeys(filter(None, stacked))))
    return tuple(names)


def _to_element(row: Sequence[Cell], header: tuple[str, ...]) -> Element:
    distinct = {id(cell): cell for cell in row}
    if len(distinct) == 1 and len(row) > 1:
        return Paragraph(row[0].text.strip())  # one cell across the table: a line between its rows
    cells = [cell.text.strip() for cell in row]
    return Row(header, cells + [""] * (len(header) - len(cells)))
