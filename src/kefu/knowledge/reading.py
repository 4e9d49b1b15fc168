"""What a chunk is made into for the search by words and for the speller.

It depends on the chunk and the vocabulary alone, so the next snapshot takes over what has not changed: at 100,000 chunks
that is the difference between a minute and seconds. Terms are kept as numbers in bytes, because a hundred thousand
small arrays weigh more than what is in them.
"""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from kefu.kit.text import normalise
from kefu.knowledge.coverage import TermNumbers
from kefu.knowledge.fusion import Target
from kefu.knowledge.parts import Parts
from kefu.knowledge.stems import runs
from kefu.knowledge.tokens import analyse
from kefu.knowledge.vocabulary import Vocabulary

LATIN = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_PER_TEXT = 2 * 4
"""Bytes of ``Streams.lengths`` for one text."""


@dataclass(frozen=True, slots=True)
class Streams:
    """Texts as terms: the int32 numbers of their words and of their pairs; ``lengths``: int32 [texts, 2], of each."""

    words: bytes
    pairs: bytes
    lengths: bytes

    @property
    def count(self) -> int:
        return len(self.lengths) // _PER_TEXT


@dataclass(frozen=True, slots=True)
class Reading:
    """``known``: the words that the speller knows a text by, each once; ``guessed``: what may be words too.

    ``said``: phrases of the vocabulary that stand in it.
    """

    target: Target
    whole: Streams
    sentences: Streams
    questions: Streams
    known: bytes
    guessed: bytes
    said: bytes


def read(parts: Parts, vocabulary: Vocabulary, terms: TermNumbers) -> Reading:
    """Read one chunk. Unseen terms are added to ``terms``."""
    plain = normalise("\n".join((parts.whole, *parts.questions))).text
    known, guessed = _spelled(plain, vocabulary)
    return Reading(
        target=Target.QUESTION if parts.questions or parts.is_short else Target.PAGE,
        whole=_streams((parts.whole,), vocabulary, terms),
        sentences=_streams(parts.sentences, vocabulary, terms),
        questions=_streams(parts.questions, vocabulary, terms),
        known=terms.add(known),
        guessed=terms.add(guessed),
        said=terms.add(vocabulary.phrases_in(plain)),
    )


_EMPTY = Streams(b"", b"", b"")


def _streams(texts: Sequence[str], vocabulary: Vocabulary, terms: TermNumbers) -> Streams:
    if not texts:
        return _EMPTY
    read_terms = [analyse(text, vocabulary) for text in texts]
    return Streams(
        words=terms.add(term for one in read_terms for term in one.words),
        pairs=terms.add(term for one in read_terms for term in one.pairs),
        lengths=array("i", [len(stream) for one in read_terms for stream in (one.words, one.pairs)]).tobytes(),
    )


def _spelled(plain: str, vocabulary: Vocabulary) -> tuple[set[str], set[str]]:
    """Words that dictionaries know, and what the cutter takes for words besides."""
    if vocabulary.language == "en":
        return set(LATIN.findall(plain)), set()
    han = [run for script, run in runs(plain) if script == "han"]
    known = {word for run in han for word in vocabulary.cut_known(run) if len(word) > 1}
    return known, {word for run in han for word in vocabulary.cut(run) if len(word) > 1} - known
