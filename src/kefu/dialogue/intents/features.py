"""Words and characters as weighted features (TF-IDF): what the linear classifiers see of a text.

Chinese is cut by rjieba and also falls into character sequences of one to three; Latin words are kept whole and fall
into sequences of two to five, so that a slip of the keyboard still shares most of them. Neighbouring words are pairs.
Both languages, and their mixture, go one way.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import rjieba
from numpy.typing import NDArray

from kefu.kit.text import HAN

Floats = NDArray[np.float32]
_TOKEN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<latin>[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*)|(?P<mark>[?!])")
_HAN_LONGEST = 3
_LATIN = range(2, 6)
_LONGEST_WORD = 40
"""A longer run is no word; only its beginning is read."""
_RARE = 2_000
"""From so many texts on, a feature that only one of them has is left out: it doubles the model and says nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text is made of, counted. ``tokens``: its words in order, as fastText is given them."""

    tokens: tuple[str, ...]
    words: Mapping[str, int]
    characters: Mapping[str, int]


def read(plain: str) -> Reading:
    """The features of a cleaned text."""
    tokens: list[str] = []
    pieces: list[str] = []
    for match in _TOKEN.finditer(plain):
        run = match.group()
        if match.lastgroup == "han":
            tokens.extend(rjieba.cut(run))
            pieces.extend(_pieces(f"^{run}$", range(1, _HAN_LONGEST + 1)))
        elif match.lastgroup == "latin":
            tokens.append(run[:_LONGEST_WORD])
            pieces.extend(_pieces(f" {run[:_LONGEST_WORD]} ", _LATIN))
        else:
            tokens.append(run)
    framed = ["^", *tokens, "$"]
    pairs = (f"{one} {other}" for one, other in pairwise(framed))
    return Reading(tuple(tokens), Counter([*tokens, *pairs]), Counter(pieces))


def _pieces(run: str, lengths: Iterable[int]) -> Iterator[str]:
    for length in lengths:
        for start in range(len(run) - length + 1):
            yield run[start : start + length]


@dataclass(frozen=True, slots=True)
class Table:
    """Features that count, with what each is worth (smoothed inverse document frequency)."""

    places: Mapping[str, int]
    worth: Floats

    @classmethod
    def of(cls, counted: Sequence[Mapping[str, int]]) -> "Table":
        found = Counter(feature for counts in counted for feature in counts)
        fewest = 2 if len(counted) >= _RARE else 1
        kept = sorted(feature for feature, number in found.items() if number >= fewest)
        size = len(counted) + 1
        worth = np.array([math.log(size / (found[feature] + 1)) + 1 for feature in kept], dtype=np.float32)
        return cls({feature: place for place, feature in enumerate(kept)}, worth)

    def weigh(self, counts: Mapping[str, int]) -> tuple[NDArray[np.int64], Floats]:
        """Places and weights of one text, of length 1; unknown features are left out."""
        places = self.places
        known = [(places[feature], number) for feature, number in counts.items() if feature in places]
        if not known:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        where = np.array([place for place, _ in known], dtype=np.int64)
        values = (1 + np.log(np.array([number for _, number in known], dtype=np.float32))) * self.worth[where]
        weighed: Floats = (values / np.linalg.norm(values)).astype(np.float32)
        return where, weighed

    def share_known(self, counts: Mapping[str, int]) -> float:
        """How much of a text's features the examples have; 0 for a text without any."""
        total = sum(counts.values())
        return sum(number for feature, number in counts.items() if feature in self.places) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Features:
    """Both tables side by side: words first, then characters."""

    words: Table
    characters: Table

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> "Features":
        return cls(Table.of([one.words for one in readings]), Table.of([one.characters for one in readings]))

    @property
    def size(self) -> int:
        return len(self.words.places) + len(self.characters.places)

    def weigh(self, reading: Reading) -> tuple[NDArray[np.int64], Floats]:
        """Places and weights of one text in a row of ``size``."""
        word_places, words = self.words.weigh(reading.words)
        character_places, characters = self.characters.weigh(reading.characters)
        places = np.concatenate([word_places, character_places + len(self.words.places)])
        return places, np.concatenate([words, characters])

    def matrix(self, readings: Sequence[Reading]) -> Any:
        """Sparse float32 [texts, size] (scipy), for training."""
        from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

        rows = [self.weigh(one) for one in readings]
        starts = np.cumsum([0, *(len(places) for places, _ in rows)])
        columns = np.concatenate([places for places, _ in rows])
        values = np.concatenate([weights for _, weights in rows])
        return csr_matrix((values, columns, starts), shape=(len(rows), self.size))
