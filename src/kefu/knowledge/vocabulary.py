"""The words of a trade: the built-in terms (terms.zh.csv, terms.en.csv) and a workspace's own, read together.

Synonyms meet as concepts ("§运费"); a workspace's own words are not cut apart; kinds say what may stand in the place
of what in a follow-up question.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, pairwise

import rjieba

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Term, TermKind
from kefu.kit.text import is_han, normalise
from kefu.knowledge.phrases import PhraseTable, offsets_of, to_units
from kefu.knowledge.term_files import read_rows

_CONCEPT = "§"
_STRADDLING = 2
"""A word this short that takes a piece of each of two words is an accident (退|货运|费 has no 货运)."""
_PHRASAL = 2
_PARTICLES = frozenset({"back", "in", "off", "out", "up"})
_PRONOUNS = ("it", "them", "this", "that", "one")


class Vocabulary:
    """The terms of one language. Immutable, and compared by identity: a snapshot of the knowledge keeps its own."""

    def __init__(self, language: Language, built_in: Sequence[Term], own: Sequence[Term] = ()) -> None:
        self.language: Language = language
        self.own: frozenset[str] = frozenset(phrase for term in own for phrase in _phrases(term))
        """Every phrase of the workspace's own terms, normalised."""
        shipped = [_phrases(term) for term in built_in if term.synonyms or term.kind is TermKind.TOPIC]
        self.groups: tuple[tuple[str, ...], ...] = _merge(shipped, map(_phrases, own))
        """Phrases that say the same, normalised; the first names the concept."""
        self.lone = tuple(_phrases(term) for term in built_in if not term.synonyms and term.kind is not TermKind.TOPIC)
        """Built-in names of a kind that have no synonyms."""
        self._kinds = _kinds(language, built_in, own)
        self._phrases = _by_first_letter(chain(chain.from_iterable((*self.groups, *self.lone)), self.own))
        self._concepts = PhraseTable(self._named())
        self._kept = PhraseTable((word, word) for word in self.own if len(word) > 1 and all(map(is_han, word)))

    def concepts(self, units: Sequence[str]) -> list[str]:
        """One concept for each phrase found, longest first, without overlap.

        ``units`` are the characters of a Chinese text, or the stems of an English one.
        """
        return [concept for _, _, concept in self._concepts.find(units)]

    def cut(self, run: str) -> list[str]:
        """The words of a Chinese run: rjieba's, but the workspace's own words stay whole."""
        return self._joined(run, rjieba.cut(run))

    def cut_known(self, run: str) -> list[str]:
        """The same with nothing guessed: what is in no dictionary falls into characters."""
        return self._joined(run, rjieba.cut(run, False))

    def without_own(self, plain: str) -> str:
        """A Chinese text with a space for each of the workspace's own words."""
        for start, end, _ in reversed(list(self._kept.find(plain))):
            plain = f"{plain[:start]} {plain[end:]}"
        return plain

    def phrases_in(self, plain: str) -> list[str]:
        """Every phrase of the terms that stands somewhere in a normalised text, even inside a longer word; each once."""
        return [phrase for letter in set(plain) for phrase in self._phrases.get(letter, ()) if phrase in plain]

    def kinds(self, text: str) -> list[tuple[int, int, str, TermKind]]:
        """The terms in a normalised text that have a kind other than ``topic``, as (start, end, text, kind)."""
        found = self._kinds.find(to_units(text, self.language))
        places = offsets_of(text, self.language)
        return [
            (places[first][0], places[last - 1][1], text[places[first][0] : places[last - 1][1]], TermKind(kind))
            for first, last, kind in found
        ]

    def _named(self) -> Iterator[tuple[Sequence[str], str]]:
        for group in self.groups:
            for phrase in group:
                units = to_units(phrase, self.language)
                if units:
                    yield units, f"{_CONCEPT}{group[0]}"
                if self.language == "en" and len(units) == _PHRASAL and units[1] in _PARTICLES:
                    for thing in _PRONOUNS:  # "send back" is also said as "send it back"
                        yield [units[0], thing, units[1]], f"{_CONCEPT}{group[0]}"

    def _joined(self, run: str, words: Sequence[str]) -> list[str]:
        if not self._kept:
            return list(words)
        edges = {0, *_edges(words)}
        for start, end, _ in self._kept.find(run):
            if end - start > _STRADDLING or {start, end} & edges or not any(start < edge < end for edge in edges):
                edges = {edge for edge in edges if not start < edge < end} | {start, end}
        ordered = sorted(edges)
        return [run[start:end] for start, end in pairwise(ordered)]


@cache
def built_in(language: Language) -> Vocabulary:
    """The terms that ship with kefu, alone."""
    return Vocabulary(language, _shipped(language))


def to_vocabulary(language: Language, terms: Iterable[Term]) -> Vocabulary:
    """The built-in terms with those of a workspace that are of this language."""
    own = [term for term in terms if term.language == language]
    return Vocabulary(language, _shipped(language), own) if own else built_in(language)


@cache
def _shipped(language: Language) -> tuple[Term, ...]:
    name = f"terms.{language}.csv"
    text = files("kefu.knowledge").joinpath(name).read_text(encoding="utf-8")
    return tuple(read_rows(text, file=name, language=language))


def _phrases(term: Term) -> tuple[str, ...]:
    forms = (normalise(phrase.strip()).text for phrase in (term.text, *term.synonyms))
    return tuple(dict.fromkeys(form for form in forms if form))


def _by_first_letter(phrases: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for phrase in dict.fromkeys(phrases):
        found.setdefault(phrase[0], []).append(phrase)
    return found


def _merge(shipped: Sequence[tuple[str, ...]], own: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """A workspace's term that shares a phrase with a group joins it; else it is a group of its own."""
    groups = [list(group) for group in shipped]
    first: dict[str, int] = {}
    for number, group in enumerate(groups):
        for phrase in group:
            first.setdefault(phrase, number)
    for phrases in own:
        number = next((first[phrase] for phrase in phrases if phrase in first), len(groups))
        if number == len(groups):
            groups.append([])
        groups[number] += [phrase for phrase in phrases if phrase not in groups[number]]
        for phrase in phrases:
            first.setdefault(phrase, number)
    return tuple(map(tuple, groups))


def _kinds(language: Language, shipped: Sequence[Term], own: Sequence[Term]) -> PhraseTable:
    return PhraseTable(
        (to_units(phrase, language), term.kind.value)
        for term in (*own, *shipped)
        if term.kind is not TermKind.TOPIC
        for phrase in _phrases(term)
        if to_units(phrase, language)
    )


def _edges(words: Sequence[str]) -> Iterator[int]:
    end = 0
    for word in words:
        end += len(word)
        yield end
