"""``python -m evals.retrieval.fit``: choose the numbers of fusion.json on validation data.

Prints every setting with its recall at 1 on each set and marks the best allowed one. Writes nothing: a person copies
the numbers, because a change of them asks for new answer thresholds as well (evals/answers).
"""

import hashlib
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.answers.data_sets import demo_chunks, own_questions
from evals.retrieval.converters import Converted, banking, xquad
from evals.retrieval.place import find_data
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk
from kefu.knowledge.coverage import TermNumbers
from kefu.knowledge.embedding import Embedder, create_embedder
from kefu.knowledge.fusion import Fusion, Target, load_fusion
from kefu.knowledge.lexical import LexicalIndex
from kefu.knowledge.parts import to_parts
from kefu.knowledge.reading import read
from kefu.knowledge.semantic import build_semantic
from kefu.knowledge.vocabulary import built_in
from kefu.services.evaluation.answers import CorpusDocument, LabelledQuestion, to_corpus_chunks
from kefu.storage.vector_port import MemoryVectors

TOLERANCE = 0.005
_DEPTH = 10
_QUESTION = {"en": (0.5, 0.6, 0.7, 0.8), "zh": (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)}
_PAGE = {"en": (0.3, 0.4, 0.5, 0.6), "zh": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)}
_EXPONENT = (1.0, 1.2, 1.4, 1.6)
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sides:
    """Both scores of every chunk for every query, [queries, chunks]; fusing them again is cheap."""

    name: str
    language: Language
    is_public: bool
    lexical: Matrix
    cosines: Matrix | None
    targets: list[Target]
    documents: list[str]
    queries: list[LabelledQuestion]

    def ranks(self, fusion: Fusion) -> NDArray[np.float64]:
        """Reciprocal rank of the first relevant document of each query, 0 past ten."""
        blend = fusion.blend(self.language, self.targets)
        return np.array(
            [
                self._reciprocal(
                    blend.score(self.lexical[row], None if self.cosines is None else self.cosines[row]), query
                )
                for row, query in enumerate(self.queries)
            ]
        )

    def _reciprocal(self, scores: NDArray[np.float32], query: LabelledQuestion) -> float:
        best = np.argsort(-scores, kind="stable")
        found = itertools.islice(dict.fromkeys(self.documents[place] for place in best), _DEPTH)
        return next((1 / rank for rank, name in enumerate(found, start=1) if name in query.relevant), 0.0)


def measure(
    name: str, chunks: Sequence[Chunk], queries: Sequence[LabelledQuestion], *, language: Language, embedder: Embedder
) -> Sides:
    own = [chunk for chunk in chunks if chunk.language == language]
    parts = [to_parts(chunk) for chunk in own]
    numbers = TermNumbers()
    readings = [read(one, built_in(language), numbers) for one in parts]
    words = LexicalIndex(readings, numbers, built_in(language))
    cosines: Matrix | None = None
    if language in embedder.languages:
        vectors = MemoryVectors(dimension=embedder.dimension)
        meaning = build_semantic({language: parts}, embedder=embedder, vectors=vectors)[language]
        rows = [meaning.score(query.text) for query in queries]
        cosines = np.stack([row for row in rows if row is not None])
    return Sides(
        name=name,
        language=language,
        is_public=not name.startswith("demo"),
        lexical=np.stack([words.score(query.text) for query in queries]),
        cosines=cosines,
        targets=[one.target for one in readings],
        documents=[chunk.document_key for chunk in own],
        queries=list(queries),
    )


def validation_sets(data: Path, *, embedder: Embedder) -> list[Sides]:
    """Only what may be fitted on; the other halves are for reporting."""
    sets: list[Sides] = []
    for language in ("en", "zh"):
        own = [one for one in own_questions(language) if one.relevant and _is_validation(one.id)]
        sets.append(measure(f"demo-{language}", demo_chunks(), own, language=language, embedder=embedder))
        converted = xquad(data, language)
        halved = Converted(converted.corpus, converted.queries[::2])
        sets.append(_measure_public(f"xquad-{language}", halved, language=language, embedder=embedder))
    sets.append(_measure_public("banking77", banking(data, part="validation"), language="en", embedder=embedder))
    return sets


def _is_validation(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def _measure_public(name: str, converted: Converted, *, language: Language, embedder: Embedder) -> Sides:
    documents = [CorpusDocument(str(row["id"]), str(row["title"]), str(row["text"])) for row in converted.corpus]
    queries = [
        LabelledQuestion(str(row["id"]), str(row["text"]), frozenset(map(str, relevant)))
        for row in converted.queries
        if isinstance(relevant := row["relevant"], list)
    ]
    chunks = [chunk for document in documents for chunk in to_corpus_chunks(document)]
    return measure(name, chunks, queries, language=language, embedder=embedder)


def settings(language: Language) -> list[Fusion]:
    weights = itertools.product(_QUESTION[language], _PAGE[language])
    return [_setting(question, page, exponent) for (question, page), exponent in itertools.product(weights, _EXPONENT)]


def _setting(question: float, page: float, exponent: float) -> Fusion:
    weights = {Target.QUESTION: question, Target.PAGE: page}
    return replace(
        load_fusion(),
        semantic_weight={"zh": weights, "en": weights},
        page_exponent={"zh": exponent, "en": exponent},
    )


def choose(sets: Sequence[Sides], language: Language) -> None:
    own = [one for one in sets if one.language == language]
    sides = [_setting(0.0, 0.0, 1.0), _setting(1.0, 1.0, 1.0)]
    bars = [max(float((one.ranks(side) == 1).mean()) for side in sides) - TOLERANCE for one in own]
    rows = [(fusion, [one.ranks(fusion) for one in own]) for fusion in settings(language)]
    allowed = [
        row
        for row in rows
        if all(
            (ranks == 1).mean() >= bar or not one.is_public for one, ranks, bar in zip(own, row[1], bars, strict=True)
        )
    ]
    best = max(allowed, key=lambda row: float(np.mean([ranks.mean() for ranks in row[1]])), default=None)
    print("question page exponent  " + "  ".join(one.name for one in own))
    for fusion, per_set in rows:
        weight = fusion.semantic_weight[language]
        shares = "  ".join(f"{(ranks == 1).mean() * 100:.1f}/{ranks.mean() * 100:.1f}" for ranks in per_set)
        mark = "  <- best" if best is not None and fusion is best[0] else ""
        print(f"{weight[Target.QUESTION]:8} {weight[Target.PAGE]:4} {fusion.page_exponent[language]:8}  {shares}{mark}")


def main() -> int:
    data = find_data()
    if data is None:
        return 0
    sets = validation_sets(data, embedder=create_embedder())
    for language in ("en", "zh"):
        choose(sets, language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
