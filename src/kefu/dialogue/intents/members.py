"""All classifiers of one training, asked together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.intents.ensemble import pool, split
from kefu.dialogue.intents.fasttext_member import FastTextMember, FastTextTrainer
from kefu.dialogue.intents.features import Features, Floats, Reading
from kefu.dialogue.intents.linear_member import LinearMember, Scores, fit_linear
from kefu.dialogue.intents.out_of_scope import Signs
from kefu.dialogue.intents.vectors_member import KernelMember, LogisticMember, fit_kernel, fit_logistic

PLAIN = ("words", "fasttext")
FULL = (*PLAIN, "joint", "logistic", "kernel")
"""Names of the members, in their order, without and with sentence vectors."""


@dataclass(frozen=True, slots=True)
class VectorMembers:
    joint: LinearMember
    logistic: LogisticMember
    kernel: KernelMember


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the members say of some texts, and what else is known of them.

    ``scores`` [members, texts, intents]; a last column more, where texts without an intent were taught, is for none of them.
    """

    scores: Scores
    signs: Signs
    intents: int

    def rows(self, weights: Sequence[float]) -> Scores:
        """Every sign that a text is in scope, [texts, signs]."""
        probabilities, other = split(pool(self.scores, weights), self.intents)
        return self.signs.rows(self.scores[:, :, : self.intents], probabilities, other)

    def pick(self, rows: NDArray[np.int64]) -> "Evidence":
        signs = Signs(self.signs.nearest[rows], self.signs.known_words[rows], self.signs.known_characters[rows])
        return Evidence(self.scores[:, rows], signs, self.intents)

    @property
    def plain(self) -> "Evidence":
        """The same without sentence vectors."""
        nearest = np.zeros_like(self.signs.nearest)
        signs = Signs(nearest, self.signs.known_words, self.signs.known_characters)
        return Evidence(self.scores[: len(PLAIN)], signs, self.intents)


@dataclass(frozen=True, slots=True)
class Members:
    """``intents``: how many have a name. ``meant`` is None when no encoder spoke at the training."""

    intents: int
    features: Features
    words: LinearMember
    fasttext: FastTextMember
    meant: VectorMembers | None

    def hear(self, readings: Sequence[Reading], vectors: Floats | None) -> Evidence:
        """The evidence of all members, or of the plain ones where there are no vectors."""
        meant = self.meant
        rows = [self._score(one, None if vectors is None else vectors[row]) for row, one in enumerate(readings)]
        scores = np.stack(rows, axis=1)
        nearest = np.zeros(len(readings), dtype=np.float32)
        if meant is not None and vectors is not None:
            cosines = meant.kernel.compare(vectors)
            scores = np.concatenate([scores, meant.logistic.score(vectors)[None], meant.kernel.score(cosines)[None]])
            nearest = cosines[:, meant.kernel.owners < self.intents].max(axis=1)
        known = [
            (self.features.words.share_known(one.words), self.features.characters.share_known(one.characters))
            for one in readings
        ]
        shares = np.array(known, dtype=np.float32)
        return Evidence(scores, Signs(nearest, shares[:, 0], shares[:, 1]), self.intents)

    def _score(self, reading: Reading, vector: Floats | None) -> Scores:
        places, values = self.features.weigh(reading)
        found = [self.words.score(places, values), self.fasttext.score(reading)]
        if self.meant is not None and vector is not None:
            found.append(self.meant.joint.score(places, values, vector))
        return np.stack(found)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What members learn from: ``truth`` holds numbers of intents, and ``intents`` itself for a text that has none.

    ``name_vectors`` are of the intents' own names.
    """

    readings: Sequence[Reading]
    truth: NDArray[np.int64]
    intents: int
    width: int
    """One more than ``intents`` where there are texts without one."""
    vectors: Floats | None
    name_vectors: Floats | None

    def pick(self, rows: NDArray[np.int64]) -> "Lesson":
        """Some of the examples; the intents stay numbered as they are."""
        vectors = None if self.vectors is None else self.vectors[rows]
        readings = [self.readings[row] for row in rows]
        return replace(self, readings=readings, truth=self.truth[rows], vectors=vectors)


def learn(lesson: Lesson, *, trainer: FastTextTrainer, seed: int) -> Members:
    """Train all members; at least two intents must occur. Deterministic for a seed."""
    features = Features.of(lesson.readings)
    matrix = features.matrix(lesson.readings)
    return Members(
        lesson.intents,
        features,
        fit_linear(matrix, lesson.truth, intents=lesson.width, seed=seed),
        trainer.train(lesson.readings, lesson.truth, intents=lesson.width, seed=seed),
        _learn_meant(lesson, matrix, seed=seed),
    )


def _learn_meant(lesson: Lesson, matrix: object, *, seed: int) -> VectorMembers | None:
    vectors, names, truth = lesson.vectors, lesson.name_vectors, lesson.truth
    if vectors is None or names is None:
        return None
    present = np.unique(truth[truth < lesson.intents])
    more = np.concatenate([vectors, names[present]])
    both = np.concatenate([truth, present])
    return VectorMembers(
        fit_linear(matrix, truth, intents=lesson.width, seed=seed, vectors=vectors),
        fit_logistic(more, both, intents=lesson.width),
        fit_kernel(more, both, intents=lesson.width, seed=seed),
    )
