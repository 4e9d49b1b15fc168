"""``python -m evals.graph``: hybrid search alone against hybrid search with the knowledge graph, on the same questions.

Half of the questions chose the weight and the rules (tune); only the other half is a measurement (held out). An answer is
complete when every expected piece is quoted and nothing that must not be. Intervals of differences are paired bootstraps.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from evals.answers.data_sets import blind_questions, own_questions
from evals.graph.questions import LANGUAGES, GraphQuestion, all_chunks, read_graph, read_questions
from kefu.dialogue.answer.finding import Finder, Finding
from kefu.dialogue.calibrate import Calibrator
from kefu.knowledge.embedding import NullEmbedder, create_embedder
from kefu.knowledge.fusion import load_fusion
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.reader import create_reader
from kefu.services.evaluation.answers import ask_all, index_chunks, to_figures
from kefu.storage.vector_port import MemoryVectors

_ROUNDS = 4_000
_DEPTH = 5
_TIMED = 200
_KINDS = ("list", "two_hop", "attribute", "none")


@dataclass(frozen=True, slots=True)
class Score:
    """``recall``: share of the relevant documents among the first five; ``found``: share of what is expected, quoted."""

    recall: float
    found: float
    is_clean: bool
    is_complete: bool
    is_answered: bool


def main() -> None:
    parser = argparse.ArgumentParser(prog="evals.graph")
    parser.add_argument("--words-only", action="store_true", help="without an encoder")
    parser.add_argument("--weights", default="", help="comma-separated weights to try on the tuning half")
    parser.add_argument("--show", default="", choices=["", "tune", "held"], help="print what went wrong in a half")
    parser.add_argument("--no-harm", action="store_true", help="ask the demo's own and blind questions as well")
    options = parser.parse_args()
    embedder = NullEmbedder() if options.words_only else create_embedder()
    chunks = all_chunks()
    started = time.perf_counter()
    edges = read_graph(chunks)
    print(
        f"{len(edges)} edges of {len(chunks)} chunks in {time.perf_counter() - started:.1f} s; encoder: {embedder.name}"
    )
    vectors = MemoryVectors(dimension=embedder.dimension)
    with_graph = index_chunks(chunks, embedder=embedder, edges=edges, vectors=vectors)
    without = replace(with_graph, graph=None)
    questions = read_questions()
    for weight in filter(None, options.weights.split(",")):
        fusion = replace(load_fusion(), graph=float(weight))
        index = index_chunks(chunks, embedder=embedder, edges=edges, fusion=fusion, vectors=vectors)
        _print(f"weight {weight}", [_score(index, one) for one in questions if one.is_for_tuning])
    for name, half in _halves(questions):
        _compare(name, half, without, with_graph, show=options.show == name)
    _time(with_graph, without, questions)
    if options.no_harm:
        _no_harm(with_graph, without)


def _halves(questions: Sequence[GraphQuestion]) -> list[tuple[str, list[GraphQuestion]]]:
    return [
        ("tune", [one for one in questions if one.is_for_tuning]),
        ("held", [one for one in questions if not one.is_for_tuning]),
    ]


def _compare(
    name: str, questions: Sequence[GraphQuestion], without: KnowledgeIndex, with_graph: KnowledgeIndex, *, show: bool
) -> None:
    print(f"\n== {name}: {len(questions)} questions")
    for kind in ("all", *_KINDS):
        asked = [one for one in questions if kind in ("all", one.kind)]
        before, after = [_score(without, one) for one in asked], [_score(with_graph, one) for one in asked]
        if asked:
            _print(f"{kind} hybrid", before)
            _print(f"{kind} + graph", after)
            for figure in ("recall", "found", "is_complete"):
                low, mean, high = _difference(before, after, figure)
                print(f"{'':24}{figure:12} {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    if show:
        for question in questions:
            _show(question, without, with_graph)


def _score(index: KnowledgeIndex, question: GraphQuestion) -> Score:
    finding = _find(index, question)
    keys = list(
        dict.fromkeys(one.chunk.document_key for one in index.search(question.text, language=question.language))
    )
    quoted = "\n".join(quote.text for quote in finding.quotes) if finding.is_answerable else ""
    if not question.expect:
        silent = not finding.is_answerable
        return Score(float(silent), float(silent), silent, silent, finding.is_answerable)
    found = sum(piece in quoted for piece in question.expect) / len(question.expect)
    is_clean = not any(piece in quoted for piece in question.avoid)
    recall = len(question.relevant.intersection(keys[:_DEPTH])) / len(question.relevant)
    return Score(recall, found, is_clean, found == 1.0 and is_clean, finding.is_answerable)


@cache
def _finder() -> Finder:
    return Finder(Calibrator.load(), create_reader())


def _find(index: KnowledgeIndex, question: GraphQuestion) -> Finding:
    return _finder().find_now(question.text, language=question.language, index=index)


def _print(name: str, scores: Sequence[Score]) -> None:
    mean = {field: np.mean([float(getattr(one, field)) for one in scores]) for field in Score.__slots__}
    print(
        f"{name:20} n={len(scores):3}  recall@5 {mean['recall']:.3f}  found {mean['found']:.3f}  "
        f"clean {mean['is_clean']:.3f}  complete {mean['is_complete']:.3f}  answered {mean['is_answered']:.3f}"
    )


def _difference(before: Sequence[Score], after: Sequence[Score], figure: str) -> tuple[float, float, float]:
    """Mean difference with a 95 % interval, questions drawn in pairs."""
    pairs = zip(before, after, strict=True)
    gains = np.array([float(getattr(new, figure)) - float(getattr(old, figure)) for old, new in pairs])
    drawn = np.random.default_rng(7).integers(0, len(gains), size=(_ROUNDS, len(gains)))
    low, high = np.percentile(gains[drawn].mean(axis=1), [2.5, 97.5])
    return float(low), float(gains.mean()), float(high)


def _show(question: GraphQuestion, without: KnowledgeIndex, with_graph: KnowledgeIndex) -> None:
    score = _score(with_graph, question)
    if score.is_complete:
        return
    before, finding = _score(without, question), _find(with_graph, question)
    print(
        f"\n- {question.kind} {question.text}  p={finding.probability:.2f} of {finding.threshold:.2f} {score} before {before.found:.2f}"
    )
    for quote in finding.quotes:
        print(f"    {quote.passage.chunk.document_key} {quote.passage.graph:.2f} {quote.text[:110]!r}")


def _time(with_graph: KnowledgeIndex, without: KnowledgeIndex, questions: Sequence[GraphQuestion]) -> None:
    """What the graph costs a search: the same questions on both, each once to warm up."""
    asked = [*questions, *questions, *questions][:_TIMED]
    figures = []
    for index in (without, with_graph):
        times = []
        for number, one in enumerate([*questions, *asked]):
            started = time.perf_counter()
            index.search(one.text, language=one.language)
            if number >= len(questions):
                times.append((time.perf_counter() - started) * 1000)
        figures.append(np.percentile(times, [50, 95]))
    (p50, p95), (new50, new95) = figures
    print(f"\na search: {p50:.2f} ms (p95 {p95:.2f}), with the graph {new50:.2f} ms (p95 {new95:.2f})")


def _no_harm(with_graph: KnowledgeIndex, without: KnowledgeIndex) -> None:
    """Questions that need no graph: the demo's own and blind ones, on the same documents."""
    print("\n== questions that need no graph")
    for language in LANGUAGES:
        for name, asked in (("own", own_questions(language)), ("blind", blind_questions(language))):
            for label, index in (("hybrid", without), ("+ graph", with_graph)):
                hits = [
                    bool(
                        one.relevant
                        & {found.chunk.document_key for found in index.search(one.text, language=language)[:1]}
                    )
                    for one in asked
                    if one.relevant
                ]
                figures = to_figures(ask_all(index, asked, finder=_finder()))
                right = figures.answered - figures.wrong
                print(
                    f"{name} {language} {label:8} R@1 {np.mean(hits):.4f}  right {right}/{figures.answerable}  "
                    f"wrong {figures.wrong}  answered {figures.answered}"
                )


if __name__ == "__main__":
    main()
