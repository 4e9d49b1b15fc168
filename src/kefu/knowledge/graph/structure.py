"""Edges that a document's form says: rows of tables, labelled lines, lists under a heading."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.domain.graph import Extractor
from kefu.kit.text import Sentence, normalise, split_sentences
from kefu.knowledge.graph.drafts import EdgeDraft, Name, Text
from kefu.knowledge.graph.values import is_no, read_value
from kefu.knowledge.graph.words import graph_words

_ROW = re.compile(r"[^：；:;。]{1,60}(?:：|: ).*?(?:(?:；|; )[^：；:;]{1,60}(?:：|: ).*)+")
_CELL = re.compile(r"(?:^|；|; )([^：；:;]{1,60})(?:：|: )")
_LABELLED = re.compile(r"\s*(?:[-*+•]\s+)?(?P<label>[^：:，。,.;；]{1,24})(?:：|: )(?P<value>[^：\n]{1,200})$")
_LISTED = re.compile(r"、|, (?:and )?")
_BULLET = re.compile(r"\s*(?:[-*+•·]|\d{1,2}[.)、）])\s+")
_LONGEST_NAME: dict[Language, int] = {"zh": 24, "en": 60}
_MOST_NAMES = 12
_FEWEST_COLUMNS = 3
"""A table of attributes has a column of them and at least two things."""
_SHORT: dict[Language, int] = {"zh": 10, "en": 24}
_SURE, _LIKELY = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chunk with the place where it begins in the document."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the chunk has it, each cell under its column's heading."""

    line: Line
    cells: tuple[tuple[str, str], ...]


def lines_of(text: Text) -> Iterator[Line]:
    """Lines without the white space around them."""
    offset = 0
    for line in text.text.split("\n"):
        core = line.strip()
        if core:
            yield Line(core, text.start + offset + line.index(core))
        offset += len(line) + 1


def find_row(line: Line) -> Row | None:
    if _BULLET.match(line.text) or not _ROW.fullmatch(line.text):
        return None
    found = list(_CELL.finditer(line.text))
    ends = [match.start() for match in found[1:]] + [len(line.text)]
    cells = [(match[1].strip(), line.text[match.end() : end].strip()) for match, end in zip(found, ends, strict=True)]
    return Row(line, tuple(cells))


def read_row(text: Text, row: Row) -> Iterator[EdgeDraft]:
    """Header and cell of each column as relation and value; a first column of attributes turns the table round."""
    (head, first), *rest = row.cells
    words = graph_words(text.language).entities
    plain = normalise(head).text.strip()
    if plain in words.transposed_heads and len(row.cells) >= _FEWEST_COLUMNS:
        for thing, cell in rest:
            yield _to_draft(text, row.line, Name(thing), (first, cell))
        return
    for name in names_in(first, text.language):
        if plain not in words.generic_heads:
            yield _is_a(text, row.line, name, head)
        for label, cell in rest:
            yield _to_draft(text, row.line, name, (label, cell))


def read_labelled(text: Text, line: Line, subject: Name) -> EdgeDraft | None:
    """``Fabric: wool`` says something about what the document is about."""
    match = _LABELLED.fullmatch(line.text)
    if match is None:
        return None
    return _to_draft(text, line, subject, (match["label"].strip(), match["value"].strip()), by=Extractor.LIST)


def read_item(text: Text, line: Line, subject: Name) -> EdgeDraft | None:
    """An item of a list is what its heading says of the document's subject; its own negations are about parts of it."""
    bullet = _BULLET.match(line.text)
    if bullet is None or not text.heading_path:
        return None
    label, value = text.heading_path[-1], line.text[bullet.end() :]
    return _to_draft(text, line, subject, (label, value), by=Extractor.LIST, confidence=_LIKELY)


def names_in(cell: str, language: Language) -> list[Name]:
    """The things that a first cell names: one, or each of a short list."""
    limit = _LONGEST_NAME[language]
    parts = [part.strip() for part in _LISTED.split(cell)]
    if len(parts) > 1:
        parts[-1:] = parts[-1].split(" and ")
    if len(parts) > 1 and all(0 < len(part) <= limit // 2 for part in parts):
        return [Name(part) for part in parts[:_MOST_NAMES]]
    return [Name(cell)] if 0 < len(cell) <= limit else []


def subject_of(text: Text) -> Name | None:
    """What the whole document is about, when its title is a name rather than a question or a sentence."""
    title = text.title.strip()
    if text.questions or not title or len(title) > _LONGEST_NAME[text.language] or title[-1] in "?？。.!！":
        return None
    return Name(title)


def sentences_of(line: Line) -> Iterator[Sentence]:
    """The sentences of a line that is no row, without the mark of its item."""
    bullet = _BULLET.match(line.text)
    begin = bullet.end() if bullet else 0
    for sentence in split_sentences(line.text[begin:]):
        first = line.start + begin + sentence.start
        yield Sentence(sentence.text, first, first + len(sentence.text))


def _is_a(text: Text, line: Line, name: Name, head: str) -> EdgeDraft:
    return EdgeDraft(
        chunk_id=text.chunk_id,
        language=text.language,
        subject=name,
        relation="is_a",
        object=Name(head),
        value=None,
        is_negated=False,
        qualifier="",
        start=line.start,
        end=line.start + len(line.text),
        sentence=line.text,
        extractor=Extractor.TABLE,
        confidence=_SURE,
    )


def _to_draft(
    text: Text,
    line: Line,
    subject: Name,
    said: tuple[str, str],
    *,
    by: Extractor = Extractor.TABLE,
    confidence: float = _SURE,
) -> EdgeDraft:
    relation, shown = said
    value = read_value(shown, text.language)
    return EdgeDraft(
        chunk_id=text.chunk_id,
        language=text.language,
        subject=subject,
        relation=relation[:80],
        object=None,
        value=value,
        is_negated=is_no(value) or _is_negated(relation, "" if by is Extractor.LIST else shown, text.language),
        qualifier="",
        start=line.start,
        end=line.start + len(line.text),
        sentence=line.text,
        extractor=by,
        confidence=confidence,
    )


def _is_negated(relation: str, shown: str, language: Language) -> bool:
    """A short cell may turn its heading round; in a long one a negation belongs to something in it."""
    is_whole = len(shown) <= _SHORT[language] and "、" not in shown
    told = f"{relation} {shown}" if is_whole else relation
    return len(graph_words(language).negation.findall(normalise(told).text)) % 2 == 1
