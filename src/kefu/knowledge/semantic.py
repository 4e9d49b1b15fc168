"""Meaning: the vectors of the chunks of one language.

A chunk has vectors for its whole text, its sentences and its questions, by which it is found, and for the pieces that
may be quoted, so that a turn encodes its question and nothing else. Ids are hashes of encoder and text: equal texts
share a vector, an unchanged chunk keeps its own in every version, and two processes that fill one collection write the
same.

The collection keeps the vectors; a snapshot reads them into memory once, so that it needs no store to answer and no
later version can leak into it. Past EXACT_LIMIT a language keeps only the vectors of questions and of the beginnings of
texts, because the others would make its index ten times slower to fill for little (docs/operate/size.md), and compares
in two steps: roughly with all, exactly with the likeliest.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

from kefu.domain.conversation import Language
from kefu.knowledge.embedding import Embedder, EmbedderError, Side, Vectors
from kefu.knowledge.grouping import Grouping, Places, Scores
from kefu.knowledge.matrix import ExactMatrix, Halves, Matrix, RoughMatrix
from kefu.knowledge.parts import SENTENCE_SHARE_SEMANTIC, Parts
from kefu.storage.vector_port import VectorCollection, VectorStoreError

EXACT_LIMIT = 50_000
"""Vectors of one language that a question is compared with one by one (77 MB, about 4 ms); those of quotes come on top."""
EMBED_BATCH = 256
_GET_BATCH = 5_000
_REMEMBERED = 4096
"""Vectors of questions (and of a large snapshot's quotes) that the languages of an index keep together (6 MB)."""

Encode = Callable[[str, Side], Vectors]
"""The vector of one text, now. Raises EmbedderError."""


class SemanticIndex:
    """What a question means beside every chunk. Raises VectorStoreError when made, never when asked."""

    def __init__(
        self,
        parts: Sequence[Parts],
        *,
        embedder: Embedder,
        encode: Encode,
        vectors: VectorCollection,
        is_large: bool = False,
        before: "SemanticIndex | None" = None,
    ) -> None:
        self._embedder = embedder
        self._encode = encode
        kinds = [
            [one.whole for one in parts],
            _flat(one.sentences for one in parts),
            _flat(one.questions for one in parts),
        ]
        self._name = to_namer(embedder)
        names = [self._name(text) for text in chain(*kinds)]
        self._searched = len(names)
        self._ends = np.cumsum([len(kind) for kind in kinds])[:-1]
        self._sentences = Grouping([len(one.sentences) for one in parts])
        self._questions = Grouping([len(one.questions) for one in parts])
        quotes = {self._name(text) for one in parts for text in one.quotable}
        rows = [*names, *sorted(quotes.difference(names))]
        self._rows = {name: row for row, name in enumerate(rows)}
        self._matrix: Matrix
        if is_large:
            halves: Halves = np.empty((len(rows), embedder.dimension), dtype=np.float16)
            _fill(halves, rows, vectors=vectors, before=before)
            self._matrix = RoughMatrix(halves)
        else:
            matrix: Vectors = np.empty((len(rows), embedder.dimension), dtype=np.float32)
            _fill(matrix, rows, vectors=vectors, before=before)
            self._matrix = ExactMatrix(matrix)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._rows)

    @property
    def is_rough(self) -> bool:
        """Whether ``score`` only tells which chunks are worth ``score_exactly``."""
        return self._matrix.is_rough

    def understands(self, language: Language) -> bool:
        """Whether a question in this language can be compared with these chunks."""
        return language in self._embedder.languages

    def score(self, query: str) -> Scores | None:
        """Float32 [chunks] in [-1, 1]; None when the encoder does not answer."""
        try:
            vector = self._encode(query, "query")
        except EmbedderError:
            return None
        whole, sentences, questions = np.split(self._matrix.dots(vector, first=self._searched), self._ends)
        sentence = self._sentences.best(sentences, otherwise=whole)
        question = self._questions.best(questions, otherwise=-1.0)
        scores: Scores = np.maximum(question, whole + np.float32(SENTENCE_SHARE_SEMANTIC) * (sentence - whole))
        return scores

    def score_exactly(self, query: str, chunks: Places) -> Scores:
        """The exact scores of some chunks of a large snapshot, right after ``score`` of the same query."""
        vector = self._encode(query, "query")
        whole = np.einsum("ij,j->i", self._matrix.take(chunks), vector)
        places, owners = self._questions.pick(chunks)
        questions = np.einsum("ij,j->i", self._matrix.take(places + self._ends[-1]), vector)
        scores: Scores = np.maximum(owners.best(questions, otherwise=-1.0), whole)
        return scores

    def likeness(self, query: str, text: str) -> float | None:
        """Cosine of a question with any text; None when the encoder does not answer."""
        try:
            return float(self._encode(query, "query") @ self._passage(text))
        except EmbedderError:
            return None

    def find_places(self, names: Sequence[str]) -> Places:
        """Where the vectors of these ids are kept; -1 where they are not."""
        return np.array([self._rows.get(name, -1) for name in names], dtype=np.int64)

    def take(self, places: Places) -> Vectors:
        return self._matrix.take(places)

    def _passage(self, text: str) -> Vectors:
        """A text of this snapshot is not encoded again."""
        row = self._rows.get(self._name(text))
        return self._encode(text, "passage") if row is None else self._matrix.take([row])[0]


def build_semantic(
    parts: Mapping[Language, Sequence[Parts]],
    *,
    embedder: Embedder,
    vectors: VectorCollection,
    large: frozenset[Language] = frozenset(),
    before: Mapping[Language, SemanticIndex] | None = None,
) -> dict[Language, SemanticIndex]:
    """Embed what the collection does not have yet, then index each language. Raises VectorStoreError and EmbedderError.

    ``large``: languages that are compared in two steps. ``before``: an older snapshot by the same encoder, whose
    vectors are taken over.
    """
    older = before or {}
    known = frozenset().union(*(index.ids for index in older.values()))
    texts = to_texts(parts.values(), embedder=embedder)
    embed_missing({name: text for name, text in texts.items() if name not in known}, embedder=embedder, vectors=vectors)
    encode: Encode = lru_cache(_REMEMBERED)(lambda text, side: embedder.embed_now(text, side=side))
    return {
        language: SemanticIndex(
            own,
            embedder=embedder,
            encode=encode,
            vectors=vectors,
            is_large=language in large,
            before=older.get(language),
        )
        for language, own in parts.items()
        if own
    }


def to_texts(parts: Iterable[Sequence[Parts]], *, embedder: Embedder) -> dict[str, str]:
    """The texts that need a vector, by its id."""
    name = to_namer(embedder)
    return {
        name(text): text
        for own in parts
        for one in own
        for text in (one.whole, *one.sentences, *one.questions, *one.quotable)
    }


def to_namer(embedder: Embedder) -> Callable[[str], str]:
    """Gives each text 32 hex digits that name its vector by this encoder. Raises EmbedderError."""
    encoder = hashlib.sha256(f"{embedder.name}\0{embedder.version}\0".encode())

    def name(text: str) -> str:
        digest = encoder.copy()
        digest.update(text.encode())
        return digest.hexdigest()[:32]

    return name


def find_missing(names: Sequence[str], vectors: VectorCollection) -> list[str]:
    """Which of these ids the collection does not have."""
    known = vectors.list_ids() if len(names) > _GET_BATCH else vectors.get(names)
    return [name for name in names if name not in known]


def embed_missing(texts: Mapping[str, str], *, embedder: Embedder, vectors: VectorCollection) -> None:
    """Give the collection the vectors that it lacks."""
    missing = find_missing(list(texts), vectors) if texts else []
    for batch in to_batches(missing):
        vectors.upsert(batch, embedder.embed([texts[name] for name in batch]))


def to_batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many as are embedded and stored at a time."""
    for start in range(0, len(names), EMBED_BATCH):
        yield names[start : start + EMBED_BATCH]


def _flat(groups: Iterable[Sequence[str]]) -> list[str]:
    return [text for group in groups for text in group]


def _fill(
    matrix: Vectors | Halves, rows: Sequence[str], *, vectors: VectorCollection, before: SemanticIndex | None
) -> None:
    """From the older snapshot where it has them as precisely, else from the collection."""
    places = np.full(len(rows), -1)
    if before is not None and (matrix.dtype == np.float16 or not before.is_rough):
        places = before.find_places(rows)
    for start in range(0, len(rows), _GET_BATCH):
        here = np.arange(start, min(start + _GET_BATCH, len(rows)))
        kept = here[places[here] >= 0]
        if before is not None and len(kept):
            matrix[kept] = before.take(places[kept])
        absent = here[places[here] < 0]
        stored = vectors.get(sorted({rows[place] for place in absent}))
        for place in absent:
            if rows[place] not in stored:
                raise VectorStoreError("A vector that was just written is not there.")
            matrix[place] = stored[rows[place]]
