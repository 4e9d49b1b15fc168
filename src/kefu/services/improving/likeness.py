"""Questions as vectors, by meaning and by words, so that many can be compared at once.

Words are the content terms of the answer core (a synonym is its concept), the kinds of answer asked for, and Chinese
character pairs, hashed into a fixed number of places (the hashing trick: Weinberger et al. 2009). No statistics of a
collection enter, so that a vector stays the same for ever.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.answer.asked import read_question
from kefu.dialogue.answer.terms import question_terms
from kefu.domain.conversation import Language
from kefu.kit.text import normalise
from kefu.knowledge.embedding import Embedder, EmbedderError
from kefu.knowledge.tokens import character_pairs
from kefu.knowledge.vocabulary import Vocabulary

WORD_PLACES = 512
_TYPE, _PAIR = 0.5, 0.25
"""Weights of what kind of answer is wanted, and of a character pair, beside a noun's 1."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as it was asked."""

    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Vectors:
    """Rows of length 1 (or 0: nothing to compare by). ``meaning`` has no columns where no encoder speaks."""

    meaning: Floats
    words: Floats
    is_chinese: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> "Vectors":
        return Vectors(self.meaning[rows], self.words[rows], self.is_chinese[rows])


def to_vectors(
    wordings: Sequence[Wording], *, embedder: Embedder, vocabularies: Mapping[Language, Vocabulary]
) -> Vectors:
    """Encode questions; slow, so call it in a thread. Without an encoder, words stand alone."""
    words = np.stack([_words(one, vocabularies[one.language]) for one in wordings]) if wordings else _nothing()
    return Vectors(
        _meaning(wordings, embedder), words, np.array([one.language == "zh" for one in wordings], dtype=bool)
    )


def joined(one: Vectors, other: Vectors) -> Vectors:
    return Vectors(
        np.concatenate([one.meaning, other.meaning]),
        np.concatenate([one.words, other.words]),
        np.concatenate([one.is_chinese, other.is_chinese]),
    )


def _nothing() -> Floats:
    return np.zeros((0, WORD_PLACES), dtype=np.float32)


def _meaning(wordings: Sequence[Wording], embedder: Embedder) -> Floats:
    """Zero rows for a language that the encoder does not know."""
    nothing: Floats = np.zeros((len(wordings), 0), dtype=np.float32)
    if not embedder.languages:
        return nothing
    try:
        rows = np.zeros((len(wordings), embedder.dimension), dtype=np.float32)
        known = [place for place, one in enumerate(wordings) if one.language in embedder.languages]
        if known:
            rows[known] = embedder.embed([wordings[place].text for place in known])
    except EmbedderError:
        return nothing  # the next run compares by meaning again
    return rows


def _words(wording: Wording, vocabulary: Vocabulary) -> Floats:
    row: Floats = np.zeros(WORD_PLACES, dtype=np.float32)
    for name, weight in _features(wording, vocabulary):
        place, sign = _place(name)
        row[place] += sign * weight
    length = float(np.linalg.norm(row))
    return row / np.float32(length) if length else row


def _features(wording: Wording, vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    concepts = _concepts(vocabulary)
    for term in question_terms(wording.text, vocabulary):
        form = next((concepts[one] for one in (term.text, *sorted(term.synonyms)) if one in concepts), term.text)
        yield form, term.topic
    for kind in read_question(wording.text, (), vocabulary).types:
        yield f"?{kind}", _TYPE
    if wording.language == "zh":
        plain = normalise(wording.text).text
        for pair in dict.fromkeys(one for one in character_pairs(plain) if len(one) > 1):
            yield f"&{pair}", _PAIR


@lru_cache(maxsize=16)
def _concepts(vocabulary: Vocabulary) -> dict[str, str]:
    """Each phrase's concept; of a phrase in two groups the first counts."""
    table: dict[str, str] = {}
    for group in vocabulary.groups:
        for phrase in group:
            table.setdefault(phrase, f"§{group[0]}")
    return table


@lru_cache(maxsize=65_536)
def _place(name: str) -> tuple[int, float]:
    digest = hashlib.blake2b(name.encode(), digest_size=4).digest()
    return int.from_bytes(digest[:3], "big") % WORD_PLACES, 1.0 if digest[3] & 1 else -1.0
