"""Intervals of 95 %: bootstrap for means and curves, DeLong for the area under a curve. Seeded: a run repeats itself."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

from evals.answers.statistics import auroc
from kefu.kit.binomial import CONFIDENCE

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
SEED = 20
RESAMPLES = 1000
_Z = 1.959964
"""Of the normal distribution, for 95 %."""
_BLOCK = 100
"""Resamples drawn at a time: the memory of the draws stays small."""


def bootstrap(cases: Values) -> tuple[float, float]:
    """Percentile interval of the mean of the cases."""
    random = np.random.default_rng(SEED)
    size = len(cases)
    draws = [cases[random.integers(size, size=(_BLOCK, size))].mean(axis=1) for _ in range(RESAMPLES // _BLOCK)]
    return _percentiles(np.concatenate(draws))


def bootstrap_weights(size: int, statistics: Callable[[Values], Sequence[float]]) -> list[tuple[float, float]]:
    """Percentile intervals of statistics that take how often each case was drawn."""
    random = np.random.default_rng(SEED)
    even = np.full(size, 1 / size)
    found = np.array([statistics(random.multinomial(size, even).astype(np.float64)) for _ in range(RESAMPLES)])
    return [_percentiles(column) for column in found.T]


def delong(scores: NDArray[Any], same: Flags) -> tuple[float, float, float]:
    """Area under the curve and its interval (DeLong et al. 1988): value, low, high."""
    value = area(scores, same)
    half = _Z * float(np.sqrt(_variance(*_placements(scores, same))))
    return value, max(0.0, value - half), min(1.0, value + half)


def delong_difference(one: NDArray[Any], other: NDArray[Any], same: Flags) -> tuple[float, float, float]:
    """Area of ``one`` − area of ``other`` on the same pairs: value, low, high."""
    value = area(one, same) - area(other, same)
    first, second = _placements(one, same), _placements(other, same)
    half = _Z * float(np.sqrt(_variance(first[0] - second[0], first[1] - second[1])))
    return value, value - half, value + half


def area(scores: NDArray[Any], same: Flags) -> float:
    """How likely a positive has the higher score than a negative; equal scores count half."""
    return auroc(scores.astype(np.float64), same.astype(np.float64))


def _placements(scores: NDArray[Any], same: Flags) -> tuple[Values, Values]:
    """For each positive the share of negatives below it, for each negative the share of positives above it."""
    positives, negatives = scores[same], scores[~same]
    ranks = rankdata(np.concatenate([positives, negatives]))
    below = (ranks[: len(positives)] - rankdata(positives)) / len(negatives)
    above = 1 - (ranks[len(positives) :] - rankdata(negatives)) / len(positives)
    return below, above


def _variance(positives: Values, negatives: Values) -> float:
    return float(positives.var(ddof=1) / len(positives) + negatives.var(ddof=1) / len(negatives))


def _percentiles(found: Values) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(low), float(high)
