"""Which words of a question an edge has: stems, or Chinese words that may be cut otherwise, each with its synonyms."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kefu.kit.text import is_han, normalise
from kefu.knowledge.stems import runs, stem
from kefu.knowledge.tokens import character_pairs, chinese_words, english_terms, stop_words
from kefu.knowledge.vocabulary import Vocabulary

Wanted = tuple[str, ...]
"""A term of a question, and the concepts that may stand for it."""
Shares = NDArray[np.float32]
CONTEXT = 0.7
"""What a word counts that stands only in the headings above."""
_PAIR = 2


def wanted_terms(text: str, vocabulary: Vocabulary, *, without: str = "") -> tuple[Wanted, ...]:
    """The terms of a question that an edge should have, but for those of ``without``."""
    skipped = {term for wanted in wanted_terms(without, vocabulary) for term in wanted} if without else set()
    plain = normalise(text).text
    words = _chinese(plain, vocabulary) if vocabulary.language == "zh" else _english(plain)
    found = [(word, *vocabulary.concepts(word if vocabulary.language == "zh" else [word])) for word in words]
    single = {concept for wanted in found for concept in wanted[1:]}
    units = plain if vocabulary.language == "zh" else words
    found += [(concept,) for concept in vocabulary.concepts(units) if concept not in single]
    return tuple(wanted for wanted in dict.fromkeys(found) if not skipped.intersection(wanted))


def given_terms(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    """The terms that a text of the knowledge has."""
    plain = normalise(text).text
    if vocabulary.language == "en":
        return frozenset(english_terms(plain, vocabulary))
    return frozenset([*character_pairs(plain), *chinese_words(plain, vocabulary), *vocabulary.concepts(plain)])


class Coverage:
    """The share of a question's terms that each of n texts covers; rare terms count for more."""

    def __init__(self, own: Sequence[frozenset[str]], context: Sequence[frozenset[str]]) -> None:
        self._size = len(own)
        self._own = _postings(own)
        self._context = _postings(context)

    def score(self, wanted: Iterable[Wanted]) -> Shares:
        """Float32 [n] in [0, 1]; all zero without a term."""
        scores = np.zeros(self._size, dtype=np.float32)
        total = 0.0
        for alternatives in wanted:
            weight = self._weight(alternatives)
            hits = np.zeros(self._size, dtype=np.float32)
            for term in alternatives:
                hits[self._context.get(term, _NONE)] = CONTEXT
            for term in alternatives:
                hits[self._own.get(term, _NONE)] = 1.0
            scores += np.float32(weight) * hits
            total += weight
        return scores / np.float32(total) if total else scores

    def _weight(self, alternatives: Wanted) -> float:
        found = max(len(self._own.get(term, _NONE)) for term in alternatives)
        return float(np.log(1 + (self._size + 1) / (found + 1)))


_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def _postings(texts: Sequence[frozenset[str]]) -> dict[str, NDArray[np.int64]]:
    places: dict[str, list[int]] = {}
    for place, terms in enumerate(texts):
        for term in terms:
            places.setdefault(term, []).append(place)
    return {term: np.array(found, dtype=np.int64) for term, found in places.items()}


def _english(plain: str) -> list[str]:
    stems = [stem(run) for _, run in runs(plain)]
    return [word for word in stems if word not in stop_words("en")]


def _chinese(plain: str, vocabulary: Vocabulary) -> list[str]:
    """Words, the long ones as their pairs: an edge has pairs wherever it was cut."""
    terms: list[str] = []
    for word in chinese_words(plain, vocabulary):
        if len(word) > _PAIR and all(map(is_han, word)):
            terms.extend(word[place : place + _PAIR] for place in range(len(word) - 1))
        else:
            terms.append(word)
    return terms
