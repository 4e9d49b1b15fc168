"""BM25 of one stream of terms, with scores that mean the same in every index.

A raw BM25 sum grows with the query and the collection. Divided by the most that this query could score (every term
present without limit), it is the share of the query's information that a text covers, in [0, 1). Terms that no text
has count in that most: a question full of unknown words scores low everywhere, which is what an abstention needs.

BM25: Robertson & Zaragoza 2009; variant: bm25s "lucene" (Lù 2024, arXiv 2407.03618), number for number the scores of
that library (tests/knowledge/test_coverage.py), made in one pass over arrays instead of text by text.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from kefu.knowledge.grouping import Scores

K1 = 0.9
B = 0.4
"""Robertson's parameters: of the four pairs tried the best, or level, on XQuAD-zh and LCQMC (evals/retrieval)."""

Numbers = NDArray[np.int32]
NUMBER = np.dtype(np.int32)


class _Growing(dict[str, int]):
    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class TermNumbers:
    """A number for each term. It only grows: what was read for one snapshot keeps its numbers in the next."""

    def __init__(self) -> None:
        self._numbers = _Growing()

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, terms: Iterable[str]) -> bytes:
        """The int32 numbers of these terms, one after the other. Not for two threads at a time."""
        return array("i", map(self._numbers.__getitem__, terms)).tobytes()

    def find(self, term: str) -> int | None:
        return self._numbers.get(term)

    def names(self) -> list[str]:
        """Every term, by its number."""
        return list(self._numbers)


class Coverage:
    """BM25 of one stream of terms over n texts. ``numbers``: those of all texts in order; ``lengths``: of each text."""

    def __init__(self, numbers: Numbers, lengths: Numbers, terms: TermNumbers) -> None:
        self._size = len(lengths)
        self._terms = terms
        self._is_empty = not len(numbers)
        self._unknown = float(self._idf(np.zeros(1, dtype=np.int64))[0])
        if not self._is_empty:
            self._fill(numbers, lengths)

    def score(self, terms: Sequence[str]) -> Scores:
        """Share of the query covered by each text, float32 [n] in [0, 1)."""
        scores: Scores = np.zeros(self._size, dtype=np.float32)
        unique = list(dict.fromkeys(terms))
        known = [] if self._is_empty else [number for term in unique if (number := self._find(term)) is not None]
        if not known:
            return scores
        most = float(self._weights[known].sum()) + self._unknown * (len(unique) - len(known))
        places = [slice(self._starts[number], self._starts[number + 1]) for number in known]
        owners = np.concatenate([self._owners[place] for place in places])
        np.add.at(scores, owners, np.concatenate([self._shares[place] for place in places]))
        covered: Scores = scores / np.float32(most)
        return covered

    def _fill(self, numbers: Numbers, lengths: Numbers) -> None:
        """Sort (term, text) pairs; what stands there twice is a term that a text has twice."""
        width = len(self._terms)
        pairs = numbers.astype(np.int64)
        pairs *= self._size
        pairs += np.repeat(np.arange(self._size, dtype=np.int32), lengths)
        pairs.sort()
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        times = np.diff(first, append=len(pairs)).astype(np.float32)
        pairs = pairs[first]
        columns = pairs // self._size
        self._owners = (pairs - columns * self._size).astype(np.int32)
        frequencies = np.bincount(columns, minlength=width)
        self._starts = np.concatenate([[0], np.cumsum(frequencies)])
        self._weights = self._idf(frequencies)
        norms = K1 * ((1 - B) + B * lengths / lengths.mean())
        shares = times / (norms[self._owners] + times)
        self._shares: Scores = (self._weights[columns] * shares).astype(np.float32)

    def _find(self, term: str) -> int | None:
        """The number of a term that a text here has; a newer snapshot may have added others."""
        number = self._terms.find(term)
        is_here = number is not None and number < len(self._weights) and self._starts[number] < self._starts[number + 1]
        return number if is_here else None

    def _idf(self, frequencies: NDArray[np.int64]) -> Scores:
        """Lucene's inverse document frequency: ln(1 + (N - df + 0.5) / (df + 0.5))."""
        idf: Scores = np.log(1 + (self._size - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)
        return idf


def to_coverage(texts: Sequence[Sequence[str]]) -> Coverage:
    """Of texts that are terms already."""
    terms = TermNumbers()
    numbers = np.frombuffer(terms.add(chain.from_iterable(texts)), dtype=NUMBER)
    return Coverage(numbers, np.array([len(text) for text in texts], dtype=NUMBER), terms)
