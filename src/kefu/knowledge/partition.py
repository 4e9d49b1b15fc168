"""The chunks of one language, searched by words and by meaning."""

from collections.abc import Sequence
from copy import copy
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from kefu.domain.conversation import Language
from kefu.domain.knowledge import ALWAYS, Availability, Chunk, Passage, Viewer
from kefu.knowledge.chunking import size_of
from kefu.knowledge.fusion import Fusion, Target
from kefu.knowledge.graph.side import Lead
from kefu.knowledge.grouping import Scores
from kefu.knowledge.lexical import LexicalIndex
from kefu.knowledge.parts import QUESTION_SIZE, Parts
from kefu.knowledge.semantic import SemanticIndex
from kefu.knowledge.spelling.speller import build_speller
from kefu.knowledge.vocabulary import Vocabulary

LANGUAGES: tuple[Language, ...] = get_args(Language)
_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


class Partition:
    """One language of a snapshot. ``semantic`` is None where no encoder knows the language."""

    def __init__(
        self,
        chunks: Sequence[Chunk],
        parts: Sequence[Parts],
        *,
        vocabulary: Vocabulary,
        semantic: SemanticIndex | None,
        fusion: Fusion,
    ) -> None:
        self._chunks = tuple(chunks)
        self.vocabulary = vocabulary
        self._language: Language = vocabulary.language
        self._lexical = LexicalIndex(parts, vocabulary)
        self._semantic = semantic
        self._limited = _by_availability(self._chunks)
        self.hidden: NDArray[np.int64] = _NONE
        self.speller = build_speller(
            [part for part, chunk in zip(parts, chunks, strict=True) if chunk.availability == ALWAYS], vocabulary
        )
        """By what everybody may read: a correction must not tell a word of a document that is not for its asker."""
        self._blend = fusion.blend(self._language, [to_target(chunk) for chunk in self._chunks])
        self._graph_weight = np.float32(fusion.graph)
        self._places = {chunk.id: place for place, chunk in enumerate(self._chunks)}
        self._across = fusion.blend_across(len(self._chunks))

    @property
    def size(self) -> int:
        return len(self._chunks)

    def seen_by(self, viewer: Viewer, *, without: frozenset[str]) -> "Partition":
        """This partition as a viewer may search it; ``without``: ids of documents that are out of use by now."""
        places = [found for availability, found in self._limited.items() if not availability.covers(viewer)]
        gone = [place for place, chunk in enumerate(self._chunks) if chunk.document_id in without] if without else []
        if not places and not gone:
            return self
        restricted = copy(self)
        restricted.hidden = np.concatenate([*places, np.array(gone, dtype=np.int64)])
        return restricted

    @property
    def vector_ids(self) -> frozenset[str]:
        return frozenset() if self._semantic is None else self._semantic.ids

    def search(self, query: str, *, asked_in: Language, limit: int, leads: Sequence[Lead] = ()) -> list[Passage]:
        """Passages of at least the floor's score, best first; equal scores keep the order of the chunks.

        ``leads``: chunks that the knowledge graph leads to; each raises its score.
        """
        lexical = self._lexical.score(query)
        cosines = self._cosines(query, asked_in=asked_in)
        blend = self._blend if asked_in == self._language else self._across
        scores = blend.score(lexical, cosines)
        led = self._follow(leads, scores)
        scores[self.hidden] = -1.0
        floor = blend.floor.lexical if cosines is None else blend.floor.mixed
        best = np.argsort(-scores, kind="stable")[:limit]
        return [
            Passage(
                self._chunks[place],
                score=float(scores[place]),
                lexical=float(lexical[place]),
                semantic=0.0 if cosines is None else max(0.0, float(cosines[place])),
                graph=led[int(place)].score if int(place) in led else 0.0,
                way=led[int(place)].way if int(place) in led else "",
            )
            for place in best
            if scores[place] >= floor
        ]

    def _follow(self, leads: Sequence[Lead], scores: Scores) -> dict[int, Lead]:
        """Raise the scores of the chunks that are led to; by place, the surest lead of each."""
        best: dict[int, Lead] = {}
        for lead in leads:
            place = self._places.get(lead.chunk_id)
            if place is not None and (place not in best or best[place].score < lead.score):
                best[place] = lead
        for place, lead in best.items():
            scores[place] += self._graph_weight * lead.score * (1 - scores[place])
        return best

    def likeness(self, query: str, text: str) -> float | None:
        """Cosine of a question with a text; None without an encoder."""
        return None if self._semantic is None else self._semantic.likeness(query, text)

    def _cosines(self, query: str, *, asked_in: Language) -> Scores | None:
        """None when meaning cannot speak: no encoder, a language it does not know, or a store that is away."""
        if self._semantic is None or not self._semantic.understands(asked_in):
            return None
        return self._semantic.score(query)


def _by_availability(chunks: Sequence[Chunk]) -> dict[Availability, NDArray[np.int64]]:
    """Where the chunks lie that are not for everybody at every time."""
    places: dict[Availability, list[int]] = {}
    for place, chunk in enumerate(chunks):
        if chunk.availability != ALWAYS:
            places.setdefault(chunk.availability, []).append(place)
    return {availability: np.array(found, dtype=np.int64) for availability, found in places.items()}


def to_target(chunk: Chunk) -> Target:
    return Target.QUESTION if chunk.questions or size_of(chunk.text) <= QUESTION_SIZE else Target.PAGE
