"""What the parsers see in a file, in order; and how it becomes a document."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from kefu.domain.conversation import Language
from kefu.domain.knowledge import DocumentDraft, DocumentKind
from kefu.kit.text import detect_language
from kefu.knowledge.blocks import BlockKind, ParsedDocument
from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.source import MEBI, SourceFile
from kefu.knowledge.writing import Page, TextWriter, readable

LONGEST_TITLE = 500
_SAMPLE = 20_000
"""Characters by which the language of a text is recognised."""


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """``marker`` is what stands before the text ("- ", "3. "), ``depth`` 0 for an outermost list."""

    text: str
    marker: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """``header`` has one name a cell; the rows of one table share the same object."""

    header: Sequence[str]
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class PageStart:
    """What follows is on this page of the file (1-based)."""

    number: int


Element = Heading | Paragraph | Item | Row | Code | PageStart


def to_document(
    source: SourceFile, elements: Sequence[Element], *, title: str | None = None, key: str | None = None
) -> ParsedDocument:
    """One page. Its title: ``title``, or the first heading of level 1, or the last part of its key.

    Raises DocumentInvalidError when there is no text, or more than the limit.
    """
    language = source.language or detect_language(_sample(elements))
    page = _write(source, elements, language=language, title=title)
    if not page.blocks:
        raise source.refuse(Problem.NO_TEXT, "the document has no text")
    name = title or page.heading or source.stem
    draft = DocumentDraft(
        key=key or source.key,
        kind=DocumentKind.PAGE,
        title=" ".join(name.split())[:LONGEST_TITLE],
        language=language,
        text=page.text,
    )
    return ParsedDocument(draft=draft, blocks=page.blocks)


def _write(source: SourceFile, elements: Iterable[Element], *, language: Language, title: str | None) -> Page:
    writer = TextWriter(language=language, title=title)
    before: Element | None = None
    for element in elements:
        _write_one(writer, element, before)
        if not isinstance(element, PageStart):
            before = element
        if writer.length > source.limits.max_text_mib * MEBI:
            raise source.refuse(Problem.TOO_LARGE, f"more than {source.limits.max_text_mib} MiB of text; divide it")
    return writer.to_page()


def _write_one(writer: TextWriter, element: Element, before: Element | None) -> None:
    match element:
        case Heading(level, text):
            writer.heading(level, readable(text))
        case Paragraph(text):
            writer.block(BlockKind.PARAGRAPH, readable(text))
        case Code(text):
            writer.block(BlockKind.CODE, readable(text))
        case Item(text, marker, depth):
            line = f"{'  ' * depth}{marker}{readable(text)}"
            writer.block(BlockKind.ITEM, line, close=isinstance(before, Item))
        case Row(header, cells):
            is_same = isinstance(before, Row) and before.header is header
            writer.row(header, [readable(cell) for cell in cells], close=is_same)
        case PageStart(number):
            writer.turn_to(number)
        case _:
            assert_never(element)


def _sample(elements: Iterable[Element]) -> str:
    parts: list[str] = []
    length = 0
    for element in elements:
        text = _text_of(element)
        parts.append(text)
        length += len(text)
        if length > _SAMPLE:
            break
    return "\n".join(parts)


def _text_of(element: Element) -> str:
    match element:
        case Row(header, cells):
            return " ".join((*header, *cells))
        case PageStart():
            return ""
        case _:
            return element.text
