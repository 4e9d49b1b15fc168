"""CSV: one sheet. Separated by commas, semicolons or tabs, whichever its first line has most of."""

import csv
import io
from collections.abc import Iterator

from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.sheets import NumberedRow, Sheet, read_sheet
from kefu.knowledge.parsers.source import SourceFile

_SEPARATORS = ",\t;"


def read_csv(source: SourceFile, text: str) -> list[ParsedDocument]:
    """Raises DocumentInvalidError with the line (of the end of the row, when it spans several)."""
    rows = _rows(source, text)
    _, header = next(rows, (1, []))
    if not any(map(str.strip, header)):
        raise source.refuse(Problem.NO_TEXT, "the file is empty")
    return read_sheet(source, Sheet(key=source.key, title=source.stem, header=header), rows)


def _rows(source: SourceFile, text: str) -> Iterator[NumberedRow]:
    separator = max(_SEPARATORS, key=io.StringIO(text).readline().count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise source.refuse(Problem.INVALID, f"not CSV: {error}", line=reader.line_num) from error
