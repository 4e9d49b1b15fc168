"""Two classifiers on sentence vectors: a logistic regression, and a kernel that compares with the examples themselves.

With five examples an intent these carry everything (evals/intent). An intent's own name is one more example of it: a name
such as ``refund_status`` says what nobody has written an example of yet.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.intents.features import Floats
from kefu.dialogue.intents.linear_member import ABSENT, Scores, to_stored

LANDMARKS = 2_048
"""Examples that a kernel compares with; up to so many examples that is all of them."""
_STRENGTH = 30.0
_ROUNDS = 300
_RIDGE = 0.1
_JITTER = 1e-6
_SCALE = 8.0
_NAME_PARTS = re.compile(r"[_\-./:\s]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class LogisticMember:
    """``weights`` [dimension, intents]."""

    weights: Floats
    bias: Floats

    def score(self, vectors: Floats) -> Scores:
        """[texts, intents]"""
        logits = (vectors @ self.weights + self.bias).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        found: Scores = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return found


@dataclass(frozen=True, slots=True)
class KernelMember:
    """A ridge regression on Gaussian kernels around some of the examples (subset of regressors: Poggio and Girosi 1990).

    ``landmarks`` [examples, dimension], ``owners`` the intent of each, ``weights`` [examples, intents].
    """

    landmarks: Floats
    owners: NDArray[np.int64]
    weights: Floats

    def compare(self, vectors: Floats) -> Floats:
        """Cosine with each landmark, [texts, landmarks]."""
        cosines: Floats = vectors @ self.landmarks.T
        return cosines

    def score(self, cosines: Floats) -> Scores:
        """[texts, intents] from what ``compare`` gave."""
        found: Scores = (_SCALE * (_kernel(cosines) @ self.weights)).astype(np.float64)
        return found


def fit_logistic(vectors: Floats, truth: NDArray[np.int64], *, intents: int) -> LogisticMember:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    model = LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS).fit(vectors.astype(np.float64), truth)
    weights, bias = model.coef_.T, model.intercept_
    if weights.shape[1] == 1:
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    wide = np.zeros((weights.shape[0], intents), dtype=np.float32)
    wide[:, model.classes_] = to_stored(weights)
    level = np.full(intents, ABSENT, dtype=np.float32)
    level[model.classes_] = bias
    return LogisticMember(wide, level)


def fit_kernel(vectors: Floats, truth: NDArray[np.int64], *, intents: int, seed: int) -> KernelMember:
    chosen = _choose(truth, seed)
    landmarks = to_stored(vectors[chosen])
    near = _kernel(vectors @ landmarks.T).astype(np.float64)
    among = _kernel(landmarks @ landmarks.T).astype(np.float64)
    wanted = np.full((len(truth), intents), 0.0)
    wanted[np.arange(len(truth)), truth] = 1.0
    level = near.T @ near + _RIDGE * among + _JITTER * np.eye(len(chosen))
    weights = np.linalg.solve(level, near.T @ wanted)
    return KernelMember(landmarks, truth[chosen], to_stored(weights))


def to_text(intent: str) -> str:
    """An intent's name as words: ``cardArrival`` and ``card_arrival`` are "card arrival"."""
    return _NAME_PARTS.sub(" ", intent).strip().lower()


def _kernel(cosines: Floats) -> Floats:
    """exp(−|a − b|²) of unit vectors."""
    found: Floats = np.exp(2 * cosines - 2)
    return found


def _choose(truth: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """At most ``LANDMARKS`` places, of every intent about as large a share; in order."""
    if len(truth) <= LANDMARKS:
        return np.arange(len(truth))
    shuffled = np.random.default_rng(seed).permutation(len(truth))
    turn = np.zeros(len(truth), dtype=np.float64)
    counts: dict[int, int] = {}
    sizes = np.bincount(truth)
    for place in shuffled:
        intent = int(truth[place])
        counts[intent] = counts.get(intent, 0) + 1
        turn[place] = (counts[intent] - 0.5) / sizes[intent]
    return np.sort(np.argsort(turn, kind="stable")[:LANDMARKS])
