"""Content words of a question, and how well a text covers them.

A word counts as covered in full when it stands in the text, mostly when a synonym does, and in part when only a piece
of it does (a character pair of a Chinese compound, an English word one letter off).
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import rjieba

from kefu.dialogue.answer.lexicon import lexicon
from kefu.domain.conversation import Language
from kefu.kit.text import HAN, normalise
from kefu.knowledge.stems import stem
from kefu.knowledge.vocabulary import Vocabulary

SYNONYM = 0.85
PART = 0.5
SINGLE = 0.7
"""A lone character stands in many words."""
_ASKING = frozenset({"how"})
"""Groups that begin so ask for a type of answer; they name no topic."""
CERTAIN = 0.7
"""From this strength on, a term counts as present."""
_PRONOUNS = frozenset("it them this that these those me my you your us our".split())
"""They may stand inside a phrase (send it back)."""
_LONG, _PAIR = 5, 2
_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*")
_INTRODUCED = re.compile(r"(?:\b(?:an?|the|your|with|by|from|of|in|into|for|using|per|no|every)\s+)+([^\W\d_]+)")
_HAN_RUN = re.compile(rf"[{HAN}]+")


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A content word (English: stem or stemmed phrase) with its synonyms. Compared by identity, which is quick."""

    text: str
    synonyms: frozenset[str]
    topic: float = 1.0
    """How much a word of its kind says about the topic, in (0, 1]."""

    @property
    def is_han(self) -> bool:
        return _HAN_RUN.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Indexed:
    """A text to look terms up in. ``stems`` are its Latin words, ``joined`` the same between spaces."""

    plain: str
    stems: frozenset[str]
    joined: str


@lru_cache(maxsize=8192)
def indexed(text: str) -> Indexed:
    plain = normalise(text).text
    stems = [stem(run) for run in _RUN.findall(plain) if not _HAN_RUN.match(run)]
    return Indexed(plain, frozenset(stems), f" {' '.join(stems)} ")


@lru_cache(maxsize=512)
def question_terms(text: str, vocabulary: Vocabulary) -> tuple[Term, ...]:
    """Content terms in order, each once. Numbers are not terms."""
    plain = normalise(text).text
    found = dict.fromkeys(_chinese(plain, vocabulary) if vocabulary.language == "zh" else _english(plain, vocabulary))
    return tuple(
        Term(text, _synonyms(vocabulary).get(text, frozenset()), _topic(text, vocabulary))
        for text in found
        if not text.isdigit()
    )


def named_things(text: str, vocabulary: Vocabulary) -> tuple[Term, ...]:
    """The content terms that name a thing: nouns in Chinese; in English, which has no tagger here, what an article,
    a preposition or a possessive stands before.
    """
    terms = question_terms(text, vocabulary)
    if vocabulary.language == "zh":
        return tuple(term for term in terms if term.is_han and rjieba.tag(term.text)[0][1].startswith("n"))
    introduced = {stem(word) for word in _INTRODUCED.findall(normalise(text).text)}
    return tuple(term for term in terms if term.text in introduced and term.text not in _light_stems())


def _topic(text: str, vocabulary: Vocabulary) -> float:
    language = vocabulary.language
    kinds = lexicon(language).parts_of_speech
    if text in _phrases(vocabulary):
        return 1.0
    if language == "en":
        return kinds["light"] if text in _light_stems() else kinds["other"]
    tag = rjieba.tag(text)[0][1]
    return kinds.get(tag[:1], kinds["other"])


@cache
def _light_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in lexicon("en").light)


@lru_cache(maxsize=32_768)
def strength(term: Term, text: Indexed) -> float:
    """How surely the text speaks of the term, in [0, 1]."""
    if _holds(text, term.text):
        return 1.0 if len(term.text) > 1 else SINGLE
    if any(_holds(text, other) for other in term.synonyms):
        return SYNONYM
    if term.is_han:
        return PART * _shared_pairs(term.text, text.plain)
    return PART if len(term.text) >= _LONG and any(_is_close(term.text, other) for other in text.stems) else 0.0


def weights(terms: Sequence[Term], texts: Sequence[Indexed]) -> tuple[float, ...]:
    """Inverse document frequency over the passages at hand; a term that none of them has weighs most."""
    counts = (sum(strength(term, text) >= CERTAIN for text in texts) for term in terms)
    return tuple(
        term.topic * math.log(1 + len(texts) / (count + 0.5)) for term, count in zip(terms, counts, strict=True)
    )


def coverage(strengths: Iterable[float], weighted: Sequence[float]) -> float:
    """Weighted share of the terms that is covered; 0 without terms."""
    total = sum(weighted)
    return sum(one * weight for one, weight in zip(strengths, weighted, strict=True)) / total if total else 0.0


def _holds(text: Indexed, form: str) -> bool:
    return form in text.plain if _HAN_RUN.search(form) else f" {form} " in text.joined


def _shared_pairs(term: str, plain: str) -> float:
    pairs = [term[index : index + 2] for index in range(len(term) - 1)]
    if len(pairs) > 1:
        return sum(pair in plain for pair in pairs) / len(pairs)
    return 0.5 * sum(character in plain for character in term) / len(term) if len(term) > 1 else 0.0


def _is_close(one: str, other: str) -> bool:
    """One letter more, less, different or swapped, the first one aside."""
    if one[0] != other[0] or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, tail = one[start:], other[start:]
    is_swapped = rest[:2] == tail[:2][::-1] and rest[2:] == tail[2:]
    return is_swapped or rest[1:] == tail[1:] or rest[1:] == tail or rest == tail[1:]


def _english(plain: str, vocabulary: Vocabulary) -> list[str]:
    stop, phrases = lexicon("en").stop, _phrases(vocabulary)
    words = [word.replace("’", "'") for word in _RUN.findall(plain)]
    words = [word for word in words if word not in _PRONOUNS]
    stems = [stem(word) for word in words]
    found: list[str] = []
    index = 0
    while index < len(stems):
        size = next((size for size in (4, 3, 2) if " ".join(stems[index : index + size]) in phrases), 1)
        phrase = " ".join(stems[index : index + size])
        if size > 1 or (words[index] not in stop and stems[index] not in stop):
            found.append(phrase)
        index += size
    return found


def _chinese(plain: str, vocabulary: Vocabulary) -> list[str]:
    """Words; neighbours that together are a phrase of the trade are one term."""
    stop, phrases = lexicon("zh").stop, _phrases(vocabulary)
    found: list[str] = []
    for run in _RUN.findall(plain):
        is_chinese = _HAN_RUN.match(run)
        words = (
            [piece for word in vocabulary.cut(run) for piece in _pieces(word, phrases)] if is_chinese else [stem(run)]
        )
        found += _with_phrases(words, phrases)
    return [word for word in found if word not in stop]


def _with_phrases(words: Sequence[str], phrases: frozenset[str]) -> Iterator[str]:
    index = 0
    while index < len(words):
        size = next((size for size in (4, 3, 2) if "".join(words[index : index + size]) in phrases), 1)
        yield "".join(words[index : index + size])
        index += size


def _pieces(word: str, phrases: frozenset[str]) -> list[str]:
    """A long word that is no phrase itself, cut around the longest phrase in it (the cutter joins what it does not know)."""
    if len(word) <= _PAIR or word in phrases:
        return [word]
    spans = (
        (start, start + size) for size in range(len(word) - 1, _PAIR - 1, -1) for start in range(len(word) - size + 1)
    )
    inner = next(((start, end) for start, end in spans if word[start:end] in phrases), None)
    if inner is None:
        return [word]
    return [piece for piece in (word[: inner[0]], word[inner[0] : inner[1]], word[inner[1] :]) if piece]


@lru_cache(maxsize=128)
def _synonyms(vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    language = vocabulary.language
    table: dict[str, set[str]] = {}
    stop = lexicon(language).stop
    for group in vocabulary.groups:
        if group[0] in stop or group[0].split()[0] in _ASKING:
            continue
        forms = {_form(word, language) for word in group}
        for form in forms:
            table.setdefault(form, set()).update(other for other in forms if other != form and len(other) > 1)
    return {form: frozenset(others) for form, others in table.items()}


def _form(word: str, language: Language) -> str:
    return word if language == "zh" else " ".join(stem(run) for run in _RUN.findall(word))


@lru_cache(maxsize=128)
def _phrases(vocabulary: Vocabulary) -> frozenset[str]:
    """What is one term however many words it has."""
    return frozenset(_synonyms(vocabulary))
