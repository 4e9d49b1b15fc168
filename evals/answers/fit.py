"""Fit p_answer and write src/kefu/dialogue/calibration.json: ``python -m evals.answers.fit [EVIDENCE...]``.

With names of evidence (foreign_read …) only their curves are fitted, and the others stay.

Own questions only. Every probability that is reported or used for a threshold comes from a model that has not seen the
question: five folds by the hash of its id, cut in five ways and averaged. The shipped model is then fitted on all of
them; once with the encoder and once without, because words alone are another kind of evidence. Each question is asked
of the whole demo knowledge and of its pages alone: a company may have no FAQs.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from evals.answers.data_sets import LANGUAGES, ROOT, data_hash, demo_chunks, fold_of, own_questions
from evals.answers.statistics import auroc
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.dialogue.features import Features
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk
from kefu.kit.binomial import upper_bound
from kefu.knowledge.embedding import Embedder, create_embedder
from kefu.knowledge.index import KnowledgeIndex
from kefu.knowledge.reader import NullReader, create_reader
from kefu.services.evaluation.answers import Outcome, ask_all, expected_calibration_error, index_chunks
from kefu.services.evaluation.curves import brier, reliability, risk_coverage, threshold_within
from kefu.storage.vector_port import MemoryVectors, VectorCollection

Values = NDArray[np.float64]
OUT = ROOT / "src/kefu/dialogue/calibration.json"
FOLDS, REPEATS = 5, 5
PENALTY = 2.0
BUDGET = 0.05
NAMES = tuple(field.name for field in fields(Features) if field.name not in ("foreign", "length", "meant", "was_read"))
"""Not fitted: no question of ours has only foreign passages, and length says more about who wrote the questions."""
LESS = frozenset({"uncovered"})
"""Features that may only lower the probability; the others may only raise it, so that the model carries over."""
ACROSS = frozenset({"top", "semantic", "margin", "numbers", "quoted", "nearest", "read", "read_lead"})
"""What may speak for a passage in another language: words are not compared there."""
FOREIGN = -1.0
KNOTS = np.linspace(0.0, 1.0, 41)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Features [n, k], whether a quoted document was right [n], its fold in each repetition [n, r]."""

    x: Values
    y: Values
    folds: NDArray[np.int64]
    is_answerable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Model:
    weights: Values
    bias: float
    slope: float = 1.0
    shift: float = 0.0

    def logits(self, x: Values) -> Values:
        result: Values = x @ self.weights + self.bias
        return result

    def probability(self, x: Values) -> Values:
        return _sigmoid(self.slope * self.logits(x) + self.shift)


def main() -> None:
    embedder = create_embedder()
    calibrator = Calibrator.load()
    before = json.loads(OUT.read_text(encoding="utf-8"))
    vectors = MemoryVectors(dimension=embedder.dimension)
    finders = {"": Finder(calibrator, NullReader()), "_read": Finder(calibrator, create_reader())}
    artefact = {
        "version": 1,
        "status": "fitted",
        "fitted_on": "kefu's own questions (evals/answers/data) on the demo knowledge; no public data set",
        "data_hash": data_hash(),
        "encoder": embedder.name,
        "languages": {
            language: before["languages"][language]
            | {
                f"{evidence}{suffix}": _fit_curve(
                    [
                        _label(ask_all(index, own_questions(language), finder=finder), evidence=evidence)
                        for index in several
                    ]
                )
                for evidence, several in _indexes(embedder, vectors, language).items()
                for suffix, finder in finders.items()
                if len(sys.argv) == 1 or f"{evidence}{suffix}" in sys.argv
            }
            for language in LANGUAGES
        },
    }
    OUT.write_text(json.dumps(artefact, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {OUT}; read it, then run python -m evals.answers")


def _indexes(embedder: Embedder, vectors: VectorCollection, language: Language) -> dict[str, list[KnowledgeIndex]]:
    """Each kind of evidence by itself: the whole knowledge, and its pages alone."""

    def index(texts: Sequence[Chunk]) -> KnowledgeIndex:
        return index_chunks(texts, embedder=embedder, vectors=vectors)

    chunks = demo_chunks()
    pages = [chunk for chunk in chunks if not chunk.questions]
    foreign = [chunk for chunk in chunks if chunk.language != language]
    return {
        "meaning": [index(chunks), index(pages)],
        "words": [index_chunks(chunks), index_chunks(pages)],
        "foreign": [index(foreign)],
    }


def _label(outcomes: Sequence[Outcome], *, evidence: str) -> Labelled:
    """Features that do not count for this evidence are 0."""
    names = ACROSS if evidence == "foreign" else NAMES
    rows = [asdict(outcome.features or Features()) for outcome in outcomes]
    return Labelled(
        x=np.array([[row[name] if name in names else 0.0 for name in NAMES] for row in rows]),
        y=np.array([float(outcome.is_right) for outcome in outcomes]),
        folds=np.array([[fold_of(one.question, FOLDS, salt=salt) for salt in range(REPEATS)] for one in outcomes]),
        is_answerable=np.array([bool(outcome.question.relevant) for outcome in outcomes]),
    )


def _fit_curve(sets: Sequence[Labelled]) -> dict[str, object]:
    """One curve for all sets; the report is on the first of them."""
    one, first = _joined(sets), len(sets[0].y)
    unseen = np.zeros(len(one.y))
    for salt in range(REPEATS):
        for fold in range(FOLDS):
            mask = one.folds[:, salt] == fold
            unseen[mask] += _calibrated(_take(one, ~mask)).probability(one.x[mask]) / REPEATS
    final = _calibrated(one)
    thresholds = _thresholds(unseen, one.y)
    weights = {name: round(float(weight), 4) for name, weight in zip(NAMES, final.weights, strict=True)}
    return {
        "bias": round(final.bias, 4),
        "weights": {name: weight for name, weight in weights.items() if weight} | {"foreign": FOREIGN},
        "knots": [[round(float(x), 4), round(float(_platt(final, x)), 4)] for x in KNOTS],
        "thresholds": thresholds,
        "report": _report(sets[0], unseen[:first], thresholds),
        "report_pages_only": [
            _report(other, part, thresholds)
            for other, part in zip(
                sets[1:], np.split(unseen[first:], len(sets) - 1) if len(sets) > 1 else [], strict=True
            )
        ],
    }


def _thresholds(values: Values, y: Values) -> dict[str, float]:
    """General: 5 % of the answers given are wrong. Strict: so few that the bound (95 %) is 5 %, or none at all."""
    general = threshold_within(values, y, BUDGET, is_bound=False)
    strict = max(general, threshold_within(values, y, BUDGET, is_bound=True))
    return {"general": round(general, 4), "strict": round(strict, 4)}


def _joined(sets: Sequence[Labelled]) -> Labelled:
    return Labelled(*(np.concatenate([getattr(one, field.name) for one in sets]) for field in fields(Labelled)))


def _take(one: Labelled, mask: NDArray[np.bool_]) -> Labelled:
    return Labelled(one.x[mask], one.y[mask], one.folds[mask], one.is_answerable[mask])


def _calibrated(one: Labelled) -> Model:
    """A logistic model, and Platt's line through the scores that inner folds give to questions they have not seen."""
    x, y, folds = one.x, one.y, one.folds[:, -1]
    scores = np.zeros(len(y))
    for fold in np.unique(folds):
        scores[folds == fold] = _logistic(x[folds != fold], y[folds != fold]).logits(x[folds == fold])
    slope, shift = _line(scores, y)
    model = _logistic(x, y)
    return Model(model.weights, model.bias, slope, shift)


def _logistic(x: Values, y: Values) -> Model:
    """L2 on standardised features, with the signs that the features must have."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / scale
    bounds = [(None, 0.0) if name in LESS else (0.0, None) for name in NAMES] + [(None, None)]

    def loss(parameters: Values) -> tuple[float, Values]:
        weights, bias = parameters[:-1], parameters[-1]
        logits = z @ weights + bias
        value = float(np.logaddexp(0.0, logits).sum() - y @ logits + PENALTY / 2 * weights @ weights)
        error = _sigmoid(logits) - y
        return value, np.append(z.T @ error + PENALTY * weights, error.sum())

    found = minimize(loss, np.zeros(len(NAMES) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = found[:-1] / scale
    return Model(weights, float(found[-1] - mean @ weights))


def _line(scores: Values, y: Values) -> tuple[float, float]:
    """Platt 1999, with his smoothed targets."""
    positives, negatives = y.sum(), len(y) - y.sum()
    target = np.where(y > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(line: Values) -> float:
        logits = line[0] * scores + line[1]
        return float(np.logaddexp(0.0, logits).sum() - target @ logits)

    slope, shift = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.05, None), (None, None)]).x
    return float(slope), float(shift)


def _platt(model: Model, value: float) -> float:
    clipped = min(max(value, 1e-3), 1 - 1e-3)
    return float(_sigmoid(np.array(model.slope * np.log(clipped / (1 - clipped)) + model.shift)))


def _sigmoid(values: Values) -> Values:
    result: Values = 1 / (1 + np.exp(-values))
    return result


def _report(one: Labelled, values: Values, thresholds: dict[str, float]) -> dict[str, object]:
    said = values >= thresholds["general"]
    wrong = int((said & (one.y == 0)).sum())
    return {
        "n": len(one.y),
        "answerable": int(one.is_answerable.sum()),
        "quoted_right": round(float(one.y[one.is_answerable].mean()), 4),
        "auroc": round(auroc(values, one.y), 4),
        "ece": round(expected_calibration_error([(float(p), bool(y)) for p, y in zip(values, one.y, strict=True)]), 4),
        "brier": round(brier(values, one.y), 4),
        "answered": int(said.sum()),
        "wrong": wrong,
        "wrong_upper_bound": round(upper_bound(wrong, int(said.sum())), 4),
        "coverage": round(float((said & (one.y > 0)).sum() / one.is_answerable.sum()), 4),
        "abstained_of_unanswerable": round(float((~said & ~one.is_answerable).sum() / (~one.is_answerable).sum()), 4),
        "reliability": reliability(values, one.y),
        "risk_coverage": risk_coverage(values, one.y),
    }


if __name__ == "__main__":
    main()
