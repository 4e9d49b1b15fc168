"""What a chunk is found by: its text with title and headings, its sentences, its questions; and what it may be quoted by."""

from collections.abc import Callable
from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk
from kefu.kit.text import split_sentences
from kefu.knowledge.chunking import size_of

Quotable = Callable[[Chunk], tuple[str, ...]]
"""The pieces of a chunk that may be quoted; the dialogue decides what they are."""

SENTENCE_SHARE_LEXICAL = 0.35
SENTENCE_SHARE_SEMANTIC = 0.5
"""How much the best sentence counts beside the whole text. Chosen on half of XQuAD (evals/retrieval); confirmed on τ³."""

_GIST: dict[Language, int] = {"zh": 80, "en": 480}
"""Characters that a large index reads of a text for its meaning; words are read to the end. R@1 on XQuAD (595 and 397
questions): Chinese 95.5 with 80, 95.1 with all, 95.6 with every sentence; English 96.0 with 360, 96.5, 97.7.
"""

QUESTION_SIZE = 60.0
"""A text of at most this size (27 English words, 60 Chinese characters) is matched as a question is."""


@dataclass(frozen=True, slots=True)
class Parts:
    """``sentences`` is empty where it would only repeat ``whole``. ``quotable`` is compared with, never searched."""

    whole: str
    sentences: tuple[str, ...]
    questions: tuple[str, ...]
    quotable: tuple[str, ...] = ()
    is_short: bool = False
    """As short as a question, and matched as one."""


def to_parts(chunk: Chunk, *, quotable: Quotable | None = None) -> Parts:
    """Sentences are also list items and table rows, because each stands on a line of its own.

    A text as short as a question is one thought, and taken whole.
    """
    is_short = size_of(chunk.text) <= QUESTION_SIZE
    found = () if is_short else split_sentences(chunk.text)
    sentences = tuple(dict.fromkeys(sentence.text for sentence in found))
    return Parts(
        whole=whole_of(chunk),
        sentences=sentences if len(sentences) > 1 else (),
        questions=chunk.questions,
        quotable=() if quotable is None else quotable(chunk),
        is_short=is_short,
    )


def to_light_parts(chunk: Chunk) -> Parts:
    """What a large index has vectors for: the beginning, with title and headings, and the questions."""
    return Parts(whole_of(chunk)[: _GIST[chunk.language]], (), chunk.questions)


def whole_of(chunk: Chunk) -> str:
    """Its text under its title and headings."""
    return "\n".join((chunk.title, *chunk.heading_path, chunk.text))
