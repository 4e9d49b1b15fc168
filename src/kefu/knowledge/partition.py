"""The chunks of one language, searched by words and by meaning."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import get_args

import numpy as np

from kefu.domain.conversation import Language
from kefu.domain.knowledge import ALWAYS, Availability, Chunk, Passage, Viewer
from kefu.knowledge.coverage import TermNumbers
from kefu.knowledge.fusion import Fusion
from kefu.knowledge.graph.side import Lead
from kefu.knowledge.grouping import Places, Scores
from kefu.knowledge.lexical import LexicalIndex
from kefu.knowledge.reading import Reading
from kefu.knowledge.semantic import SemanticIndex
from kefu.knowledge.spelling.speller import build_speller
from kefu.knowledge.vocabulary import Vocabulary

LANGUAGES: tuple[Language, ...] = get_args(Language)
_LIKELY = 400
"""Of a large snapshot so many chunks, the best by a rough look, are compared exactly."""
_NONE: Places = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Judged:
    """How every chunk fares beside a question, float32 [chunks]; ``cosines`` is None where meaning cannot speak.

    ``scores`` is -1 where a chunk is out of the question.
    """

    lexical: Scores
    cosines: Scores | None
    scores: Scores
    floor: float
    """A score under it is no find."""


class Partition:
    """One language of a snapshot. ``semantic`` is None where no encoder knows the language."""

    def __init__(
        self,
        chunks: Sequence[Chunk],
        readings: Sequence[Reading],
        *,
        terms: TermNumbers,
        vocabulary: Vocabulary,
        semantic: SemanticIndex | None,
        fusion: Fusion,
    ) -> None:
        self.chunks = tuple(chunks)
        self.vocabulary = vocabulary
        self._language: Language = vocabulary.language
        self._lexical = LexicalIndex(readings, terms, vocabulary)
        self.semantic = semantic
        self._limited = _by_availability(self.chunks)
        self._documents = _by_document(self.chunks)
        self.hidden = _NONE
        self.speller = build_speller(
            [one for one, chunk in zip(readings, chunks, strict=True) if chunk.availability == ALWAYS],
            terms,
            vocabulary,
        )
        """By what everybody may read: a correction must not tell a word of a document that is not for its asker."""
        self._blend = fusion.blend(self._language, [one.target for one in readings])
        self._graph_weight = np.float32(fusion.graph)
        self._places = {chunk.id: place for place, chunk in enumerate(self.chunks)}
        self._across = fusion.blend_across(len(self.chunks))

    @property
    def size(self) -> int:
        return len(self.chunks)

    def find_first(self, document_key: str) -> Chunk | None:
        """The first chunk of a document that this viewer may see."""
        hidden = frozenset(self.hidden.tolist())
        places = (place for place, chunk in enumerate(self.chunks) if chunk.document_key == document_key)
        return next((self.chunks[place] for place in places if place not in hidden), None)

    def seen_by(self, viewer: Viewer, *, without: frozenset[str]) -> "Partition":
        """This partition as a viewer may search it; ``without``: ids of documents that are out of use by now."""
        places = [found for availability, found in self._limited.items() if not availability.covers(viewer)]
        gone = [place for document in without for place in self._documents.get(document, ())]
        if not places and not gone:
            return self
        restricted = copy(self)
        restricted.hidden = np.concatenate([*places, np.array(gone, dtype=np.int64)])
        return restricted

    @property
    def vector_ids(self) -> frozenset[str]:
        return frozenset() if self.semantic is None else self.semantic.ids

    def search(self, query: str, *, asked_in: Language, limit: int, leads: Sequence[Lead] = ()) -> list[Passage]:
        """Passages of at least the floor's score, best first; equal scores keep the order of the chunks.

        ``leads``: chunks that the knowledge graph leads to; each raises its score.
        """
        led = self._led_to(leads)
        judged = self._judge(query, asked_in=asked_in, hidden=self.hidden, led=led)
        found = np.flatnonzero(judged.scores >= judged.floor)
        best = found[np.argsort(-judged.scores[found], kind="stable")[:limit]]
        return [
            Passage(
                self.chunks[place],
                score=float(judged.scores[place]),
                lexical=float(judged.lexical[place]),
                semantic=0.0 if judged.cosines is None else max(0.0, float(judged.cosines[place])),
                graph=led[int(place)].score if int(place) in led else 0.0,
                way=led[int(place)].way if int(place) in led else "",
            )
            for place in best
        ]

    def judge(self, query: str, *, asked_in: Language) -> Judged:
        """The scores of all chunks by words and meaning, whoever may see them."""
        return self._judge(query, asked_in=asked_in, hidden=_NONE, led={})

    def _led_to(self, leads: Sequence[Lead]) -> dict[int, Lead]:
        """By place, the surest lead of each chunk that is led to."""
        best: dict[int, Lead] = {}
        for lead in leads:
            place = self._places.get(lead.chunk_id)
            if place is not None and (place not in best or best[place].score < lead.score):
                best[place] = lead
        return best

    def _follow(self, led: Mapping[int, Lead], scores: Scores) -> None:
        """Raise the scores of the chunks that are led to and not out of the question."""
        for place, lead in led.items():
            if scores[place] >= 0:
                scores[place] += self._graph_weight * lead.score * (1 - scores[place])

    def likeness(self, query: str, text: str) -> float | None:
        """Cosine of a question with a text; None without an encoder."""
        return None if self.semantic is None else self.semantic.likeness(query, text)

    def _judge(self, query: str, *, asked_in: Language, hidden: Places, led: Mapping[int, Lead]) -> Judged:
        blend = self._blend if asked_in == self._language else self._across
        lexical = self._lexical.score(query)
        cosines = self._cosines(query, asked_in=asked_in)
        scores = blend.score(lexical, cosines)
        scores[hidden] = -1.0
        self._follow(led, scores)
        if self.semantic is not None and cosines is not None and self.semantic.is_rough:
            likely = np.sort(np.argpartition(-scores, min(_LIKELY, len(scores) - 1))[:_LIKELY])
            cosines[likely] = self.semantic.score_exactly(query, likely)
            exact = blend.of(likely).score(lexical[likely], cosines[likely])
            exact[scores[likely] < 0] = -1.0
            scores[:] = -1.0
            scores[likely] = exact
            self._follow(led, scores)
        return Judged(lexical, cosines, scores, blend.floor.lexical if cosines is None else blend.floor.mixed)

    def _cosines(self, query: str, *, asked_in: Language) -> Scores | None:
        """None when meaning cannot speak: no encoder, or a language it does not know."""
        if self.semantic is None or not self.semantic.understands(asked_in):
            return None
        return self.semantic.score(query)


def _by_availability(chunks: Sequence[Chunk]) -> dict[Availability, Places]:
    """Where the chunks lie that are not for everybody at every time."""
    places: dict[Availability, list[int]] = {}
    for place, chunk in enumerate(chunks):
        if chunk.availability != ALWAYS:
            places.setdefault(chunk.availability, []).append(place)
    return {availability: np.array(found, dtype=np.int64) for availability, found in places.items()}


def _by_document(chunks: Sequence[Chunk]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, chunk in enumerate(chunks):
        places.setdefault(chunk.document_id, []).append(place)
    return places
