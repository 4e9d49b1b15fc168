"""A snapshot of what one workspace knows, ready to be searched."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kefu.domain.conversation import Language
from kefu.domain.graph import Edge
from kefu.domain.knowledge import Chunk, Passage, Term, Viewer
from kefu.domain.policy import AnswerPolicy
from kefu.kit.canonical import sha256_of
from kefu.knowledge.coverage import TermNumbers
from kefu.knowledge.embedding import Embedder, EmbedderError
from kefu.knowledge.fusion import Fusion
from kefu.knowledge.graph.graph import KnowledgeGraph
from kefu.knowledge.graph.side import Listed
from kefu.knowledge.partition import LANGUAGES, Partition
from kefu.knowledge.parts import Parts, Quotable, to_light_parts, to_parts
from kefu.knowledge.port import Proven
from kefu.knowledge.reading import Reading, read
from kefu.knowledge.semantic import EXACT_LIMIT, SemanticIndex, build_semantic, to_texts
from kefu.knowledge.spelling.correction import Correction
from kefu.knowledge.vocabulary import Vocabulary, to_vocabulary
from kefu.storage.vector_port import VectorCollection, VectorStoreError

DEFAULT_LIMIT = 8
_WASTE, _SPARE = 2, 100_000
"""When so many times the terms of the first reading, and a few, have a number, all is read anew."""


@dataclass(frozen=True, slots=True)
class KnowledgeIndex:
    """Immutable: the chunks of one knowledge version. A newer version is another object; searches need no lock.

    ``is_degraded``: the vector store was away while this was built, so that only words are searched.
    ``encoder``: the label of the one whose vectors are compared; empty where only words are.
    """

    workspace_id: str
    version: int
    is_degraded: bool
    encoder: str
    _partitions: dict[Language, Partition] = field(repr=False)
    _read: "_Read" = field(repr=False)
    graph: KnowledgeGraph | None = None
    policy: AnswerPolicy | None = None
    """How sure an answer from it must be; None: as the built-in thresholds say."""

    @property
    def versions(self) -> dict[str, str]:
        """Of what is searched, and of what it is read with."""
        return {"knowledge": str(self.version), "encoder": self.encoder, "terms": self._read.terms_hash}

    @property
    def size(self) -> int:
        """Number of chunks."""
        return sum(partition.size for partition in self._partitions.values())

    @property
    def vector_ids(self) -> frozenset[str]:
        """The ids of the vectors in this snapshot."""
        return frozenset().union(*(partition.vector_ids for partition in self._partitions.values()))

    @property
    def semantic(self) -> dict[Language, SemanticIndex]:
        """The languages that are compared by meaning."""
        return {one: found for one, part in self._partitions.items() if (found := part.semantic) is not None}

    def find_reusable(self, terms: tuple[Term, ...]) -> "_Read | None":
        """What a newer snapshot with these terms takes over; None when all must be read anew."""
        read = self._read
        is_wasteful = len(read.numbers) > _WASTE * read.numbered + _SPARE
        return read if read.own_terms == terms and not is_wasteful else None

    def vocabulary(self, language: Language) -> Vocabulary:
        """The built-in terms and the workspace's own."""
        return self._partitions[language].vocabulary

    def partition(self, language: Language) -> Partition:
        """The chunks of one language, for who wants to know how each fares."""
        return self._partitions[language]

    def seen_by(self, viewer: Viewer, *, without: frozenset[str] = frozenset()) -> "KnowledgeIndex":
        """The same snapshot as one viewer may search it: what is not for them is gone before anything is compared.

        ``without``: ids of documents that were taken out of use after this snapshot was made.
        """
        seen = {one: partition.seen_by(viewer, without=without) for one, partition in self._partitions.items()}
        graph = None if self.graph is None else self.graph.seen_by(viewer, without=without)
        return replace(self, _partitions=seen, graph=graph)

    def find_first(self, document_key: str, *, language: Language) -> Chunk | None:
        """The first chunk of a document, in this language before others; None when it is not there for this viewer."""
        order = sorted(LANGUAGES, key=lambda one: one != language)
        found = (self._partitions[one].find_first(document_key) for one in order)
        return next((chunk for chunk in found if chunk is not None), None)

    def held_to(self, policy: AnswerPolicy | None) -> "KnowledgeIndex":
        """The same snapshot under the policy of this moment, which may change without it."""
        return self if policy is self.policy else replace(self, policy=policy)

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

    def look_up(self, question: str, *, language: Language) -> tuple[Proven, ...]:
        """The members of a class that a question asks for, each with its proof, by the knowledge graph."""
        listing = None if self.graph is None else self.graph.look_up(question, language=language)
        return () if listing is None else tuple(_to_proven(member) for member in listing.members)

    def likeness(self, query: str, text: str, *, language: Language) -> float | None:
        """Cosine of a question with a text in ``language``; None where no encoder knows it."""
        return self._partitions[language].likeness(query, text)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the next snapshot can take over: readings by chunk, while the workspace's own terms stay the same."""

    own_terms: tuple[Term, ...]
    terms_hash: str
    vocabularies: Mapping[Language, Vocabulary]
    numbers: TermNumbers
    numbered: int
    """Terms that there were when all chunks were last read."""
    readings: Mapping[str, Reading]


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
    before: KnowledgeIndex | None = None,
    edges: Sequence[Edge] = (),
) -> KnowledgeIndex:
    """Index chunks; embeds only texts whose vectors the collection does not have yet. Slow: call it in a thread.

    ``quotable``: the pieces that ``likeness`` will be asked for; without it they are encoded when they are asked for.
    ``open_vectors`` is called only if a language that the encoder knows has chunks.
    ``before``: an older snapshot, of which all that has not changed is taken over. Not for two builds at a time.
    """
    own = by_language(chunks)
    known = _read_all(own, terms=tuple(terms), before=before)
    readings = {language: [known.readings[chunk.id] for chunk in own[language]] for language in LANGUAGES}
    parts = {
        language: _to_searched(own[language], [one.sentences.count for one in readings[language]], quotable=quotable)
        for language in LANGUAGES
        if language in embedder.languages
    }
    semantic, is_degraded = _semantic(parts, embedder=embedder, open_vectors=open_vectors, before=before)
    partitions = {
        language: Partition(
            own[language],
            readings[language],
            terms=known.numbers,
            vocabulary=known.vocabularies[language],
            semantic=semantic.get(language),
            fusion=fusion,
        )
        for language in LANGUAGES
    }
    encoder = to_label(embedder) if semantic else ""
    words = {language: partition.vocabulary for language, partition in partitions.items()}
    graph = KnowledgeGraph(edges, chunks, words) if edges else None
    return KnowledgeIndex(workspace_id, version, is_degraded, encoder, partitions, known, graph)


def by_language(chunks: Sequence[Chunk]) -> dict[Language, list[Chunk]]:
    return {language: [chunk for chunk in chunks if chunk.language == language] for language in LANGUAGES}


def to_label(embedder: Embedder) -> str:
    """Names an encoder and its version: vectors of two labels are never compared. Raises EmbedderError."""
    return f"{embedder.name}-{embedder.version}"


def list_texts(chunks: Sequence[Chunk], *, embedder: Embedder, quotable: Quotable) -> dict[str, str]:
    """All texts that a snapshot of these chunks needs vectors for, by the vector's id. Raises EmbedderError."""
    known = [own for language, own in by_language(chunks).items() if language in embedder.languages]
    parts = [_to_searched(own, [len(to_parts(chunk).sentences) for chunk in own], quotable=quotable) for own in known]
    return to_texts([own for own, _ in parts], embedder=embedder)


def _read_all(
    own: Mapping[Language, Sequence[Chunk]], *, terms: tuple[Term, ...], before: KnowledgeIndex | None
) -> _Read:
    """The readings of all chunks; those of before where the vocabulary is the same."""
    older = None if before is None else before.find_reusable(terms)
    numbers = TermNumbers() if older is None else older.numbers
    vocabularies = (
        {language: to_vocabulary(language, terms) for language in LANGUAGES} if older is None else older.vocabularies
    )
    known = {} if older is None else older.readings
    readings = {
        chunk.id: known.get(chunk.id) or read(to_parts(chunk), vocabularies[language], numbers)
        for language, chunks in own.items()
        for chunk in chunks
    }
    numbered = len(numbers) if older is None else older.numbered
    return _Read(terms, hash_of_terms(terms), vocabularies, numbers, numbered, readings)


def hash_of_terms(terms: Sequence[Term]) -> str:
    """Names the words of a workspace's own; in whatever order they come."""
    return sha256_of(sorted(sha256_of([term.language, term.text, term.synonyms, term.kind]) for term in terms))[:16]


def _to_proven(member: Listed) -> Proven:
    proof = member.edge.proof
    assert proof is not None, "only what is proved is listed"
    return Proven(member.edge.subject.name, proof.sentence, proof.start, proof.end, member.chunk, member.score)


def _to_searched(
    chunks: Sequence[Chunk], sentences: Iterable[int], *, quotable: Quotable | None
) -> tuple[list[Parts], bool]:
    """What has a vector, and whether that is a large index, which has none of sentences and of quotes."""
    searched = sum(1 + count + len(chunk.questions) for chunk, count in zip(chunks, sentences, strict=True))
    if searched > EXACT_LIMIT:
        return [to_light_parts(chunk) for chunk in chunks], True
    return [to_parts(chunk, quotable=quotable) for chunk in chunks], False


def _semantic(
    parts: Mapping[Language, tuple[Sequence[Parts], bool]],
    *,
    embedder: Embedder,
    open_vectors: Callable[[], VectorCollection],
    before: KnowledgeIndex | None,
) -> tuple[dict[Language, SemanticIndex], bool]:
    """Words must go on without the encoder or the vector store; the caller builds again later."""
    known = {language: own for language, (own, _) in parts.items()}
    if not any(known.values()):
        return {}, False
    large = frozenset(language for language in known if parts[language][1])
    try:
        older = before.semantic if before is not None and before.encoder == to_label(embedder) else {}
        return build_semantic(known, embedder=embedder, vectors=open_vectors(), large=large, before=older), False
    except (VectorStoreError, EmbedderError):
        return {}, True
