"""Exact bounds, against values worked out by hand."""

import math

import numpy as np
import pytest

from kefu.kit.binomial import fewest_for, interval, upper_bound, upper_bounds


def test_without_a_hit_the_bound_is_a_root() -> None:
    assert upper_bound(0, 1) == pytest.approx(0.95)
    assert upper_bound(0, 149) == pytest.approx(1 - 0.05 ** (1 / 149))


def test_one_hit_of_two() -> None:
    """P(at most one of two) = 1 - p² = 0.05."""
    assert upper_bound(1, 2) == pytest.approx(math.sqrt(0.95))


def test_nothing_or_nothing_but_hits_says_nothing() -> None:
    assert upper_bound(0, 0) == 1.0
    assert upper_bounds(np.array([3.0, 0.0]), np.array([3.0, 0.0])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("share", "n"), [(0.02, 149), (0.01, 299), (0.05, 59), (0.5, 5)])
def test_so_many_tries_prove_a_share(share: float, n: int) -> None:
    assert fewest_for(share) == n
    assert upper_bound(0, n) <= share < upper_bound(0, n - 1)


def test_an_interval_has_two_tails() -> None:
    assert interval(0, 10)[0] == 0.0
    assert interval(0, 10)[1] == pytest.approx(1 - 0.025**0.1)
    assert interval(10, 10)[0] == pytest.approx(0.025**0.1)
