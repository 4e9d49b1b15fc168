"""What a count of hits says of the share behind it, exactly (Clopper and Pearson 1934)."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv  # type: ignore[import-untyped]

CONFIDENCE = 0.95


def upper_bounds(hits: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """One-sided bounds of shares, at 95 %; 1 where all of them are hits, or there is none."""
    with np.errstate(invalid="ignore"):
        bounds = betaincinv(hits + 1, n - hits, CONFIDENCE)
    result: NDArray[np.float64] = np.where(hits >= n, 1.0, bounds)
    return result


def upper_bound(hits: int, n: int) -> float:
    """As ``upper_bounds``, of one."""
    return float(upper_bounds(np.array(float(hits)), np.array(float(n))))


def interval(hits: int, n: int) -> tuple[float, float]:
    """Two-sided interval of a share, 95 %."""
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits == n else float(betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high


def fewest_for(share: float) -> int:
    """How many tries without one hit it takes for the bound to be at most ``share``, which is over 0 and below 1."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-share))
