"""Curves of right and wrong answers over their probability: from where on to answer, and how true the probability is."""

import numpy as np
from numpy.typing import NDArray

from kefu.kit.binomial import upper_bounds

Values = NDArray[np.float64]
NEVER = 1.0
"""A threshold that no answer reaches."""
_SETTLED = 100
_CLEARLY = 1.5
"""Answers after which such an excess ends the search; before, one wrong answer moves the share too much."""


def threshold_within(values: Values, right: Values, budget: float, *, is_bound: bool, weight: int = 1) -> float:
    """Going down from the surest, the last threshold in the budget before the share of wrong answers leaves it clearly.

    ``is_bound``: the upper bound must stay in it, not only the share itself. ``weight``: as if each answer had been
    seen so often, for a part that speaks for the whole. Without an end, 1: never answer.
    """
    if not len(values):
        return NEVER
    order = np.argsort(-values, kind="stable")
    sorted_values = values[order]
    wrong = np.cumsum(right[order] == 0).astype(np.float64)
    counts = np.arange(1.0, len(order) + 1)
    shares = wrong / counts
    held = upper_bounds(weight * wrong, weight * counts) if is_bound else shares
    is_last = np.append(sorted_values[1:] < sorted_values[:-1], True)
    is_over = (counts >= _SETTLED) & (shares > _CLEARLY * budget) & is_last
    end = int(np.argmax(is_over)) if is_over.any() else len(order)
    fits = np.flatnonzero((held <= budget) & is_last)
    fits = fits[fits < end]
    return float(sorted_values[fits[-1]]) if len(fits) else NEVER


def brier(values: Values, right: Values) -> float:
    return float(((values - right) ** 2).mean())


def reliability(values: Values, right: Values, *, bins: int = 10) -> list[dict[str, float]]:
    """Of each bin that has answers: where it begins, how many, their mean probability, the share that is right."""
    place = np.minimum(bins - 1, (values * bins).astype(int))
    return [
        {
            "from": round(number / bins, 2),
            "n": int((place == number).sum()),
            "probability": round(float(values[place == number].mean()), 4),
            "right": round(float(right[place == number].mean()), 4),
        }
        for number in range(bins)
        if (place == number).any()
    ]


def risk_coverage(values: Values, right: Values, *, points: int = 10) -> list[dict[str, float]]:
    """Share answered and share wrong of those, when the surest are answered first."""
    order = np.argsort(-values, kind="stable")
    wrong = np.cumsum(right[order] == 0)
    counts = [max(1, round(len(order) * step / points)) for step in range(1, points + 1)]
    return [
        {
            "answered": round(count / len(order), 3),
            "risk": round(float(wrong[count - 1] / count), 4),
            "threshold": round(float(values[order[count - 1]]), 4),
        }
        for count in counts
    ]
