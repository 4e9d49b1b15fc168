"""Fit the weights by which quotes.py ranks passages, and print them: ``python -m evals.answers.rank``.

A conditional logit: among the passages of a question, how likely is each to be the right one (McFadden 1974). Fitted on
four fifths of our own questions, scored on the rest; the weights are then rounded into quotes.py by hand.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from evals.answers.data_sets import LANGUAGES, demo_chunks, fold_of, own_questions
from kefu.dialogue.answer.asked import asked_alike, heading, number_match, read_question, type_match, whole
from kefu.dialogue.answer.terms import coverage, indexed, strength
from kefu.dialogue.answer.units import cut_units
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Passage
from kefu.knowledge.embedding import NullEmbedder, create_embedder
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.vocabulary import built_in
from kefu.services.evaluation.answers import index_chunks

Values = NDArray[np.float64]
Question = tuple[Values, NDArray[np.bool_], int]
"""Features of its passages [n, k], which are right [n], the fold."""
NAMES = ("rank", "lexical", "semantic", "whole", "above", "inside", "alike", "type", "numbers", "faq")
FOLDS, HELD_OUT = 5, 0
PENALTY = 0.3


def main() -> None:
    asked: list[Question] = []
    for embedder in (NullEmbedder(), create_embedder()):
        index = index_chunks(demo_chunks(), embedder=embedder)
        for language in LANGUAGES:
            if embedder.name == "none" or language in embedder.languages:
                rows = _questions(index, language)
                weights = _fit([row for row in rows if row[2] != HELD_OUT])
                _print(f"{language} {embedder.name}", weights, [row for row in rows if row[2] == HELD_OUT])
                asked += rows
    weights = _fit([row for row in asked if row[2] != HELD_OUT])
    _print("together", weights, [row for row in asked if row[2] == HELD_OUT])


def _questions(index: KnowledgeIndex, language: Language) -> list[Question]:
    found: list[Question] = []
    for question in own_questions(language):
        passages = index.search(question.text, language=language)
        right = np.array([passage.chunk.document_key in question.relevant for passage in passages], dtype=bool)
        if right.any():
            found.append((_features(question.text, passages, language), right, fold_of(question, FOLDS)))
    return found


def _features(question: str, passages: Sequence[Passage], language: Language) -> Values:
    asked = read_question(question, passages, built_in(language))
    best = passages[0].score
    rows: list[list[float]] = []
    for passage in passages:
        chunk = passage.chunk
        units = [unit.text for unit in cut_units(chunk.text, chunk.language, is_faq=bool(chunk.questions))]
        covered = [
            coverage((strength(term, text) for term in asked.terms), asked.weights)
            for text in (whole(passage), heading(passage), *map(indexed, units))
        ]
        rows.append(
            [
                passage.score / best,
                passage.lexical,
                passage.semantic,
                covered[0],
                covered[1],
                max(covered[2:]),
                asked_alike(question, passage),
                max(type_match(asked, unit, chunk.language) for unit in units),
                max(number_match(asked, unit) for unit in units),
                float(bool(chunk.questions)),
            ]
        )
    return np.array(rows)


def _fit(questions: Sequence[Question]) -> Values:
    def loss(weights: Values) -> tuple[float, Values]:
        value, gradient = PENALTY * float(weights @ weights), 2 * PENALTY * weights
        for x, right, _ in questions:
            every, hit = _softmax(x @ weights), _softmax(np.where(right, x @ weights, -np.inf))
            value -= float(np.log(every[right].sum()))
            gradient = gradient + x.T @ (every - hit)
        return value, gradient

    result: Values = minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B").x
    return result


def _softmax(scores: Values) -> Values:
    powers = np.exp(scores - scores.max())
    shares: Values = powers / powers.sum()
    return shares


def _print(name: str, weights: Values, questions: Sequence[Question]) -> None:
    first = np.mean([right[np.argmax(x @ weights)] for x, right, _ in questions])
    before = np.mean([right[0] for _, right, _ in questions])
    listed = " ".join(f"{one} {weight:.1f}" for one, weight in zip(NAMES, weights, strict=True))
    print(f"{name}: right one first {first:.3f} (as found {before:.3f}, n={len(questions)}); {listed}")


if __name__ == "__main__":
    main()
