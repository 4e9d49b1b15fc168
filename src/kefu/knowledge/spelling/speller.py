"""The speller of one language, made from what a snapshot of the knowledge says."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from kefu.knowledge.coverage import NUMBER, TermNumbers
from kefu.knowledge.reading import LATIN, Reading
from kefu.knowledge.spelling.chinese import ChineseSpeller
from kefu.knowledge.spelling.correction import Correction
from kefu.knowledge.spelling.english import EnglishSpeller
from kefu.knowledge.vocabulary import Vocabulary


class Speller(Protocol):
    """Finds slips; the caller decides what to do with them."""

    def correct(self, plain: str) -> tuple[Correction, ...]:
        """Slips in a normalised question, in order, without overlap."""
        ...


def build_speller(readings: Sequence[Reading], terms: TermNumbers, vocabulary: Vocabulary) -> Speller:
    """Words count once a chunk; synonyms of what the knowledge says, and the workspace's own terms, are known too."""
    names = terms.names()
    words = _count((one.known for one in readings), names)
    said = _count((one.said for one in readings), names)
    own = _terms(said, vocabulary)
    if vocabulary.language == "en":
        words.update({word for term in own for word in LATIN.findall(term)} - words.keys())
        return EnglishSpeller(words)
    guessed = _count((one.guessed for one in readings), names).keys() - words.keys()
    words.update({term: said[term] for term in own - words.keys()})
    return ChineseSpeller(+words, terms=own, guessed=guessed, vocabulary=vocabulary)


def _count(numbers: Iterable[bytes], names: Sequence[str]) -> Counter[str]:
    """In how many chunks each term is."""
    counts = np.bincount(np.frombuffer(b"".join(numbers), dtype=NUMBER))
    return Counter({names[number]: int(counts[number]) for number in np.flatnonzero(counts).tolist()})


def _terms(said: Counter[str], vocabulary: Vocabulary) -> set[str]:
    groups = (*vocabulary.groups, *vocabulary.lone)
    return {phrase for group in groups if any(one in said for one in group) for phrase in group} | vocabulary.own
