"""What the members say, pooled into calibrated probabilities.

Log-linear pooling (Genest and Zidek 1986): the log scores are added with weights. The weights are fitted by maximum
likelihood on texts that no member has learned from; their sum is also the temperature, so that pooling and calibration are
one convex problem with a number a member. A member that is no better than chance on few examples gets no weight.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.intents.linear_member import Scores

_PULL = 2.0
"""The pull towards equal weights, in texts: with a handful of examples they stay nearly equal."""
_EQUAL_SUM = 1.0
_ROUNDS = 200
_LEAST = 1e-9


def pool(scores: Scores, weights: Sequence[float] | Scores) -> Scores:
    """Probabilities [texts, intents] from [members, texts, intents]."""
    mixed = np.tensordot(np.asarray(weights), scores, axes=1)
    mixed -= mixed.max(axis=1, keepdims=True)
    likely = np.exp(mixed)
    found: Scores = likely / likely.sum(axis=1, keepdims=True)
    return found


def split(pooled: Scores, intents: int) -> tuple[Scores, Scores]:
    """Of [texts, intents] or, where texts without an intent were taught, [texts, intents + 1]: the probability of each intent
    given that it is one of them, [texts, intents], and that it is none, [texts].
    """
    other: Scores = pooled[:, intents:].sum(axis=1)
    named: Scores = pooled[:, :intents] / np.maximum(1 - other, _LEAST)[:, None]
    return named, other


def fit_weights(scores: Scores, truth: NDArray[np.int64]) -> tuple[float, ...]:
    """Weights of the members, none negative; ``scores`` [members, texts, intents] are of texts that were held out."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    members, texts = scores.shape[:2]
    start = np.full(members, _EQUAL_SUM / members)
    own = scores[:, np.arange(texts), truth]

    def cost(weights: Scores) -> tuple[float, Scores]:
        likely = pool(scores, weights)
        off = weights - start
        loss = -np.log(np.maximum(likely[np.arange(texts), truth], 1e-12)).sum() + _PULL * (off**2).sum()
        expected = np.einsum("mtk,tk->mt", scores, likely)
        slope = (expected - own).sum(axis=1) + 2 * _PULL * off
        return loss / texts, slope / texts

    found = minimize(
        cost, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * members, options={"maxiter": _ROUNDS}
    )
    return tuple(round(float(weight), 4) for weight in found.x)
