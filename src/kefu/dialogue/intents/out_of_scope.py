"""Whether a text is about any known intent at all.

A logistic regression on signs that a text belongs: the pooled probability, that it is like no text that people labelled as
none, how near the nearest example is, how much of its words the examples have, how far the members agree. It is fitted on held-out examples against texts without an intent:
those that people labelled, and the examples of intents that were left out of a training (leave-some-intents-out), so that
it works before anybody has collected a single one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.intents.features import Floats
from kefu.dialogue.intents.linear_member import Scores

Flags = NDArray[np.bool_]
_LEAST = 1e-6
_LARGEST = 12.0
_ENOUGH_LABELLED = 30
"""Labelled texts from which on they alone choose the threshold."""
_PULL, _PRIOR = 5.0, 0.3
"""Weights of the signs are pulled to the prior with the force of so many texts."""
_CAUTION = 50
"""Texts that a threshold of a half counts for beside those that were seen."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of texts beside their probabilities, [texts] each. ``nearest``: cosine, 0 without vectors."""

    nearest: Floats
    known_words: Floats
    known_characters: Floats

    def rows(self, scores: Scores, probabilities: Scores, other: Scores) -> Scores:
        """[texts, signs]; ``scores`` as for ``ensemble.pool``, the others as ``ensemble.split`` gives them."""
        ordered = np.sort(probabilities, axis=1)
        best = np.maximum(ordered[:, -1], _LEAST)
        second = np.maximum(ordered[:, -2], _LEAST)
        top = probabilities.argmax(axis=1)
        votes = (scores.argmax(axis=2) == top).mean(axis=0)
        spread = -(probabilities * np.log(np.maximum(probabilities, _LEAST))).sum(axis=1)
        columns = [_logit(best), np.log(best / second), -spread, votes, -_logit(other)]
        columns += [self.nearest, self.known_words, self.known_characters]
        columns += [member.max(axis=1) for member in scores]
        found: Scores = np.stack(columns, axis=1).astype(np.float64)
        return found


def _logit(probabilities: Scores) -> Scores:
    found: Scores = np.log(np.maximum(probabilities, _LEAST) / np.maximum(1 - probabilities, _LEAST))
    return np.clip(found, -_LARGEST, _LARGEST)


@dataclass(frozen=True, slots=True)
class ScopeModel:
    """``threshold``: from this probability on a text is taken as in scope. Equal shares of both are assumed."""

    means: Scores
    scales: Scores
    weights: Scores
    bias: float
    threshold: float

    def probability(self, rows: Scores) -> Scores:
        """That texts are in scope, [texts]."""
        found: Scores = 1 / (
            1 + np.exp(-np.clip((rows - self.means) / self.scales @ self.weights + self.bias, -30, 30))
        )
        return found

    def to_facts(self) -> dict[str, object]:
        return {
            "means": self.means.tolist(),
            "scales": self.scales.tolist(),
            "weights": self.weights.tolist(),
            "bias": self.bias,
            "threshold": self.threshold,
        }

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> "ScopeModel":
        means, scales, weights = (np.asarray(facts[name], dtype=np.float64) for name in ("means", "scales", "weights"))
        return cls(means, scales, weights, float(str(facts["bias"])), float(str(facts["threshold"])))


def fit_scope(inside: Scores, right: Flags, *, labelled: Scores, left_out: Scores) -> ScopeModel:
    """Learn from rows of held-out examples (``right``: their intent was found) and of texts without an intent.

    ``labelled`` and ``left_out`` [texts, signs] may be empty, though not both.
    """
    outside = np.concatenate([labelled, left_out])
    rows = np.concatenate([inside, outside])
    means, scales = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    share = np.concatenate([_shares(len(inside), 1.0), *_outside_shares(len(labelled), len(left_out))])
    weights, bias = _fit((rows - means) / scales, np.arange(len(rows)) < len(inside), share * len(rows) / 2)
    fitted = ScopeModel(means, scales, weights, bias, 0.5)
    chosen = labelled if len(labelled) >= _ENOUGH_LABELLED else outside
    threshold = _threshold(fitted.probability(inside), right, fitted.probability(chosen))
    return ScopeModel(means, scales, fitted.weights, fitted.bias, threshold)


def _fit(rows: Scores, is_inside: Flags, shares: Scores) -> tuple[Scores, float]:
    """A logistic regression whose weights are not negative: every sign speaks for a text, whatever thirty texts say."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    side = np.where(is_inside, 1.0, -1.0)

    def cost(values: Scores) -> tuple[float, Scores]:
        off = values[:-1] - _PRIOR
        margin = side * (rows @ values[:-1] + values[-1])
        pushed = -side * shares / (1 + np.exp(np.clip(margin, -30, 30)))
        loss = float((shares * np.logaddexp(0, -margin)).sum()) + _PULL / 2 * float((off**2).sum())
        return loss, np.append(rows.T @ pushed + _PULL * off, pushed.sum())

    start = np.append(np.full(rows.shape[1], _PRIOR), 0.0)
    bounds = [(0.0, None)] * rows.shape[1] + [(None, None)]
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    return found.x[:-1], float(found.x[-1])


def _shares(number: int, whole: float) -> Scores:
    found: Scores = np.full(number, whole / max(1, number))
    return found


def _outside_shares(labelled: int, left_out: int) -> tuple[Scores, Scores]:
    """Labelled ones count for as much as those that were left out, however few they are."""
    if not labelled or not left_out:
        return _shares(labelled, 1.0), _shares(left_out, 1.0)
    part = 0.5 if labelled >= _ENOUGH_LABELLED else 0.5 * labelled / _ENOUGH_LABELLED
    return _shares(labelled, part), _shares(left_out, 1 - part)


def _threshold(inside: Scores, right: Flags, outside: Scores) -> float:
    """Where the share accepted and right plus the share of outsiders refused is largest."""
    candidates = np.unique(np.concatenate([inside, outside]).round(4))
    accepted = [(right & (inside >= candidate)).mean() for candidate in candidates]
    refused = [(outside < candidate).mean() for candidate in candidates]
    best = float(candidates[int(np.argmax(np.add(accepted, refused)))])
    seen = len(inside) + len(outside)
    return (seen * best + _CAUTION * 0.5) / (seen + _CAUTION)
