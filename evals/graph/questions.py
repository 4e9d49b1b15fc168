"""Our own questions that need a graph: lists, two steps, single attributes; over the demo knowledge and our own pages.

Documents and questions in ``data/`` are own work, CC0. ``expect`` are pieces that the quotes must have, ``avoid`` pieces
that they must not have. A question of the kind ``none`` has no answer here.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.answers.data_sets import demo_chunks
from kefu.domain.conversation import Language
from kefu.domain.graph import Edge
from kefu.domain.knowledge import Chunk
from kefu.knowledge.graph.assembly import Entities, to_edges
from kefu.knowledge.graph.drafts import Text
from kefu.knowledge.graph.extraction import GraphReader
from kefu.services.evaluation.answers import CorpusDocument, to_corpus_chunks

DATA = Path(__file__).parent / "data"
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class GraphQuestion:
    id: str
    kind: str
    text: str
    language: Language
    relevant: frozenset[str]
    expect: tuple[str, ...]
    avoid: tuple[str, ...]

    @property
    def is_for_tuning(self) -> bool:
        """Half of the questions, by the hash of the id; the other half is only reported on."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 2 == 0


def read_questions(*names: str) -> list[GraphQuestion]:
    """The questions of the named sets (default: all of both languages)."""
    return [
        GraphQuestion(
            row["id"],
            row["kind"],
            row["text"],
            language,
            frozenset(row["relevant"]),
            tuple(row["expect"]),
            tuple(row["avoid"]),
        )
        for name in names or ("questions",)
        for language in LANGUAGES
        for row in _rows(DATA / f"{name}.{language}.jsonl")
    ]


def all_chunks() -> list[Chunk]:
    """The demo knowledge and our own pages."""
    rows = [row for language in LANGUAGES for row in _rows(DATA / f"documents.{language}.jsonl")]
    own = [chunk for row in rows for chunk in to_corpus_chunks(CorpusDocument(row["id"], row["title"], row["text"]))]
    return [*demo_chunks(), *own]


def read_graph(chunks: Sequence[Chunk]) -> list[Edge]:
    """What the extractor reads of them, document by document, as the job does."""
    reader = GraphReader({})
    entities = Entities("evaluation")
    documents: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        documents[chunk.document_id].append(chunk)
    edges: list[Edge] = []
    for found in documents.values():
        drafts = reader.read(Text.of(chunk) for chunk in found)
        by_id = {chunk.id: chunk for chunk in found}
        edges += to_edges(drafts, by_id, entities=entities, now=datetime(2026, 1, 1, tzinfo=UTC))
    return edges


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
