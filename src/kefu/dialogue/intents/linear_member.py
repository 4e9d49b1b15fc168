"""A linear classifier (support vectors, one against the rest) on words and characters, alone or beside sentence vectors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.intents.features import Floats

Scores = NDArray[np.float64]
"""What a member says: [texts, intents], higher is likelier. Only differences within a row count."""
_STRENGTH = 1.0
"""scikit-learn's C; 0.3 and 1 differ by less than chance on every set of evals/intent."""
_TOLERANCE = 0.01
_SCALE = 4.0
"""Margins are about a quarter of the log odds that the other members give."""
ABSENT = -20.0
"""The score of an intent that a member was not taught."""


@dataclass(frozen=True, slots=True)
class LinearMember:
    """``weights`` [size, intents] of the features, ``beside`` [dimension, intents] of a sentence vector, if it has one."""

    weights: Floats
    bias: Floats
    beside: Floats | None = None

    def score(self, places: NDArray[np.int64], values: Floats, vector: Floats | None = None) -> Scores:
        """One text, [intents]."""
        margins = self.bias + values @ self.weights[places]
        if self.beside is not None and vector is not None:
            margins = margins + vector @ self.beside
        found: Scores = (_SCALE * margins).astype(np.float64)
        return found


def to_stored(values: NDArray[Any]) -> Floats:
    """Rounded as the artefact keeps it (half precision), so that a model does after loading what it did before."""
    return values.astype(np.float16).astype(np.float32)


def fit_linear(
    matrix: Any, truth: NDArray[np.int64], *, intents: int, seed: int, vectors: Floats | None = None
) -> LinearMember:
    """Learn from a sparse matrix [texts, size]; ``truth`` holds numbers of intents, of which at least two occur."""
    from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    size = matrix.shape[1]
    joint = matrix if vectors is None else hstack([matrix, csr_matrix(vectors)]).tocsr()
    model = LinearSVC(C=_STRENGTH, tol=_TOLERANCE, random_state=seed).fit(joint, truth)
    weights, bias = model.coef_.T, model.intercept_
    if weights.shape[1] == 1:  # of two intents scikit-learn keeps one side
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    wide = np.zeros((weights.shape[0], intents), dtype=np.float32)
    wide[:, model.classes_] = to_stored(weights)
    level = np.full(intents, ABSENT / _SCALE, dtype=np.float32)
    level[model.classes_] = bias
    return LinearMember(wide[:size], level, None if vectors is None else wide[size:])
