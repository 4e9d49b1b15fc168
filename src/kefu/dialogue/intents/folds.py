"""Which examples are held out of which training, so that nothing is judged by a model that has learned it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
_SMALL, _MIDDLE = 500, 2_000
"""Up to so many examples there are five folds, then three, then one of a fifth: what a fold tells is worth less then."""
_SHARE = 5


def held_out(truth: Places, *, seed: int) -> Iterator[Places]:
    """Places of examples to hold out, fold by fold; every intent keeps at least one example of two."""
    folds = 3 if _SMALL < len(truth) <= _MIDDLE else _SHARE
    dealt = _dealt(truth, folds, seed)
    for fold in range(1 if len(truth) > _MIDDLE else folds):
        rows = np.flatnonzero(dealt == fold)
        if len(rows):
            yield rows


def left_out(truth: Places, *, seed: int) -> Iterator[Places]:
    """Numbers of intents to leave out, training by training; at least two stay in each."""
    intents = np.unique(truth)
    groups = 3 if len(truth) <= _SMALL else 2 if len(truth) <= _MIDDLE else 1
    size = len(intents) // 4 or 1
    if len(intents) - size < 2:  # noqa: PLR2004 - fewer than two intents are nothing to choose from
        return
    shuffled = np.random.default_rng(seed + 1).permutation(intents)
    for group in range(min(groups, len(intents) // size)):
        yield shuffled[group * size : (group + 1) * size]


def _dealt(truth: Places, folds: int, seed: int) -> Places:
    """The fold of each example: those of an intent are shuffled and dealt out in turn, from a fold of its own on."""
    random = np.random.default_rng(seed)
    dealt = np.empty(len(truth), dtype=np.int64)
    for number, intent in enumerate(np.unique(truth)):
        rows = random.permutation(np.flatnonzero(truth == intent))
        dealt[rows] = (np.arange(len(rows)) + number) % folds
        if len(rows) == 1:
            dealt[rows] = folds  # never held out: nothing could tell it
    return dealt
