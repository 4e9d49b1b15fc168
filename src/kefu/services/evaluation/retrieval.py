"""How well passages are found: recall, MRR and nDCG on labelled queries, and how fast."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kefu.kit.text import detect_language
from kefu.knowledge.embedding import Embedder
from kefu.knowledge.fusion import Floor, Fusion, Target, load_fusion
from kefu.knowledge.index import KnowledgeIndex
from kefu.services.evaluation.answers import CorpusDocument, LabelledQuestion, index_corpus
from kefu.storage.vector_port import VectorCollection

Side = Literal["fused", "lexical", "semantic"]
_DEPTH = 10
_SEARCH_LIMIT = 50
"""Passages asked for, so that ten different documents are among them."""


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """Means over queries in [0, 1]; times are milliseconds a query, encoding included."""

    n: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr_at_10: float
    ndcg_at_10: float
    p50_ms: float
    p95_ms: float


def evaluate_retrieval(
    corpus: Sequence[CorpusDocument],
    queries: Sequence[LabelledQuestion],
    *,
    embedder: Embedder | None = None,
    side: Side = "fused",
    vectors: VectorCollection | None = None,
) -> RetrievalFigures:
    """Index the corpus and search every query that has a relevant document.

    Recall is the share of queries with at least one relevant document so far up: one good source is what an answer
    needs. ``side``: also words alone or meaning alone, without a floor, to see what the mixture is worth.
    ``vectors``: this encoder's, which the sides can share.
    """
    index = index_corpus(corpus, embedder=embedder, fusion=to_fusion(side), vectors=vectors)
    asked = [query for query in queries if query.relevant]
    ranked = [_search(index, query.text) for query in asked]
    hits = [[document in query.relevant for document in found] for query, (found, _) in zip(asked, ranked, strict=True)]
    times = [milliseconds for _, milliseconds in ranked] or [0.0]
    return RetrievalFigures(
        n=len(asked),
        recall_at_1=_mean([any(row[:1]) for row in hits]),
        recall_at_5=_mean([any(row[:5]) for row in hits]),
        recall_at_10=_mean([any(row[:_DEPTH]) for row in hits]),
        mrr_at_10=_mean([_reciprocal_rank(row) for row in hits]),
        ndcg_at_10=_mean([_ndcg(row, len(query.relevant)) for row, query in zip(hits, asked, strict=True)]),
        p50_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
    )


def to_fusion(side: Side) -> Fusion:
    """The shipped numbers, or one side of them."""
    shipped = load_fusion()
    if side == "fused":
        return shipped
    weight = 0.0 if side == "lexical" else 1.0
    weights = {language: dict.fromkeys(Target, weight) for language in shipped.semantic_weight}
    return replace(shipped, semantic_weight=weights, floor=Floor(mixed=0.0, lexical=0.0))


def _search(index: KnowledgeIndex, text: str) -> tuple[list[str], float]:
    """The ten best documents, each by its best passage, and the time in milliseconds."""
    started = time.perf_counter()
    passages = index.search(text, language=detect_language(text), limit=_SEARCH_LIMIT)
    elapsed = (time.perf_counter() - started) * 1000
    return list(dict.fromkeys(passage.chunk.document_key for passage in passages))[:_DEPTH], elapsed


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _reciprocal_rank(row: Sequence[bool]) -> float:
    return next((1 / rank for rank, is_hit in enumerate(row, start=1) if is_hit), 0.0)


def _ndcg(row: Sequence[bool], relevant: int) -> float:
    """Normalised discounted cumulative gain with binary relevance (Järvelin and Kekäläinen 2002)."""
    gain = sum(1 / math.log2(rank + 1) for rank, is_hit in enumerate(row, start=1) if is_hit)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(relevant, _DEPTH) + 1))
    return gain / ideal
