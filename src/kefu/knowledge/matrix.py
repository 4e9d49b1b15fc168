"""The vectors of one language in memory, compared with a question's."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kefu.knowledge.embedding import Vectors
from kefu.knowledge.grouping import Places, Scores

Halves = NDArray[np.float16]
_SHORT = 64
"""Numbers of a shortened vector: 26 MB for 100,000, compared in 2 ms."""
_SAMPLE = 20_000
_BLOCK = 8_192


class ExactMatrix:
    """Every comparison is exact: 14,000 vectors, which is about 2,000 chunks, are 21 MB and take 1 ms."""

    is_rough = False

    def __init__(self, rows: Vectors) -> None:
        self._rows = rows

    def dots(self, vector: Vectors, *, first: int) -> Scores:
        """Cosines with the first rows, on one thread: with ``@`` OpenBLAS spreads 3 million products over all cores,
        and on a busy machine waiting for the slowest takes 3 to 10 ms instead of 0.5.
        """
        cosines: Scores = np.einsum("ij,j->i", self._rows[:first], vector)
        return cosines

    def take(self, places: Places | list[int]) -> Vectors:
        return self._rows[places]


class RoughMatrix:
    """Compares shortened vectors, for those that then deserve ``take``. Kept in half precision: 77 MB for 100,000.

    The axes are those along which the rows differ most (the eigenvectors of their second moment), so that a shortened
    product is the nearest to the whole one that so few numbers allow.
    """

    is_rough = True

    def __init__(self, rows: Halves) -> None:
        self._rows = rows
        sample = rows[:: max(1, len(rows) // _SAMPLE)].astype(np.float32)
        _, axes = np.linalg.eigh(sample.T @ sample)
        self._axes: Vectors = np.ascontiguousarray(axes[:, -_SHORT:], dtype=np.float32)
        self._short = np.concatenate([block @ self._axes for block in _blocks(rows)])

    def dots(self, vector: Vectors, *, first: int) -> Scores:
        """About the cosines with the first rows."""
        cosines: Scores = np.einsum("ij,j->i", self._short[:first], vector @ self._axes)
        return cosines

    def take(self, places: Places | list[int]) -> Vectors:
        return self._rows[places].astype(np.float32)


Matrix = ExactMatrix | RoughMatrix


def _blocks(rows: Halves) -> Iterator[Vectors]:
    for start in range(0, len(rows), _BLOCK):
        yield rows[start : start + _BLOCK].astype(np.float32)
