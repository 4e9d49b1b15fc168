"""PDF: text by PDFium, headings by their size, ruled tables by row, the page of each block; scans by OCR."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.elements import Element, PageStart
from kefu.knowledge.parsers.ocr import HINT, BeginOcr, is_installed, recognise
from kefu.knowledge.parsers.pdf_lines import Line, page_lines, write_lines
from kefu.knowledge.parsers.pdf_tables import RuledTable, find_tables
from kefu.knowledge.parsers.source import SourceFile
from kefu.knowledge.parsers.tables import Cell, header_of, read_table

_PASSWORD = 4
"""FPDF_ERR_PASSWORD of PDFium."""
_EDGE = 0.1
"""Share of a page's height, at its top and bottom, in which running titles and page numbers stand."""
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:page|p\.|第)?\s*\d{1,4}\s*(?:页)?\s*(?:(?:/|of|共)\s*\d{1,4}\s*页?)?[-–—\s]*", re.IGNORECASE
)
_OCR_SCALE = 200 / 72
_LONGEST_SIDE = 3_000
_SHOWN_PAGES = 10


@dataclass(frozen=True, slots=True)
class PdfText:
    elements: list[Element]
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _PdfPage:
    number: int
    height: float
    lines: list[Line]
    tables: list[RuledTable]
    is_scan: bool = False


def read_pdf(source: SourceFile, begin_ocr: BeginOcr) -> PdfText:
    """Raises DocumentInvalidError: encrypted, damaged, too_many_pages, no_text, needs_ocr."""
    try:
        document = pdfium.PdfDocument(source.data)
    except pdfium.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise source.refuse(Problem.ENCRYPTED, "protected by a password; save it without one") from error
        raise source.refuse(Problem.DAMAGED, "the file is incomplete or damaged") from error
    try:
        return _read(source, document, begin_ocr)
    except pdfium.PdfiumError as error:
        raise source.refuse(Problem.DAMAGED, "a page is damaged") from error
    finally:
        document.close()


def _read(source: SourceFile, document: pdfium.PdfDocument, begin_ocr: BeginOcr) -> PdfText:
    count = len(document)
    if count > source.limits.max_pages:
        raise source.refuse(Problem.TOO_MANY_PAGES, f"{count} pages; the limit is {source.limits.max_pages}")
    pages = [_read_page(document, number) for number in range(1, count + 1)]
    scans = [page for page in pages if page.is_scan]
    if scans and is_installed():
        begin_ocr()
        for page in scans:
            page.lines = _recognise(document, page)
    elif scans and not any(page.lines for page in pages):
        raise source.refuse(Problem.NEEDS_OCR, f"pages are images without text; to read them {HINT}")
    _drop_running_lines(pages)
    return PdfText(list(_elements(pages)), _remarks(pages))


def _read_page(document: pdfium.PdfDocument, number: int) -> _PdfPage:
    page = document[number - 1]
    text = page.get_textpage()
    try:
        lines = page_lines(text)
        tables = find_tables(page, text) if lines else []
        is_scan = not lines and any(True for _ in page.get_objects([pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        return _PdfPage(number, page.get_height(), lines, tables, is_scan)
    finally:
        text.close()
        page.close()


def _recognise(document: pdfium.PdfDocument, scan: _PdfPage) -> list[Line]:
    page = document[scan.number - 1]
    scale = min(_OCR_SCALE, _LONGEST_SIDE / max(page.get_size()))
    bitmap = page.render(scale=scale)
    try:
        found = recognise(bitmap.to_numpy())
    finally:
        bitmap.close()
        page.close()
    return [
        Line(
            text=line.text,
            left=line.left / scale,
            right=line.right / scale,
            bottom=scan.height - line.bottom / scale,
            top=scan.height - line.top / scale,
            size=round((line.bottom - line.top) / scale / 2) * 2,
        )
        for line in found
    ]


def _drop_running_lines(pages: Sequence[_PdfPage]) -> None:
    """Titles that stand on most pages at the same height, and page numbers."""
    counts = Counter(key for page in pages for key in {_running_key(page, line) for line in page.lines} if key)
    often = {key for key, count in counts.items() if count > max(2, len(pages) // 2)}
    for page in pages:
        page.lines = [
            line
            for line in page.lines
            if (key := _running_key(page, line)) is None
            or (key not in often and not (len(pages) > 1 and _PAGE_NUMBER.fullmatch(line.text)))
        ]


def _running_key(page: _PdfPage, line: Line) -> tuple[str, int] | None:
    middle = (line.top + line.bottom) / 2 / (page.height or 1)
    if _EDGE < middle < 1 - _EDGE:
        return None
    return re.sub(r"\d+", "#", line.text), round(middle * 100)


def _elements(pages: Sequence[_PdfPage]) -> Iterator[Element]:
    every = [line for page in pages for line in page.lines]
    before: RuledTable | None = None
    for page in pages:
        yield PageStart(page.number)
        gathered: list[Line] = []
        waiting = list(page.tables)
        for index, line in enumerate(page.lines):
            table = next((one for one in page.tables if one.holds(line)), None)
            if table is None:
                gathered.append(line)
                before = None
                continue
            if table in waiting:
                waiting.remove(table)
                yield from write_lines(gathered, every)
                gathered = []
                before = _continued(table, before if index == 0 else None)
                yield from read_table(before.rows)
        yield from write_lines(gathered, every)


def _continued(table: RuledTable, before: RuledTable | None) -> RuledTable:
    """A table that goes on at the top of a page has the column names of the page before, written again or not."""
    if before is None or not before.has_columns_of(table):
        return table
    header: Sequence[Sequence[Cell]] = header_of(before.rows)
    texts = [[cell.text for cell in row] for row in header]
    is_repeated = [[cell.text for cell in row] for row in table.rows[: len(header)]] == texts
    return table if is_repeated else table.with_header(header)


def _remarks(pages: Sequence[_PdfPage]) -> tuple[str, ...]:
    numbers = [str(page.number) for page in pages if page.is_scan]
    if not numbers:
        return ()
    shown = ", ".join(numbers[:_SHOWN_PAGES]) + (" …" if len(numbers) > _SHOWN_PAGES else "")
    return (f"recognised by OCR: pages {shown}" if is_installed() else f"left out, without text: pages {shown}",)
