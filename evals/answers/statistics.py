"""How well a score parts right from wrong; the curves and bounds are the product's own (kefu.services.evaluation.curves)."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

Values = NDArray[np.float64]


def auroc(values: Values, right: Values) -> float:
    ranks = rankdata(values)
    positives = float(right.sum())
    negatives = len(right) - positives
    return float((ranks[right > 0].sum() - positives * (positives + 1) / 2) / (positives * negatives))
