"""XLSX: each visible sheet is a table or a sheet of questions and answers. Values read as the sheet shows them."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.parsers.archives import open_archive
from kefu.knowledge.parsers.sheets import NumberedRow, Sheet, read_sheet
from kefu.knowledge.parsers.source import MEBI, SourceFile

_MERGED_UP_TO = 16 * MEBI
"""Larger workbooks are read as a stream, which knows no merged cells."""
_MOST_CELLS = 2_000_000
_WIDEST = 1_000
_FIRST_ROWS = 20
"""The header is the first of these rows with at least two cells."""


def read_xlsx(source: SourceFile) -> list[ParsedDocument]:
    """The documents of all visible sheets that are not empty."""
    with open_archive(source) as archive:
        size = sum(entry.file_size for entry in archive.infolist() if entry.filename.startswith("xl/"))
    book = _open(source, is_large=size > _MERGED_UP_TO)
    if any((sheet.max_row or 0) * (sheet.max_column or 0) > _MOST_CELLS for sheet in book.worksheets):
        book = _open(source, is_large=True)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    documents: list[ParsedDocument] = []
    for sheet in visible:
        name = str(sheet.title)
        key, title = (source.key, source.stem) if len(visible) == 1 else (f"{source.key}/{name}", name)
        documents.extend(_read_one(source, key, title, _Rows(sheet)))
    if not documents:
        raise source.refuse(Problem.NO_TEXT, "no visible sheet has text")
    return documents


def _open(source: SourceFile, *, is_large: bool) -> Workbook:
    try:
        return openpyxl.load_workbook(
            io.BytesIO(source.data), read_only=is_large, data_only=True, keep_links=False, rich_text=False
        )
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError) as error:
        raise source.refuse(Problem.DAMAGED, "the workbook is damaged") from error


def _read_one(source: SourceFile, key: str, title: str, rows: "_Rows") -> list[ParsedDocument]:
    above: list[NumberedRow] = []
    header: Sequence[str] = ()
    for line, cells in rows:
        if len(set(filter(None, cells))) > 1:
            header = rows.with_names_below(line, cells)
            break
        above.append((line, cells))
        if len(above) > _FIRST_ROWS:
            break
    try:
        if not header:
            return read_sheet(source, Sheet(key, title, [""]), _one_column(chain(above, rows)))
        width = max(column for column, name in enumerate(header, start=1) if name)
        lines = [cells[0] for _, cells in _one_column(above) if cells[0]]
        return read_sheet(source, Sheet(key, title, header[:width], lines), _fitted(rows, width))
    except DocumentInvalidError as error:
        if error.problem is Problem.NO_TEXT:  # an empty sheet, or a header alone
            return []
        raise


def _one_column(rows: Iterable[NumberedRow]) -> Iterator[NumberedRow]:
    for line, cells in rows:
        yield line, ["  ".join(dict.fromkeys(filter(None, cells)))]


def _fitted(rows: Iterable[NumberedRow], width: int) -> Iterator[NumberedRow]:
    """A sheet has no ragged rows: notes beside the table are left out."""
    for line, cells in rows:
        yield line, [*cells[:width], *[""] * (width - len(cells))]


class _Rows(Iterator[NumberedRow]):
    """The rows of a sheet; each place of a merged range shows what the range shows."""

    def __init__(self, sheet: Any) -> None:
        self._merged: dict[tuple[int, int], tuple[str, int]] = {}
        if hasattr(sheet, "reset_dimensions"):  # a stream
            sheet.reset_dimensions()  # as wide as each row is, not as wide as the file claims
            self._rows = enumerate(sheet.iter_rows(), start=1)
        else:
            self._rows = enumerate(sheet.iter_rows(max_col=min(sheet.max_column, _WIDEST)), start=1)
            self._merged = _merged(sheet)
        self._waiting: list[NumberedRow] = []

    def __next__(self) -> NumberedRow:
        return self._waiting.pop() if self._waiting else self._next()

    def with_names_below(self, line: int, names: Sequence[str]) -> Sequence[str]:
        """The header with the rows that its merged cells reach into: 身高 over 最小 and 最大."""
        for below, cells in self:
            starts = [self._merged.get((below, column), ("", below))[1] for column in range(1, len(cells) + 1)]
            if line not in starts:
                self._waiting.append((below, cells))
                break
            names = [" ".join(dict.fromkeys(filter(None, pair))) for pair in zip(names, cells, strict=False)]
        return names

    def _next(self) -> NumberedRow:
        line, row = next(self._rows)
        return line, [
            self._merged[line, column][0] if (line, column) in self._merged else _shown(cell)
            for column, cell in enumerate(row[:_WIDEST], start=1)
        ]


def _merged(sheet: Any) -> dict[tuple[int, int], tuple[str, int]]:
    """By row and column: what a merged range shows, and the row that it begins in."""
    covered: dict[tuple[int, int], tuple[str, int]] = {}
    for area in sheet.merged_cells.ranges:
        shown = _shown(sheet.cell(area.min_row, area.min_col)), area.min_row
        if area.size["rows"] * area.size["columns"] <= 10 * _WIDEST:
            covered |= dict.fromkeys((place for places in area.rows for place in places), shown)
    return covered


def _shown(cell: object) -> str:
    value = getattr(cell, "value", None)
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value, str(getattr(cell, "number_format", "")))
        case dt.datetime():
            is_day = value.time() == dt.time()
            return value.date().isoformat() if is_day else value.isoformat(sep=" ", timespec="minutes")
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            text = str(value).strip()
            return "" if text.startswith("#") and getattr(cell, "data_type", "") == "e" else text


def _number(value: float, shown_as: str) -> str:
    """Percentages as percentages; no binary tail (0.1 + 0.2 is 0.3)."""
    if "%" in shown_as:
        return f"{value * 100:.10g}%"
    return str(int(value)) if float(value).is_integer() else f"{value:.15g}"
