"""Documents to chunks that follow the structure of the text.

A section that fits is one chunk. A longer one is cut between its units (list items, table rows, sentences of a
paragraph) into windows of about equal size. A list or table is never parted from the line that introduces it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from kefu.domain.knowledge import Chunk, Document
from kefu.kit.ids import new_id
from kefu.kit.text import count_han, is_han, split_sentences
from kefu.knowledge.blocks import Block, BlockKind, ParsedDocument

CHUNKER = 1
"""Raise when the cutting changes: content hashes contain it, so the next import cuts every document anew."""
TARGET = 400.0
"""Size of a window in Chinese characters; an English word counts as 400/180."""
_WORD = 400 / 180
_LIMIT = 1.5 * TARGET


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a chunk lies in the document's text."""

    start: int
    end: int
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    size: float
    leads: bool = False
    """Introduces what follows and must stay with it."""


def cut(parsed: ParsedDocument) -> list[Piece]:
    """The pieces of a document, in order, without overlap; every block lies in them whole or by sentences."""
    pieces: list[Piece] = []
    for path, section in groupby(parsed.blocks, key=lambda block: block.heading_path):
        units = list(_units(parsed.draft.text, list(section)))
        pieces.extend(Piece(window[0].start, window[-1].end, path) for window in _windows(units))
    return pieces


def to_chunks(parsed: ParsedDocument, document: Document) -> list[Chunk]:
    """Chunks of one stored version; a FAQ's questions go with each chunk of its answer."""
    return [
        Chunk(
            id=new_id("chunk"),
            workspace_id=document.workspace_id,
            document_id=document.id,
            document_key=document.key,
            document_version=document.version,
            ordinal=ordinal,
            title=document.title,
            heading_path=piece.heading_path,
            language=document.language,
            text=document.text[piece.start : piece.end],
            start=piece.start,
            end=piece.end,
            questions=parsed.draft.questions,
            availability=document.attributes.availability,
            risk=document.attributes.risk,
        )
        for ordinal, piece in enumerate(cut(parsed))
    ]


def size_of(text: str) -> float:
    """Length in Chinese characters, an English word counting 400/180."""
    han = count_han(text)
    words = sum(1 for word in text.split() if not is_han(word[0]))
    return han + words * _WORD


def _units(text: str, blocks: Sequence[Block]) -> Iterator[_Unit]:
    for index, block in enumerate(blocks):
        following = blocks[index + 1].kind if index + 1 < len(blocks) else None
        leads = block.kind is BlockKind.PARAGRAPH and following in (BlockKind.ITEM, BlockKind.ROW)
        size = size_of(text[block.start : block.end])
        if size <= _LIMIT and (leads or block.kind is not BlockKind.PARAGRAPH):
            yield _Unit(block.start, block.end, size, leads=leads)
        else:
            yield from _sentences(text, block)


def _sentences(text: str, block: Block) -> Iterator[_Unit]:
    for sentence in split_sentences(text[block.start : block.end]):
        for start, end in _bounded(sentence.text):
            first = block.start + sentence.start
            yield _Unit(first + start, first + end, size_of(sentence.text[start:end]))


def _bounded(text: str) -> Iterator[tuple[int, int]]:
    """Cut a monster without punctuation so that no unit is over the limit (a Chinese character is one code point)."""
    if size_of(text) <= _LIMIT:
        yield 0, len(text)
        return
    start = 0
    while start < len(text):
        end = min(len(text), start + int(TARGET))
        space = text.rfind(" ", start + int(TARGET) // 2, end)
        end = space + 1 if space > 0 and end < len(text) else end
        yield start, end
        start = end


def _windows(units: Sequence[_Unit]) -> Iterator[Sequence[_Unit]]:
    """Fill windows up to an even share of the section, so that none is a crumb."""
    total = sum(unit.size for unit in units)
    share = total / max(1, round(total / TARGET))
    window: list[_Unit] = []
    for group in _with_leads(units):
        size = sum(unit.size for unit in window)
        if window and size + sum(unit.size for unit in group) / 2 > share:
            yield window
            window = []
        window.extend(group)
    if window:
        yield window


def _with_leads(units: Iterable[_Unit]) -> Iterator[list[_Unit]]:
    """A leading unit and the first of what it introduces come as one group."""
    group: list[_Unit] = []
    for unit in units:
        group.append(unit)
        if not unit.leads:
            yield group
            group = []
    if group:
        yield group
