"""What a cosine says in each language: where random, different and same questions lie, and which threshold is how precise.

The precisions hold for a set in which half of the pairs are the same. Where fewer are, the same threshold is less
precise.
"""

from collections.abc import Sequence

import numpy as np

from evals.encoder.curves import Curve, Ordered
from evals.encoder.figures import Figure, Unit
from evals.encoder.intervals import SEED, bootstrap_weights
from evals.encoder.pairs import LabelledPairs
from evals.encoder.subject import Subject
from kefu.knowledge.embedding import Vectors
from kefu.services.evaluation.curves import reliability

_PRECISIONS = (0.9, 0.95, 0.98)
_QUANTILES = (0.05, 0.5, 0.95, 0.99)
_BANDS = 20
_FEWEST = 30
"""Pairs in a band of cosines; fewer say nothing."""


class CalibrationRow:
    """One language. Has no floor: other scores have other scales."""

    def __init__(self, title: str, pairs: LabelledPairs) -> None:
        self.title = title
        self._pairs = pairs
        self._shuffled = [pairs.seconds[place] for place in np.random.default_rng(SEED).permutation(len(pairs.seconds))]

    @property
    def tested(self) -> Sequence[str]:
        return []

    def floor(self) -> list[Figure]:
        return []

    def measure(self, subject: Subject) -> list[Figure]:
        cosines = subject.cosines(self._pairs.firsts, self._pairs.seconds)
        strangers = subject.cosines(self._pairs.firsts, self._shuffled)
        return [
            *self._quantiles("random pairs", strangers),
            *self._quantiles("different", cosines[~self._pairs.same]),
            *self._quantiles("same", cosines[self._pairs.same]),
            *self._thresholds(cosines),
            *self._bands(cosines),
        ]

    def _quantiles(self, name: str, cosines: Vectors) -> list[Figure]:
        values = np.quantile(cosines, _QUANTILES)
        return [
            Figure(self.title, f"{name}, cosine under which {share:.0%} lie", float(value), len(cosines), Unit.COSINE)
            for share, value in zip(_QUANTILES, values, strict=True)
        ]

    def _thresholds(self, cosines: Vectors) -> list[Figure]:
        ordered = Ordered.from_scores(cosines, self._pairs.same)
        values = _thresholds(ordered.curve())
        bounds = bootstrap_weights(len(cosines), lambda weights: _thresholds(ordered.curve(weights)))
        return [
            Figure(self.title, f"threshold for precision {share:.0%}", value, len(cosines), Unit.COSINE, low, high)
            for share, value, (low, high) in zip(_PRECISIONS, values, bounds, strict=True)
        ]

    def _bands(self, cosines: Vectors) -> list[Figure]:
        """How many of the pairs in a band of cosines are the same."""
        clipped = np.clip(cosines.astype(np.float64), 0.0, 1.0)
        bands = reliability(clipped, self._pairs.same.astype(np.float64), bins=_BANDS)
        return [
            Figure(self.title, f"same, cosine {band['from']:.2f} and 0.05 up", band["right"], int(band["n"]))
            for band in bands
            if band["n"] >= _FEWEST
        ]


def _thresholds(curve: Curve) -> list[float]:
    return [curve.threshold_at(precision) for precision in _PRECISIONS]
