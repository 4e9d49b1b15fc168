"""Which one to three pieces of the passages answer the question, word for word."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kefu.dialogue.answer.asked import (
    Asked,
    asked_alike,
    heading,
    likeness,
    number_match,
    read_question,
    type_match,
    whole,
)
from kefu.dialogue.answer.terms import coverage, indexed, strength
from kefu.dialogue.answer.units import LIMITS, UnitKind, units_of
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk, Passage
from kefu.knowledge.vocabulary import Vocabulary, built_in

MAX_QUOTES = 3
CONSIDERED = 8
_RANK, _LEXICAL, _SEMANTIC = 4.0, 1.8, 1.2
_WHOLE, _ABOVE, _INSIDE = 2.8, 3.0, 4.0
_ALIKE, _TYPE, _NUMBERS, _FAQ = 1.2, 2.0, 1.0, -0.4
"""Weights of a conditional logit over the passages of a question (evals/answers/rank.py), rounded.

A FAQ is set back a little, because a question is always nearer to questions than to a page. Numbers count for more than
fitted: among the rows of one table they decide, which labels of whole documents cannot show.
"""
_STEPS = 0.5
_POSITION = 0.1
_GAIN = 0.15
"""Share of the question's weight that a further quote must newly cover, ..."""
_BEHIND = 2.5
"""... if it is no further behind the best than this (log odds)."""
_TIED = 0.7
"""So close to the best, another document is quoted as well."""
_SAME = 0.5
"""Texts that share this much of their character pairs say the same."""


@dataclass(frozen=True, slots=True)
class Quote:
    """``text`` equals the document version's text from ``start`` to ``end`` exactly."""

    passage: Passage
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible quote; ``score`` in log odds, ``strengths`` how surely it (or its heading) has each term asked for.

    ``statement``: the quote under what it stands under, as a reader reads it. ``read``: the reader's log odds.
    """

    quote: Quote
    score: float
    strengths: tuple[float, ...]
    statement: str = ""
    read: float | None = None


Likeness = Callable[[str, Language], float]
"""Cosine of the question with a text in this language; 0 without an encoder."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every possible quote, best first, for a question read against its passages."""

    asked: Asked
    candidates: tuple[Candidate, ...]

    def choose(self) -> tuple[Quote, ...]:
        """The best unit, then others that cover what it leaves open; empty without passages."""
        chosen = _complete(self.candidates, self.asked.weights, LIMITS[self.asked.language])
        return tuple(candidate.quote for candidate in chosen)


def rank_quotes(
    question: str,
    passages: Sequence[Passage],
    *,
    language: Language,
    likeness: Likeness | None = None,
    vocabulary: Vocabulary | None = None,
) -> Ranking:
    """Rank every unit of the first CONSIDERED passages.

    ``language`` is the question's; passages may be in another: their units are compared by ``likeness``.
    """
    considered = passages[:CONSIDERED]
    asked = read_question(question, considered, vocabulary or built_in(language))
    best = max((passage.score for passage in considered), default=0.0) or 1.0
    candidates = (
        candidate
        for passage in considered
        for candidate in _candidates(asked, passage, rank=passage.score / best, likeness=likeness)
    )
    return Ranking(asked, tuple(sorted(candidates, key=lambda candidate: candidate.score, reverse=True)))


def select_quotes(
    question: str, passages: Sequence[Passage], *, language: Language, vocabulary: Vocabulary | None = None
) -> tuple[Quote, ...]:
    """The one to three quotes that answer best."""
    return rank_quotes(question, passages, language=language, vocabulary=vocabulary).choose()


def _candidates(asked: Asked, passage: Passage, *, rank: float, likeness: Likeness | None) -> Iterator[Candidate]:
    chunk = passage.chunk
    prior = _prior(asked, passage, rank=rank)
    head = heading(passage)
    above = [strength(term, head) for term in asked.terms]
    if chunk.language == asked.language:
        likeness = None
    for position, unit in enumerate(units_of(chunk)):
        inside = indexed(f"{unit.lead}\n{unit.text}")
        strengths = tuple(strength(term, inside) for term in asked.terms)
        score = (
            prior
            + _INSIDE
            * (coverage(strengths, asked.weights) if likeness is None else likeness(unit.text, chunk.language))
            + _TYPE * type_match(asked, unit.text, chunk.language)
            + _NUMBERS * number_match(asked, unit.text)
            + (_STEPS if unit.kind is UnitKind.STEPS and "how" in asked.types else 0.0)
            - _POSITION * min(position, 5)
        )
        quote = Quote(passage, unit.text, chunk.start + unit.start, chunk.start + unit.end)
        covered = tuple(max(one, over) for one, over in zip(strengths, above, strict=True))
        yield Candidate(quote, score, covered, statement=f"{_above(chunk)}\n{unit.lead}{unit.text}")


def _above(chunk: Chunk) -> str:
    return chunk.questions[0] if chunk.questions else " ".join((chunk.title, *chunk.heading_path[-1:]))


def _prior(asked: Asked, passage: Passage, *, rank: float) -> float:
    """What the passage as a whole adds to each of its units."""
    everything, head = whole(passage), heading(passage)
    by_whole = coverage((strength(term, everything) for term in asked.terms), asked.weights)
    by_heading = coverage((strength(term, head) for term in asked.terms), asked.weights)
    return (
        _RANK * rank
        + _LEXICAL * passage.lexical
        + _SEMANTIC * passage.semantic
        + _WHOLE * by_whole
        + _ABOVE * by_heading
        + _ALIKE * asked_alike(asked.text, passage)
        + (_FAQ if passage.chunk.questions else 0.0)
    )


def _complete(ordered: Sequence[Candidate], weighted: Sequence[float], limit: int) -> list[Candidate]:
    """The best candidate and those that add what it does not cover, while all of them stay short enough to read."""
    chosen = list(ordered[:1])
    for candidate in ordered[1:]:
        behind = chosen[0].score - candidate.score
        if len(chosen) == MAX_QUOTES or behind > _BEHIND:
            break
        length = sum(len(one.quote.text) for one in chosen) + len(candidate.quote.text)
        if length > 2 * limit or any(_repeats(candidate.quote, one.quote) for one in chosen):
            continue
        is_tied = behind <= _TIED and all(_is_other_document(candidate.quote, one.quote) for one in chosen)
        if is_tied or _gain(candidate, chosen, weighted) >= _GAIN:
            chosen.append(candidate)
    return chosen


def _gain(candidate: Candidate, chosen: Sequence[Candidate], weighted: Sequence[float]) -> float:
    known = [max(column) for column in zip(*(one.strengths for one in chosen), strict=True)]
    added = [max(0.0, new - old) for new, old in zip(candidate.strengths, known, strict=True)]
    return coverage(added, weighted)


def _is_other_document(one: Quote, other: Quote) -> bool:
    return one.passage.chunk.document_key != other.passage.chunk.document_key


def _repeats(one: Quote, other: Quote) -> bool:
    """Whether the two overlap in a document or say the same."""
    is_same = one.passage.chunk.document_id == other.passage.chunk.document_id
    if is_same and one.start < other.end and other.start < one.end:
        return True
    return likeness(one.text, other.text) >= _SAME
