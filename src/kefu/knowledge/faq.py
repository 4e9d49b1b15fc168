"""Question-and-answer files: JSON Lines and CSV, one entry a line.

Fields: id, question, answer; optional alternatives (JSON list; in CSV separated by ``|``), lang (zh, en), topic.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.domain.knowledge import DocumentDraft, DocumentKind
from kefu.kit.text import detect_language
from kefu.knowledge.blocks import Block, BlockKind, ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError


@dataclass(frozen=True, slots=True)
class FaqFile:
    """Decoded file: ``prefix`` begins the keys of entries without a topic, ``language`` serves those without a lang."""

    name: str
    prefix: str
    text: str
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    fields: Mapping[str, object]


def read_jsonl(file: FaqFile) -> list[ParsedDocument]:
    """Raises DocumentInvalidError with the line."""
    return _read(file, _json_entries(file))


def read_csv(file: FaqFile) -> list[ParsedDocument]:
    """Raises DocumentInvalidError with the line (of the end of the entry, when it spans several)."""
    return _read(file, _csv_entries(file))


def _json_entries(file: FaqFile) -> Iterator[_Entry]:
    for number, line in enumerate(file.text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise DocumentInvalidError(file=file.name, line=number, reason=f"not JSON: {error.msg}") from error
        if not isinstance(fields, dict):
            raise DocumentInvalidError(file=file.name, line=number, reason="each line must be one JSON object")
        yield _Entry(number, fields)


def _csv_entries(file: FaqFile) -> Iterator[_Entry]:
    reader = csv.DictReader(io.StringIO(file.text, newline=""), strict=True)
    missing = {"id", "question", "answer"} - set(reader.fieldnames or ())
    if missing:
        raise DocumentInvalidError(file=file.name, line=1, reason=f"columns missing: {', '.join(sorted(missing))}")
    try:
        for row in reader:
            if None in row or None in row.values():
                raise DocumentInvalidError(
                    file=file.name, line=reader.line_num, reason="another number of columns than the first line"
                )
            listed = [part for part in (row.get("alternatives") or "").split("|") if part.strip()]
            yield _Entry(
                reader.line_num, {**{name: cell for name, cell in row.items() if cell}, "alternatives": listed}
            )
    except csv.Error as error:
        raise DocumentInvalidError(file=file.name, line=reader.line_num, reason=f"not CSV: {error}") from error


def to_entry(*, key: str, questions: Sequence[str], answer: str, language: Language) -> ParsedDocument:
    """One entry: a question with its other wordings, and what is quoted for it."""
    draft = DocumentDraft(
        key=key,
        kind=DocumentKind.FAQ,
        title=questions[0],
        language=language,
        text=answer,
        questions=tuple(dict.fromkeys(questions)),
    )
    return ParsedDocument(draft=draft, blocks=tuple(_lines(answer)))


def _read(file: FaqFile, entries: Iterator[_Entry]) -> list[ParsedDocument]:
    documents: dict[tuple[str, Language], ParsedDocument] = {}
    for entry in entries:
        document = _document(file, entry)
        name = (document.draft.key, document.draft.language)
        if name in documents:
            raise DocumentInvalidError(file=file.name, line=entry.line, reason=f"second entry with the id {name[0]}")
        documents[name] = document
    return list(documents.values())


def _document(file: FaqFile, entry: _Entry) -> ParsedDocument:
    question = _text(file, entry, "question")
    answer = _text(file, entry, "answer")
    topic = _text(file, entry, "topic", default=file.prefix)
    return to_entry(
        key=f"{topic}/{_text(file, entry, 'id')}",
        questions=(question, *_alternatives(file, entry)),
        answer=answer,
        language=_language(file, entry, sample=question + answer),
    )


def _text(file: FaqFile, entry: _Entry, name: str, *, default: str = "") -> str:
    value = entry.fields.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise DocumentInvalidError(file=file.name, line=entry.line, reason=f"{name} must be a text that is not empty")
    return value.replace("\r\n", "\n").strip()


def _alternatives(file: FaqFile, entry: _Entry) -> list[str]:
    value = entry.fields.get("alternatives") or []
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise DocumentInvalidError(file=file.name, line=entry.line, reason="alternatives must be a list of texts")
    return [part.strip() for part in value if part.strip()]


def _language(file: FaqFile, entry: _Entry, *, sample: str) -> Language:
    match entry.fields.get("lang", file.language):
        case "zh":
            return "zh"
        case "en":
            return "en"
        case None:
            return detect_language(sample)
        case other:
            raise DocumentInvalidError(file=file.name, line=entry.line, reason=f"lang must be zh or en, not {other!r}")


def _lines(answer: str) -> Iterator[Block]:
    start = 0
    for line in answer.split("\n"):
        if line.strip():
            yield Block(BlockKind.PARAGRAPH, start, start + len(line))
        start += len(line) + 1
