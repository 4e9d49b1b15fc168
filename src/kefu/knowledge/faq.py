"""Question-and-answer entries: lines of JSON, or rows of a sheet (CSV, XLSX) whose header names them.

Fields: question, answer; optional id, alternatives (JSON list; in a sheet separated by ``|`` or line breaks), lang
(zh, en), topic. JSON needs the id too, or a key in place of id and topic, and may note what a page's front matter may (title, status,
valid_from, valid_until, segments, tags, owner, origin, risk). In a sheet an entry without an id is named by its question.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kefu.domain.conversation import Language
from kefu.domain.knowledge import DocumentDraft, DocumentKind
from kefu.kit.canonical import sha256_of
from kefu.kit.text import detect_language
from kefu.knowledge.blocks import Block, BlockKind, ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.front_matter import FrontMatter

_NAMES = {
    "id": "id 编号",
    "question": "question questions q 问题 问 标准问 标准问题 常见问题 客户问题 提问",
    "answer": "answer answers a 答案 答 标准答案 回答 答复 回复 解答",
    "alternatives": "alternatives alternative 相似问 相似问题 相似问法 其他问法 扩展问 同义问",
    "lang": "lang language 语言",
    "topic": "topic category 主题 分类 类别",
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split()}
_OTHER_WORDINGS = re.compile(r"[|｜\n]")
_LONGEST_TITLE = 500


@dataclass(frozen=True, slots=True)
class FaqFile:
    """Decoded file, without ``text`` when its rows come from a sheet: ``prefix`` begins the keys of entries without a topic, ``language`` serves those without a lang."""

    name: str
    prefix: str
    text: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    fields: Mapping[str, object]


def read_jsonl(file: FaqFile) -> list[ParsedDocument]:
    """Raises DocumentInvalidError with the line."""
    return _read(file, _json_entries(file))


def find_columns(header: Sequence[str]) -> dict[int, str] | None:
    """Which column is which field, when the header of a sheet names a question and an answer; else None.

    A header of nothing but such fields that lacks one of the two is half a sheet of questions: it is given back too.
    """
    found: dict[int, str] = {}
    for column, name in enumerate(header):
        field = _FIELDS.get(name.strip().lower())
        if field is not None and field not in found.values():
            found[column] = field
    named = set(found.values()) & {"question", "answer"}
    is_half = len(named) == 1 and len(found) == sum(1 for name in header if name.strip()) and len(found) > 1
    return found if len(named) == 2 or is_half else None  # noqa: PLR2004 - question and answer


def read_rows(
    file: FaqFile, columns: Mapping[int, str], rows: Iterable[tuple[int, Sequence[str]]]
) -> list[ParsedDocument]:
    """Entries of a sheet: ``rows`` are line numbers and cells. Raises DocumentInvalidError with the line."""
    missing = {"question", "answer"} - set(columns.values())
    if missing:
        raise DocumentInvalidError(file=file.name, line=1, reason=f"columns missing: {', '.join(sorted(missing))}")
    return _read(file, (_sheet_entry(line, cells, columns) for line, cells in rows))


def _sheet_entry(line: int, cells: Sequence[str], columns: Mapping[int, str]) -> _Entry:
    fields: dict[str, object] = {name: cells[column] for column, name in columns.items() if cells[column].strip()}
    wordings = _OTHER_WORDINGS.split(str(fields.get("alternatives", "")))
    fields["alternatives"] = [part for part in wordings if part.strip()]
    if "id" not in fields and "question" in fields:
        fields["id"] = f"q-{sha256_of(str(fields['question']).strip())[:12]}"
    return _Entry(line, fields)


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


def to_entry(*, key: str, questions: Sequence[str], answer: str, language: Language) -> ParsedDocument:
    """One entry: a question with its other wordings, and what is quoted for it."""
    draft = DocumentDraft(
        key=key,
        kind=DocumentKind.FAQ,
        title=questions[0][:_LONGEST_TITLE],
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
    parsed = to_entry(
        key=_key(file, entry),
        questions=(question, *_alternatives(file, entry)),
        answer=answer,
        language=_language(file, entry, sample=question + answer),
    )
    head = FrontMatter(file.name, "", _noted(file, entry))
    title = head.text("title") or parsed.draft.title
    draft = replace(parsed.draft, title=title, attributes=head.attributes, is_draft=head.is_draft)
    return replace(parsed, draft=draft)


def _key(file: FaqFile, entry: _Entry) -> str:
    """As it is given, or topic and id."""
    if "key" in entry.fields:
        return _text(file, entry, "key")
    return f"{_text(file, entry, 'topic', default=file.prefix)}/{_text(file, entry, 'id')}"


def _noted(file: FaqFile, entry: _Entry) -> dict[str, object]:
    """The fields with times as times: JSON has none."""
    fields = dict(entry.fields)
    for name in ("valid_from", "valid_until"):
        value = fields.get(name)
        if not isinstance(value, str):
            continue
        try:
            fields[name] = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError as error:
            raise DocumentInvalidError(file=file.name, line=entry.line, reason=f"{name}: {error}") from error
    return fields


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
