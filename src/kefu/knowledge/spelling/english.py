"""English slips: a word one letter off one of the knowledge's (refnd → refund, shiping → shipping).

What is a word of the knowledge, an ordinary English word, a number, a name in quotes or a name with a capital inside
a sentence is left as it is.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from kefu.knowledge.spelling.correction import Correction, quoted_spans
from kefu.knowledge.stems import stem
from kefu.knowledge.tokens import stop_words

_WORD = re.compile(r"(?<![\w@.#/'’-])[a-z]+(?![\w@#/-]|['’.]\w)")
_SHORTEST, _SHORT, _LONG, _LONGEST = 4, 6, 9, 24
"""Words shorter than the first are too near to one another; from the third on two letters may differ."""


class EnglishSpeller:
    """``words``: the words of the index, unstemmed, with the number of texts that have them."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self._words = words
        self._stems = {stem(word) for word in words}
        self._by_length: dict[int, list[str]] = {}
        for word in words:
            if (
                word.isascii()
                and word.isalpha()
                and word not in stop_words("en")
                and _SHORTEST <= len(word) <= _LONGEST
            ):
                self._by_length.setdefault(len(word), []).append(word)

    def correct(self, plain: str) -> tuple[Correction, ...]:
        """Slips in a normalised question, in order."""
        quoted = quoted_spans(plain)
        found: list[Correction] = []
        for match in _WORD.finditer(plain):
            is_quoted = any(start < match.end() and match.start() < end for start, end in quoted)
            meant = None if is_quoted or not self._may_be_slip(match.group()) else self._nearest(match.group())
            if meant is not None:
                found.append(Correction(match.start(), match.end(), match.group(), meant, "letters"))
        return tuple(found)

    def _may_be_slip(self, word: str) -> bool:
        if not _SHORTEST <= len(word) <= _LONGEST:
            return False
        root = stem(word)
        return word not in self._words and root not in self._stems and root not in ordinary_words()

    def _nearest(self, word: str) -> str | None:
        """The nearest word that begins alike; of equally near ones the most frequent."""
        most = 2 if len(word) >= _LONG else 1
        near = [
            (distance, -self._words[other], other)
            for length in range(len(word) - 1, len(word) + 2)
            for other in self._by_length.get(length, ())
            if other[0] == word[0] or other[:2] == word[1::-1]
            if (distance := DamerauLevenshtein.distance(word, other, score_cutoff=most)) <= most
            if len(word) > _SHORT or _is_slip_of_short(word, other)
        ]
        return min(near)[2] if near else None


def _is_slip_of_short(word: str, other: str) -> bool:
    """Short words are near to many: only a letter left out, doubled or swapped is a slip there."""
    if len(other) == len(word):
        return sorted(other) == sorted(word)
    return len(other) > len(word) or any(first == second for first, second in pairwise(word))


@cache
def ordinary_words() -> frozenset[str]:
    """Stems of common English words, and those that are too short or too common to be in the list."""
    text = files("kefu.knowledge.spelling").joinpath("words.en.txt").read_text(encoding="utf-8")
    listed = (word for line in text.splitlines() if not line.startswith("#") for word in line.split())
    return frozenset(listed) | stop_words("en")
