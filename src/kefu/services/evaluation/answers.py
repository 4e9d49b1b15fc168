"""How often the answer core is right, wrong and silent on questions whose right documents are known.

An answer is wrong when the question has none, or when no quoted document is a right one. ECE compares the probability
of every question that has a quote, answered or not, with how often the quote was right (10 equal bins).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kefu.dialogue.answer.finding import Finder, Finding
from kefu.dialogue.answer.units import quotable
from kefu.dialogue.calibrate import Calibrator
from kefu.dialogue.features import Features
from kefu.domain.conversation import Language
from kefu.domain.graph import Edge
from kefu.domain.knowledge import Chunk, Document
from kefu.kit.ids import new_id
from kefu.kit.text import detect_language
from kefu.knowledge.chunking import to_chunks
from kefu.knowledge.documents import read_page
from kefu.knowledge.embedding import Embedder, NullEmbedder
from kefu.knowledge.fusion import Fusion, load_fusion
from kefu.knowledge.index import KnowledgeIndex, build_index
from kefu.knowledge.reader import NullReader, Reader
from kefu.storage.vector_port import MemoryVectors, VectorCollection

WORKSPACE = "evaluation"
BINS = 10


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """A line of the corpus file; ``text`` may be Markdown."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A line of the question file; no ``relevant`` document means that there is no answer. ``kind`` is free."""

    id: str
    text: str
    relevant: frozenset[str]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question. ``is_right``: a quoted document is relevant, whether it was said or not."""

    question: LabelledQuestion
    language: Language
    finding: Finding
    is_right: bool

    @property
    def is_answered(self) -> bool:
        return self.finding.is_answerable

    @property
    def is_wrong(self) -> bool:
        return self.is_answered and not self.is_right

    @property
    def features(self) -> Features | None:
        return self.finding.features


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """Counts, and: coverage = answered / answerable questions, risk = wrong / answered, ece in [0, 1]."""

    n: int
    answerable: int
    answered: int
    wrong: int
    abstained: int
    coverage: float
    risk: float
    ece: float


def evaluate_answers(
    corpus: Sequence[CorpusDocument],
    questions: Sequence[LabelledQuestion],
    *,
    embedder: Embedder | None = None,
    reader: Reader | None = None,
) -> AnswerFigures:
    """Index the corpus, ask every question without a model, count. Without embedder and reader words alone speak."""
    index = index_corpus(corpus, embedder=embedder)
    return to_figures(ask_all(index, questions, finder=Finder(Calibrator.load(), reader or NullReader())))


def index_corpus(
    corpus: Sequence[CorpusDocument],
    *,
    embedder: Embedder | None = None,
    fusion: Fusion | None = None,
    vectors: VectorCollection | None = None,
) -> KnowledgeIndex:
    chunks = [chunk for document in corpus for chunk in to_corpus_chunks(document)]
    return index_chunks(chunks, embedder=embedder, fusion=fusion, vectors=vectors)


def index_chunks(
    chunks: Sequence[Chunk],
    *,
    embedder: Embedder | None = None,
    fusion: Fusion | None = None,
    edges: Sequence[Edge] = (),
    vectors: VectorCollection | None = None,
) -> KnowledgeIndex:
    """An index in memory; without an embedder it knows words only. ``fusion``: default the one that ships.

    ``vectors``: this encoder's, which several indexes of the same texts can share, so that each text is encoded once.
    """
    encoder = embedder or NullEmbedder()
    return build_index(
        chunks,
        workspace_id=WORKSPACE,
        version=1,
        embedder=encoder,
        open_vectors=lambda: MemoryVectors(dimension=encoder.dimension) if vectors is None else vectors,
        fusion=fusion or load_fusion(),
        quotable=quotable,
        edges=edges,
    )


def ask_all(index: KnowledgeIndex, questions: Iterable[LabelledQuestion], *, finder: Finder) -> list[Outcome]:
    return [_ask(index, question, finder) for question in questions]


def _ask(index: KnowledgeIndex, question: LabelledQuestion, finder: Finder) -> Outcome:
    language = detect_language(question.text)
    finding = finder.find_now(question.text, language=language, index=index)
    quoted = {quote.passage.chunk.document_key for quote in finding.quotes}
    return Outcome(question, language, finding, is_right=bool(quoted & question.relevant))


def to_figures(outcomes: Sequence[Outcome]) -> AnswerFigures:
    answered = sum(outcome.is_answered for outcome in outcomes)
    wrong = sum(outcome.is_wrong for outcome in outcomes)
    answerable = sum(bool(outcome.question.relevant) for outcome in outcomes)
    return AnswerFigures(
        n=len(outcomes),
        answerable=answerable,
        answered=answered,
        wrong=wrong,
        abstained=len(outcomes) - answered,
        coverage=_share(answered - wrong, answerable),
        risk=_share(wrong, answered),
        ece=expected_calibration_error([(outcome.finding.probability, outcome.is_right) for outcome in outcomes]),
    )


def expected_calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Mean distance between probability and frequency over equal bins, weighted by their size (Naeini 2015)."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for probability, is_right in pairs:
        bins[min(BINS - 1, int(probability * BINS))].append((probability, is_right))
    gaps = (abs(sum(p for p, _ in one) - sum(right for _, right in one)) for one in bins if one)
    return sum(gaps) / len(pairs) if pairs else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def to_corpus_chunks(line: CorpusDocument) -> list[Chunk]:
    parsed = read_page(line.text, file=line.id, key=line.id)
    document = Document(
        id=new_id("doc"),
        workspace_id=WORKSPACE,
        key=line.id,
        version=1,
        kind=parsed.draft.kind,
        title=line.title,  # never the id, which may say what the text is about
        language=parsed.draft.language,
        text=parsed.draft.text,
        content_hash="",
        created_at=datetime.now(UTC),
    )
    return to_chunks(parsed, document)
