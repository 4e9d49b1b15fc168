"""A sheet's rows, from CSV or XLSX: questions and answers when its header says so, else a table with column names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import Problem
from kefu.knowledge.faq import FaqFile, find_columns, read_rows
from kefu.knowledge.parsers.elements import Element, Paragraph, Row, to_document
from kefu.knowledge.parsers.source import SourceFile

ROWS_IN_DOCUMENT = 1_000
"""A longer table becomes several documents, so that one changed row does not make a version of all of them."""

NumberedRow = tuple[int, Sequence[str]]
"""A line or row number (1-based) and the cells."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. ``key`` and ``title`` are those of its document; ``above`` are lines over the header."""

    key: str
    title: str
    header: Sequence[str]
    above: Sequence[str] = ()


def read_sheet(source: SourceFile, sheet: Sheet, rows: Iterator[NumberedRow]) -> list[ParsedDocument]:
    """Raises DocumentInvalidError with the line of a row that has more cells than there are columns."""
    checked = _checked(source, sheet, rows)
    columns = find_columns(sheet.header)
    if columns is not None:
        file = FaqFile(name=source.name, prefix=sheet.key, language=source.language)
        return read_rows(file, columns, checked)
    return list(_tables(source, sheet, checked))


def _checked(source: SourceFile, sheet: Sheet, rows: Iterator[NumberedRow]) -> Iterator[NumberedRow]:
    """Rows as wide as the header; empty ones are left out."""
    width = len(sheet.header)
    for line, cells in rows:
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < width or any(map(str.strip, cells[width:])):
            reason = "another number of columns than the first line"
            raise source.refuse(Problem.INVALID, reason, line=line)
        yield line, cells[:width]


def _tables(source: SourceFile, sheet: Sheet, rows: Iterator[NumberedRow]) -> Iterator[ParsedDocument]:
    header = tuple(" ".join(name.split()) for name in sheet.header) if len(sheet.header) > 1 else ("",)
    elements: list[Element] = [Paragraph(line) for line in sheet.above]
    if header == ("",) and sheet.header[0].strip():
        elements.append(Row(header, sheet.header))
    part = 1
    for count, (_, cells) in enumerate(rows, start=1):
        elements.append(Row(header, [" ".join(cell.split()) for cell in cells]))
        if count % ROWS_IN_DOCUMENT == 0:
            yield _part(source, sheet, elements, part)
            elements, part = [], part + 1
    if elements or part == 1:
        yield _part(source, sheet, elements, part)


def _part(source: SourceFile, sheet: Sheet, elements: Sequence[Element], part: int) -> ParsedDocument:
    if part == 1:
        return to_document(source, elements, title=sheet.title, key=sheet.key)
    return to_document(source, elements, title=f"{sheet.title} ({part})", key=f"{sheet.key}/{part}")
