"""What a question asks: its content words with their weights, the type of answer, the numbers in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kefu.dialogue.answer.lexicon import lexicon
from kefu.dialogue.answer.terms import Indexed, Term, indexed, question_terms, weights
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Passage
from kefu.kit.text import normalise
from kefu.knowledge.vocabulary import Vocabulary

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FIGURES = frozenset({"duration", "amount", "time"})
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-|–|—|~|\u81f3|\u5230|to)\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question read against the passages found for it; ``weights`` belong to ``terms``."""

    text: str
    language: Language
    terms: tuple[Term, ...]
    weights: tuple[float, ...]
    types: tuple[str, ...]
    numbers: tuple[float, ...]


def read_question(question: str, passages: Sequence[Passage], vocabulary: Vocabulary) -> Asked:
    language = vocabulary.language
    terms = question_terms(question, vocabulary)
    return Asked(
        text=question,
        language=language,
        terms=terms,
        weights=weights(terms, [whole(passage) for passage in passages]),
        types=_types(question, language),
        numbers=_numbers(question),
    )


@lru_cache(maxsize=512)
def _types(question: str, language: Language) -> tuple[str, ...]:
    plain = normalise(question).text
    return tuple(kind.name for kind in lexicon(language).types if kind.ask.search(plain))


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in _NUMBER.findall(normalise(text).text.replace(",", "")))


def whole(passage: Passage) -> Indexed:
    """Everything a passage says or is found by."""
    chunk = passage.chunk
    return indexed("\n".join((chunk.title, *chunk.heading_path, *chunk.questions, chunk.text)))


def heading(passage: Passage) -> Indexed:
    """What stands above the passage: title and headings, for a FAQ its questions."""
    return indexed("\n".join((passage.chunk.title, *passage.chunk.heading_path, *passage.chunk.questions)))


def type_match(asked: Asked, text: str, language: Language) -> float:
    """Share of the answer types asked for that ``text`` (in ``language``) has; 0.5 when none is asked for.

    A question for a figure (how long, how much, when) is judged by that alone: nearly any text can answer "can I".
    """
    wanted = [name for name in asked.types if name in _FIGURES] or list(asked.types)
    if not wanted:
        return 0.5
    return sum(name in _answered_types(text, language) for name in wanted) / len(wanted)


@lru_cache(maxsize=8192)
def _answered_types(text: str, language: Language) -> frozenset[str]:
    plain = normalise(text).text
    return frozenset(kind.name for kind in lexicon(language).types if kind.answer.search(plain))


def number_match(asked: Asked, text: str) -> float:
    """Share of the question's numbers that the text states or has in a range; 0.5 without numbers."""
    if not asked.numbers:
        return 0.5
    stated, ranges = _stated(text)
    return sum(
        number in stated or any(low <= number <= high for low, high in ranges) for number in asked.numbers
    ) / len(asked.numbers)


@lru_cache(maxsize=8192)
def _stated(text: str) -> tuple[frozenset[float], tuple[tuple[float, float], ...]]:
    plain = normalise(text).text.replace(",", "")
    ranges = tuple((float(low), float(high)) for low, high in _RANGE.findall(plain))
    return frozenset(float(number) for number in _NUMBER.findall(plain)), ranges


def asked_alike(question: str, passage: Passage) -> float:
    """Best likeness (Dice of character pairs, in [0, 1]) of the question to one of a FAQ's own wordings."""
    return max((likeness(question, other) for other in passage.chunk.questions), default=0.0)


def likeness(one: str, other: str) -> float:
    """Dice coefficient of the character pairs of two texts."""
    first, second = _grams(one), _grams(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


@lru_cache(maxsize=8192)
def _grams(text: str) -> frozenset[str]:
    plain = "".join(character for character in normalise(text).text if character.isalnum())
    return frozenset(plain[index : index + 2] for index in range(len(plain) - 1))
