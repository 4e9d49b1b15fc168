"""Meaning: the vectors of the chunks of one language.

A chunk has vectors for its whole text, its sentences and its questions, by which it is found, and for the pieces that
may be quoted, so that a turn encodes its question and nothing else. Ids are hashes of encoder and text: equal texts
share a vector, an unchanged chunk keeps its own in every version, and two processes that fill one collection write the
same.

The collection keeps the vectors; a snapshot of usual size reads them into memory once and compares exactly (14,000
vectors, which is about 2,000 chunks: 1 ms and 21 MB), so that it needs no store to answer and no later version can leak
into it. Past EXACT_LIMIT the collection's own nearest neighbours are asked instead.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np

from kefu.domain.conversation import Language
from kefu.knowledge.embedding import Embedder, EmbedderError, Side, Vectors
from kefu.knowledge.grouping import Grouping, Scores
from kefu.knowledge.parts import SENTENCE_SHARE_SEMANTIC, Parts
from kefu.storage.vector_port import VectorCollection, VectorStoreError

EXACT_LIMIT = 50_000
"""Vectors of one language that a question is compared with in memory (77 MB, about 4 ms); those of quotes come on top."""
_NEIGHBOURS = 128
_EMBED_BATCH = 256
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
        exact_limit: int,
    ) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._encode = encode
        kinds = [
            [one.whole for one in parts],
            _flat(one.sentences for one in parts),
            _flat(one.questions for one in parts),
        ]
        self._names = [to_vector_id(embedder, text) for text in chain(*kinds)]
        self._ends = np.cumsum([len(kind) for kind in kinds])[:-1]
        self._sentences = Grouping([len(one.sentences) for one in parts])
        self._questions = Grouping([len(one.questions) for one in parts])
        quotes = {to_vector_id(embedder, text) for one in parts for text in one.quotable}
        self.ids = frozenset(quotes.union(self._names))
        rows = [*self._names, *sorted(quotes.difference(self._names))]
        self._rows = {name: row for row, name in enumerate(rows)}
        self._matrix = self._load(rows) if len(self._names) <= exact_limit else None

    def understands(self, language: Language) -> bool:
        """Whether a question in this language can be compared with these chunks."""
        return language in self._embedder.languages

    def score(self, query: str) -> Scores | None:
        """Float32 [chunks] in [-1, 1]; None when the encoder does not answer, or when this snapshot is a large one and its store does not."""
        try:
            vector = self._encode(query, "query")
        except EmbedderError:
            return None
        cosines = self._neighbours(vector) if self._matrix is None else _dot(self._matrix[: len(self._names)], vector)
        if cosines is None:
            return None
        whole, sentences, questions = np.split(cosines, self._ends)
        sentence = self._sentences.best(sentences, otherwise=whole)
        question = self._questions.best(questions, otherwise=-1.0)
        scores: Scores = np.maximum(question, whole + np.float32(SENTENCE_SHARE_SEMANTIC) * (sentence - whole))
        return scores

    def likeness(self, query: str, text: str) -> float | None:
        """Cosine of a question with any text; None when the encoder does not answer."""
        try:
            return float(self._encode(query, "query") @ self._passage(text))
        except EmbedderError:
            return None

    def _passage(self, text: str) -> Vectors:
        """A text of this snapshot is not encoded again."""
        row = self._rows.get(to_vector_id(self._embedder, text))
        return self._encode(text, "passage") if self._matrix is None or row is None else self._matrix[row]

    def _load(self, rows: Sequence[str]) -> Vectors:
        """What is searched, then what is only quoted."""
        stored = self._vectors.get(sorted(self.ids))
        missing = len(self.ids) - len(stored)
        if missing:
            raise VectorStoreError(f"{missing} vectors that were just written are not there.")
        if not rows:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        return np.stack([stored[name] for name in rows])

    def _neighbours(self, vector: Vectors) -> Scores | None:
        """What is not among the nearest counts as unrelated."""
        try:
            near = {one.id: one.cosine for one in self._vectors.query(vector, limit=_NEIGHBOURS)}
        except VectorStoreError:
            return None
        return np.array([near.get(name, 0.0) for name in self._names], dtype=np.float32)


def _dot(matrix: Vectors, vector: Vectors) -> Scores:
    """Cosines of unit vectors, on one thread: with ``@`` OpenBLAS spreads 3 million products over all cores, and on a
    busy machine waiting for the slowest takes 3 to 10 ms instead of 0.5.
    """
    cosines: Scores = np.einsum("ij,j->i", matrix, vector)
    return cosines


def build_semantic(
    parts: Mapping[Language, Sequence[Parts]],
    *,
    embedder: Embedder,
    vectors: VectorCollection,
    exact_limit: int = EXACT_LIMIT,
) -> dict[Language, SemanticIndex]:
    """Embed what the collection does not have yet, then index each language. Raises VectorStoreError."""
    if any(_searched(own) > exact_limit for own in parts.values()):
        # A large snapshot asks the collection for neighbours, where quotes would take the places of chunks.
        parts = {language: [replace(one, quotable=()) for one in own] for language, own in parts.items()}
    texts = {
        to_vector_id(embedder, text): text
        for own in parts.values()
        for one in own
        for text in (one.whole, *one.sentences, *one.questions, *one.quotable)
    }
    if texts:
        _embed_missing(texts, embedder=embedder, vectors=vectors)
    encode: Encode = lru_cache(_REMEMBERED)(lambda text, side: embedder.embed_now(text, side=side))
    return {
        language: SemanticIndex(own, embedder=embedder, encode=encode, vectors=vectors, exact_limit=exact_limit)
        for language, own in parts.items()
        if own
    }


def _searched(parts: Sequence[Parts]) -> int:
    """Number of vectors that a question is compared with."""
    return sum(1 + len(one.sentences) + len(one.questions) for one in parts)


def to_vector_id(embedder: Embedder, text: str) -> str:
    """32 hex digits that name the vector of this text by this encoder."""
    return hashlib.sha256(f"{embedder.name}\0{embedder.version}\0{text}".encode()).hexdigest()[:32]


def _flat(groups: Iterable[Sequence[str]]) -> list[str]:
    return [text for group in groups for text in group]


def _embed_missing(texts: Mapping[str, str], *, embedder: Embedder, vectors: VectorCollection) -> None:
    known = vectors.list_ids()
    missing = [name for name in texts if name not in known]
    for start in range(0, len(missing), _EMBED_BATCH):
        batch = missing[start : start + _EMBED_BATCH]
        vectors.upsert(batch, embedder.embed([texts[name] for name in batch]))
