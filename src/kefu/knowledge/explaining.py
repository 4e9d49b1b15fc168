"""Why a question finds what it finds: every score before and after fusion, what matched, what was kept back and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk, Viewer
from kefu.kit.text import normalise
from kefu.knowledge.grouping import Scores
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.partition import LANGUAGES, Judged
from kefu.knowledge.parts import to_parts
from kefu.knowledge.stems import runs, stem
from kefu.knowledge.tokens import analyse
from kefu.knowledge.vocabulary import Vocabulary


class Hidden(StrEnum):
    """Why a chunk that would have been found was not."""

    SEGMENT = "segment"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REMOVED = "removed"
    BELOW_FLOOR = "below_floor"


class PartKind(StrEnum):
    WHOLE = "whole"
    SENTENCE = "sentence"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Place:
    """A score with its rank among all chunks of the language, whoever may see them; 1 is the best."""

    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class PartMatch:
    """The part of a chunk that is nearest: ``score`` is a share of the question's words, or a cosine."""

    kind: PartKind
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class SynonymMatch:
    """``asked`` are the question's words for a thing, ``found`` the chunk's."""

    asked: tuple[str, ...]
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk beside one question. ``semantic`` is None where no encoder speaks; ``hidden`` None when it was found."""

    chunk: Chunk
    fused: Place
    lexical: Place
    semantic: Place | None
    floor: float
    hidden: Hidden | None
    by_words: PartMatch | None
    by_meaning: PartMatch | None
    terms: tuple[str, ...]
    """The question's search terms that the chunk has; a concept that stands for synonyms begins with §."""
    missing: tuple[str, ...]
    synonyms: tuple[SynonymMatch, ...]


def explain(
    index: KnowledgeIndex,
    query: str,
    *,
    language: Language,
    viewer: Viewer,
    removed: frozenset[str] = frozenset(),
    limit: int = 8,
) -> tuple[list[Hit], list[Hit]]:
    """What was found, best first, and what was kept back although it scored as high, or scored next below the floor.

    ``index`` is all that its owner sees; both lists are at most ``limit`` long. As in a search, other languages are
    looked at only when the asker's own has no find.
    """
    explainer = _Explainer(index, query, language=language, viewer=viewer, removed=removed)
    found, kept_back = explainer.of((language,), limit=limit)
    if found:
        return found, kept_back
    foreign, also_kept = explainer.of([one for one in LANGUAGES if one != language], limit=limit)
    return foreign, _best([*kept_back, *also_kept], limit)


class _Explainer:
    def __init__(
        self, index: KnowledgeIndex, query: str, *, language: Language, viewer: Viewer, removed: frozenset[str]
    ) -> None:
        self._index = index
        self._query = query
        self._language = language
        self._viewer = viewer
        self._removed = removed

    def of(self, languages: Sequence[Language], *, limit: int) -> tuple[list[Hit], list[Hit]]:
        found: list[Hit] = []
        kept_back: list[Hit] = []
        for language in languages:
            for hit in self._of_language(language, limit):
                (found if hit.hidden is None else kept_back).append(hit)
        return _best(found, limit), _best(kept_back, limit)

    def _of_language(self, language: Language, limit: int) -> Iterator[Hit]:
        """The best ``limit`` that are found, and the best ``limit`` that are not."""
        partition = self._index.partition(language)
        judged = partition.judge(self._query, asked_in=self._language)
        counts = {True: 0, False: 0}
        for place in np.argsort(-judged.scores, kind="stable"):
            chunk = partition.chunks[place]
            hidden = self._hidden(chunk, float(judged.scores[place]), judged.floor)
            if judged.scores[place] <= 0 or counts[hidden is None] >= limit:
                if hidden is Hidden.BELOW_FLOOR:
                    return
                continue
            counts[hidden is None] += 1
            yield self._hit(chunk, judged, int(place), hidden=hidden, vocabulary=partition.vocabulary)

    def _hidden(self, chunk: Chunk, score: float, floor: float) -> Hidden | None:
        dates, now = chunk.availability, self._viewer.now
        if score < floor:
            return Hidden.BELOW_FLOOR
        if chunk.document_id in self._removed:
            return Hidden.REMOVED
        if dates.valid_from is not None and dates.valid_from > now:
            return Hidden.NOT_YET_VALID
        if dates.valid_until is not None and dates.valid_until <= now:
            return Hidden.EXPIRED
        return None if dates.covers(self._viewer) else Hidden.SEGMENT

    def _hit(self, chunk: Chunk, judged: Judged, place: int, *, hidden: Hidden | None, vocabulary: Vocabulary) -> Hit:
        asked = list(dict.fromkeys(analyse(self._query, vocabulary, is_query=True).words))
        said = "\n".join((chunk.title, *chunk.heading_path, *chunk.questions, chunk.text))
        has = set(analyse(said, vocabulary).words)
        return Hit(
            chunk=chunk,
            fused=_place(judged.scores, place),
            lexical=_place(judged.lexical, place),
            semantic=None if judged.cosines is None else _place(judged.cosines, place),
            floor=judged.floor,
            hidden=hidden,
            by_words=self._by_words(chunk, asked, vocabulary),
            by_meaning=None if judged.cosines is None else self._by_meaning(chunk),
            terms=tuple(term for term in asked if term in has),
            missing=tuple(term for term in asked if term not in has),
            synonyms=tuple(_synonyms(self._query, said, vocabulary)),
        )

    def _by_words(self, chunk: Chunk, asked: Sequence[str], vocabulary: Vocabulary) -> PartMatch | None:
        def share(text: str) -> float:
            has = set(analyse(text, vocabulary).words)
            return sum(term in has for term in asked) / len(asked) if asked else 0.0

        best = max((PartMatch(kind, text, share(text)) for kind, text in _parts(chunk)), key=lambda one: one.score)
        return best if best.score > 0 else None

    def _by_meaning(self, chunk: Chunk) -> PartMatch | None:
        matches = [
            PartMatch(kind, text, cosine)
            for kind, text in _parts(chunk)
            if (cosine := self._index.likeness(self._query, text, language=chunk.language)) is not None
        ]
        return max(matches, key=lambda one: one.score, default=None)


def _parts(chunk: Chunk) -> Iterator[tuple[PartKind, str]]:
    """The small parts first: of equal ones the smaller is told."""
    parts = to_parts(chunk)
    yield from ((PartKind.QUESTION, text) for text in parts.questions)
    yield from ((PartKind.SENTENCE, text) for text in parts.sentences)
    yield PartKind.WHOLE, parts.whole


def _place(scores: Scores, place: int) -> Place:
    return Place(float(scores[place]), int(np.count_nonzero(scores > scores[place])) + 1)


def _best(hits: Sequence[Hit], limit: int) -> list[Hit]:
    return sorted(hits, key=lambda hit: -hit.fused.score)[:limit]


def _synonyms(query: str, said: str, vocabulary: Vocabulary) -> Iterator[SynonymMatch]:
    """Where question and chunk have different words for one thing."""
    asked_in, said_in = _searchable(query, vocabulary.language), _searchable(said, vocabulary.language)
    for group in vocabulary.groups:
        forms = [(phrase, _searchable(phrase, vocabulary.language)) for phrase in group]
        asked = [phrase for phrase, form in forms if form.strip() and form in asked_in]
        found = [phrase for phrase, form in forms if form.strip() and form in said_in]
        if asked and found and not set(asked) & set(found):
            yield SynonymMatch(tuple(asked), tuple(found))


def _searchable(text: str, language: Language) -> str:
    plain = normalise(text).text
    return plain if language == "zh" else f" {' '.join(stem(run) for _, run in runs(plain))} "
