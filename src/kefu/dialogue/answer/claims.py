"""What a sentence claims, clause by clause: which words, affirmed or denied, allowed or required, under which condition."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kefu.dialogue.answer.lexicon import Lexicon, lexicon
from kefu.dialogue.answer.terms import Indexed, Term, indexed, question_terms, strength
from kefu.domain.conversation import Language
from kefu.kit.text import normalise, split_sentences
from kefu.knowledge.vocabulary import Vocabulary

_CLAUSE = re.compile(r"(?:[;\uff1b]|,(?!\d{3}(?!\d))|\u3001(?=\D))\s*|\s(?:but|and|while|whereas)\s")
_POINT = re.compile(r"[.!?\u3002\uff01\uff1f]+$")

SAME_THING = 0.5
"""Clauses that share this much of their words speak of the same thing, so that their polarity must agree."""
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Clause:
    """``is_negative`` is the parity of its negations; ``modality`` is can, must or free, or "" for none."""

    text: str
    index: Indexed
    terms: tuple[Term, ...]
    is_negative: bool
    modality: str
    conditions: frozenset[str]

    def overlap(self, other: "Clause", *, without: str = "") -> float:
        """Share of this clause's content terms that the other one has; the words of ``without`` are left out.

        A synonym counts less than the word, so that of two like clauses the one with the same words is nearer.
        """
        terms = [term for term in self.terms if term.text not in without]
        return sum(strength(term, other.index) for term in terms) / len(terms) if terms else 0.0


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence with its clauses."""

    text: str
    index: Indexed
    clauses: tuple[Clause, ...]

    @property
    def conditions(self) -> frozenset[str]:
        """Kinds of condition (if, only, except) that the sentence states."""
        return frozenset().union(*(clause.conditions for clause in self.clauses))

    @property
    def is_negative(self) -> bool:
        return sum(clause.is_negative for clause in self.clauses) % 2 == 1


@lru_cache(maxsize=1024)
def read_statements(text: str, vocabulary: Vocabulary) -> tuple[Statement, ...]:
    return tuple(_statement(sentence.text, vocabulary) for sentence in split_sentences(text))


def _statement(text: str, vocabulary: Vocabulary) -> Statement:
    plain = _POINT.sub("", normalise(text).text)
    parts = [part for part in _CLAUSE.split(plain) if part.strip()]
    return Statement(text, indexed(text), tuple(_clause(part, vocabulary) for part in parts))


def _clause(plain: str, vocabulary: Vocabulary) -> Clause:
    words = lexicon(vocabulary.language)
    return Clause(
        text=plain,
        index=indexed(plain),
        terms=question_terms(plain, vocabulary),
        is_negative=_is_negative(plain, words),
        modality=_modality(plain, words),
        conditions=frozenset(name for name, pattern in words.conditions.items() if pattern.search(plain)),
    )


def _is_negative(plain: str, words: Lexicon) -> bool:
    return len(words.negation.findall(words.negation_exempt.sub(" ", plain))) % 2 == 1


def _modality(plain: str, words: Lexicon) -> str:
    """The strongest that the clause states: free of duty, then duty, then permission."""
    for name in ("free", "must", "can"):
        if words.modality[name].search(plain):
            return name
    return ""


def opposed(clause: Clause, sources: Sequence[Clause], language: Language) -> str | None:
    """A word of the clause whose opposite the nearest source clauses have instead; None when there is no such word.

    Near is who shares the other words: "the shop pays" is held against the clause about the same case. A source clause
    that has all of several such words (after four, the next day) agrees, whoever is nearer.
    """
    found = list(_with_opposites(clause.text, language))
    if len(found) > 1 and any(
        clause.overlap(source) >= SAME_THING and all(said.search(source.text) for said, _, _ in found)
        for source in sources
    ):
        return None
    for said, meant, word in found:
        near = nearest(clause, sources, without=word)
        if near and all(meant.search(source.text) and not said.search(source.text) for source in near):
            return word
    return None


def _with_opposites(plain: str, language: Language) -> Iterator[tuple[re.Pattern[str], re.Pattern[str], str]]:
    """The pattern that the text matches, that of its opposite, and the words matched."""
    for one, other in lexicon(language).opposites:
        for said, meant in ((one, other), (other, one)):
            match = said.search(plain)
            if match is not None and not meant.search(plain):
                yield said, meant, match.group()


def nearest(clause: Clause, sources: Sequence[Clause], *, without: str = "") -> list[Clause]:
    """The source clauses that speak of the same thing as this one: the best, and those level with it."""
    overlaps = [(clause.overlap(other, without=without), other) for other in sources]
    best = max((overlap for overlap, _ in overlaps), default=0.0)
    return [other for overlap, other in overlaps if best >= SAME_THING and overlap >= best - _LEVEL]
