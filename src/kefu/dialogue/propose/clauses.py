"""A message cut into clauses, each with its place in the original text."""

import re
from dataclasses import dataclass, replace

from kefu.dialogue.commands import Span
from kefu.dialogue.hearing import HeardMessage
from kefu.dialogue.propose.questions import Item, announces, asks, cut_clause, cut_list, leads
from kefu.kit.text import normalise

_CLAUSE = re.compile(
    r"[^,，。.!！?？;；\n~…]+(?:[.,](?=\d)[^,，。.!！?？;；\n~…]+|\.(?=[a-z])[^,，。.!！?？;；\n~…]+)*"
)
_BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_BESIDE_HAN = re.compile(r"(?<=[\u4e00-\u9fff])\s+|\s+(?=[\u4e00-\u9fff])")
_LATIN, _ENGLISH = re.compile(r"[A-Za-z]{2,}"), 3
"""Words of English in a Chinese clause from which on they are a phrase."""
_TERMINATOR = re.compile(r"[,，。.!！?？;；\n~…\s]*")


@dataclass(frozen=True, slots=True)
class Clause:
    """``text`` is normalised and stripped; ``span`` points into the original; ``is_question`` by its end mark, by its
    place in a list, or by its words.
    """

    text: str
    span: Span
    is_question: bool
    is_marked: bool = False
    """A question by more than its words."""


def split_clauses(heard: HeardMessage, number: int) -> list[Clause]:
    """Cut at punctuation and line ends, but not inside numbers, versions or addresses (3.5, kefu.dev), and where a
    clause or a numbered list has several questions.
    """
    items = cut_list(heard.text.text)
    plain = _without_marks(heard.text.text, items)
    clauses: list[Clause] = []
    for match in _CLAUSE.finditer(plain):
        mark = _TERMINATOR.match(plain, match.end())
        after = mark.end() if mark else match.end()
        is_marked = any(sign in plain[match.end() : after] for sign in "?？")
        ends_item = any(match.end() <= item.end <= after for item in items)
        pieces = cut_clause(match.group())
        for place, (first, last) in enumerate(pieces, start=1):
            is_inner = place < len(pieces)
            found = _to_clause(heard, number, (match.start() + first, match.start() + last))
            is_before_list = bool(items) and match.end() <= items[0].mark
            if found is not None and not (is_before_list and announces(found.text)):
                is_cut = is_inner or is_marked or ends_item
                is_question = is_cut or (asks(found.text) and not leads(found.text))
                clauses.append(replace(found, is_question=is_question, is_marked=is_cut))
    return clauses


def cut_at_spaces(clause: Clause, heard: HeardMessage) -> list[Clause]:
    """The pieces of a Chinese clause that only spaces part, as people type who leave out the marks; else the clause."""
    said = heard.text.source[clause.span.start : clause.span.end]
    is_mixed = len(_LATIN.findall(said)) >= _ENGLISH
    places = [match.span() for match in (_BETWEEN_HAN if is_mixed else _BESIDE_HAN).finditer(said)]
    if not places:
        return [clause]
    starts, ends = [0, *(end for _, end in places)], [*(start for start, _ in places), len(said)]
    pieces = []
    for start, end in zip(starts, ends, strict=True):
        text = normalise(said[start:end]).text.strip()
        is_last = end == len(said)
        is_question = (asks(text) and not leads(text)) or (is_last and clause.is_marked)
        span = Span(clause.span.message, clause.span.start + start, clause.span.start + end)
        pieces.append(Clause(text, span, is_question, is_marked=is_last and clause.is_marked))
    return pieces


def _to_clause(heard: HeardMessage, number: int, place: tuple[int, int]) -> Clause | None:
    """None when nothing but white space is there."""
    text = heard.text.text[place[0] : place[1]]
    stripped = text.strip()
    if not stripped:
        return None
    start = place[0] + text.index(stripped)
    span = Span(number, heard.text.offsets[start], _original_end(heard, start + len(stripped)))
    return Clause(stripped, span, is_question=False)


def _without_marks(plain: str, items: list[Item]) -> str:
    """The text with a line break for each character of the numbers of a list."""
    for item in items:
        plain = plain[: item.mark] + "\n" * (item.start - item.mark) + plain[item.start :]
    return plain


def _original_end(heard: HeardMessage, end: int) -> int:
    """The original offset just behind normalised position ``end``."""
    offsets = heard.text.offsets
    return offsets[end] if end < len(offsets) else len(heard.message.text)
