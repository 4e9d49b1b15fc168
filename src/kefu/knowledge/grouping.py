"""Entries that belong to chunks: several sentences or questions each, or none."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Places = NDArray[np.int64]


class Grouping:
    """``counts[i]`` consecutive entries belong to chunk i."""

    def __init__(self, counts: Sequence[int] | Places) -> None:
        self._sizes = np.array(counts, dtype=np.int64)
        self._filled = np.flatnonzero(self._sizes)
        self._starts = (np.cumsum(self._sizes) - self._sizes)[self._filled]
        self._chunks = len(self._sizes)

    def best(self, entries: Scores, *, otherwise: Scores | float = 0.0) -> Scores:
        """The highest entry of each chunk, float32 [chunks]; ``otherwise`` where a chunk has none."""
        result = np.empty(self._chunks, dtype=np.float32)
        result[:] = otherwise
        if self._filled.size:
            result[self._filled] = np.maximum.reduceat(entries, self._starts)
        return result

    def pick(self, chunks: Places) -> tuple[Places, "Grouping"]:
        """Where the entries of some chunks lie, and how they belong to these, in the order given."""
        sizes = self._sizes[chunks]
        ends = np.cumsum(sizes)
        first = (np.cumsum(self._sizes) - self._sizes)[chunks]
        return np.repeat(first - (ends - sizes), sizes) + np.arange(sizes.sum()), Grouping(sizes)
