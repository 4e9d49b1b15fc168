"""Files of terms: CSV with the columns text, synonyms (separated by ``|``), kind, lang; or JSON Lines of the same names.

Only ``text`` is needed. In a CSV file a line that begins with ``#`` is a remark.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Term, TermKind
from kefu.kit.text import detect_language
from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.files import open_file, show
from kefu.knowledge.parsers.encodings import decode
from kefu.knowledge.parsers.source import SourceFile

LONGEST = 60
MOST_SYNONYMS = 100
MAX_BYTES = 10_000_000
_Row = tuple[int, Mapping[str, object]]


def read_terms(path: Path) -> list[Term]:
    """Read a file of terms; ``name.zh.csv`` says the language of rows without ``lang``, else their text does.

    Raises DocumentInvalidError with the line.
    """
    readers: dict[str, Callable[..., list[Term]]] = {".csv": read_rows, ".jsonl": read_lines}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DocumentInvalidError(file=str(path), reason="a file of terms is .csv or .jsonl")
    named = {".zh": "zh", ".en": "en"}.get(Path(path.stem).suffix)
    with open_file(path, max_bytes=MAX_BYTES) as file:
        source = SourceFile(name=show(path), key=path.stem, data=file.read())
    return reader(decode(source).text, file=show(path), language=named)


def read_rows(text: str, *, file: str, language: Language | None = None) -> list[Term]:
    """Terms of a CSV text."""
    return [to_term(fields, file=file, line=line, language=language) for line, fields in _csv_rows(text, file)]


def read_lines(text: str, *, file: str, language: Language | None = None) -> list[Term]:
    """Terms of a JSON Lines text; ``synonyms`` is a list there."""
    return [to_term(fields, file=file, line=line, language=language) for line, fields in _json_rows(text, file)]


def to_term(fields: Mapping[str, object], *, file: str, line: int | None, language: Language | None) -> Term:
    """Check one row."""

    def invalid(reason: str) -> DocumentInvalidError:
        return DocumentInvalidError(file=file, line=line, reason=reason)

    text, kind = fields.get("text"), fields.get("kind") or TermKind.TOPIC
    listed = fields.get("synonyms") or []
    if isinstance(listed, str):
        listed = listed.split("|")
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise invalid("synonyms must be a list of texts")
    if not isinstance(text, str):
        raise invalid("text is missing")
    synonyms = tuple(dict.fromkeys(one.strip() for one in listed if one.strip()))
    for phrase in (text, *synonyms):
        if not any(map(str.isalnum, phrase)) or len(phrase.strip()) > LONGEST:
            raise invalid(f"a term has letters, and at most {LONGEST} characters: {phrase[:LONGEST]!r}")
    if len(synonyms) > MOST_SYNONYMS:
        raise invalid(f"a term has at most {MOST_SYNONYMS} synonyms")
    if kind not in set(TermKind):
        raise invalid(f"kind must be one of {', '.join(TermKind)}")
    spoken = fields.get("lang") or language or detect_language(text)
    if spoken not in ("zh", "en"):
        raise invalid(f"lang must be zh or en, not {spoken!r}")
    return Term("zh" if spoken == "zh" else "en", text.strip(), synonyms, TermKind(str(kind)))


def _csv_rows(text: str, file: str) -> Iterator[_Row]:
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), start=1)]
    kept = [(number, line) for number, line in numbered if line.strip() and not line.startswith("#")]
    reader = csv.DictReader((line for _, line in kept), strict=True)
    if "text" not in (reader.fieldnames or ()):
        raise DocumentInvalidError(file=file, line=1, reason="the first line must name the columns, text among them")
    try:
        for row in reader:
            line = kept[reader.line_num - 1][0]
            if None in row:
                raise DocumentInvalidError(file=file, line=line, reason="more columns than the first line")
            yield line, row
    except csv.Error as error:
        raise DocumentInvalidError(file=file, line=reader.line_num, reason=f"not CSV: {error}") from error


def _json_rows(text: str, file: str) -> Iterator[_Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise DocumentInvalidError(file=file, line=number, reason=f"not JSON: {error.msg}") from error
        if not isinstance(fields, dict):
            raise DocumentInvalidError(file=file, line=number, reason="each line must be one JSON object")
        yield number, fields
