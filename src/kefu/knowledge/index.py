"""A snapshot of what one workspace knows, ready to be searched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kefu.domain.conversation import Language
from kefu.domain.graph import Edge
from kefu.domain.knowledge import Chunk, Passage, Term, Viewer
from kefu.knowledge.embedding import Embedder, EmbedderError
from kefu.knowledge.fusion import Fusion
from kefu.knowledge.graph.graph import KnowledgeGraph
from kefu.knowledge.partition import LANGUAGES, Partition
from kefu.knowledge.parts import Parts, Quotable, to_parts
from kefu.knowledge.semantic import SemanticIndex, build_semantic
from kefu.knowledge.spelling.correction import Correction
from kefu.knowledge.vocabulary import Vocabulary, to_vocabulary
from kefu.storage.vector_port import VectorCollection, VectorStoreError

DEFAULT_LIMIT = 8


@dataclass(frozen=True, slots=True)
class KnowledgeIndex:
    """Immutable: the chunks of one knowledge version. A newer version is another object; searches need no lock.

    ``is_degraded``: the vector store was away while this was built, so that only words are searched.
    """

    workspace_id: str
    version: int
    is_degraded: bool
    _partitions: dict[Language, Partition]
    graph: KnowledgeGraph | None = None

    @property
    def size(self) -> int:
        """Number of chunks."""
        return sum(partition.size for partition in self._partitions.values())

    @property
    def vector_ids(self) -> frozenset[str]:
        """The ids this snapshot needs in its collection."""
        return frozenset().union(*(partition.vector_ids for partition in self._partitions.values()))

    def vocabulary(self, language: Language) -> Vocabulary:
        """The built-in terms and the workspace's own."""
        return self._partitions[language].vocabulary

    def seen_by(self, viewer: Viewer, *, without: frozenset[str] = frozenset()) -> "KnowledgeIndex":
        """The same snapshot as one viewer may search it: what is not for them is gone before anything is compared.

        ``without``: ids of documents that were taken out of use after this snapshot was made.
        """
        seen = {one: partition.seen_by(viewer, without=without) for one, partition in self._partitions.items()}
        graph = None if self.graph is None else self.graph.seen_by(viewer, without=without)
        return replace(self, _partitions=seen, graph=graph)

    def search(self, query: str, *, language: Language, limit: int = DEFAULT_LIMIT) -> list[Passage]:
        """The best passages, best first; at most ``limit``. Runs on the processor for a few milliseconds.

        Chunks in the asker's language come alone. Only when none of them is a find are the other languages searched:
        such a passage shows it by ``passage.chunk.language``.
        """
        leads = [] if self.graph is None else self.graph.leads(query, language=language)
        own = self._partitions[language].search(query, asked_in=language, limit=limit, leads=leads)
        return own or self.search_others(query, language=language, limit=limit)

    def search_others(self, query: str, *, language: Language, limit: int = DEFAULT_LIMIT) -> list[Passage]:
        """The best passages that are not in the asker's language; by meaning where the encoder knows both."""
        others = [
            passage
            for other in LANGUAGES
            if other != language
            for passage in self._partitions[other].search(query, asked_in=language, limit=limit)
        ]
        return sorted(others, key=lambda passage: -passage.score)[:limit]

    def correct(self, plain: str, *, language: Language) -> tuple[Correction, ...]:
        """What may be slips in a normalised question, by the words of this snapshot."""
        return self._partitions[language].speller.correct(plain)

    def likeness(self, query: str, text: str, *, language: Language) -> float | None:
        """Cosine of a question with a text in ``language``; None where no encoder knows it."""
        return self._partitions[language].likeness(query, text)


def build_index(
    chunks: Sequence[Chunk],
    *,
    workspace_id: str,
    version: int,
    embedder: Embedder,
    open_vectors: Callable[[], VectorCollection],
    fusion: Fusion,
    quotable: Quotable | None = None,
    terms: Sequence[Term] = (),
    edges: Sequence[Edge] = (),
) -> KnowledgeIndex:
    """Index chunks; embeds only texts whose vectors the collection does not have yet. Slow: call it in a thread.

    ``quotable``: the pieces that ``likeness`` will be asked for; without it they are encoded when they are asked for.
    ``open_vectors`` is called only if a language that the encoder knows has chunks.
    """
    own = {language: [chunk for chunk in chunks if chunk.language == language] for language in LANGUAGES}
    parts = {language: [to_parts(chunk, quotable=quotable) for chunk in own[language]] for language in LANGUAGES}
    semantic, is_degraded = _semantic(parts, embedder=embedder, open_vectors=open_vectors)
    partitions = {
        language: Partition(
            own[language],
            parts[language],
            vocabulary=to_vocabulary(language, terms),
            semantic=semantic.get(language),
            fusion=fusion,
        )
        for language in LANGUAGES
    }
    words = {language: partition.vocabulary for language, partition in partitions.items()}
    graph = KnowledgeGraph(edges, chunks, words) if edges else None
    return KnowledgeIndex(workspace_id, version, is_degraded, partitions, graph)


def _semantic(
    parts: Mapping[Language, Sequence[Parts]], *, embedder: Embedder, open_vectors: Callable[[], VectorCollection]
) -> tuple[dict[Language, SemanticIndex], bool]:
    """Words must go on without the encoder or the vector store; the caller builds again later."""
    known = {language: own for language, own in parts.items() if language in embedder.languages}
    if not any(known.values()):
        return {}, False
    try:
        return build_semantic(known, embedder=embedder, vectors=open_vectors()), False
    except (VectorStoreError, EmbedderError):
        return {}, True
