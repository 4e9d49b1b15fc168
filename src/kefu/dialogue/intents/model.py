"""A trained model: members, and for each state of the encoder (there, away) how they are pooled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kefu.dialogue.intents.ensemble import pool, split
from kefu.dialogue.intents.features import Floats, Reading
from kefu.dialogue.intents.linear_member import Scores
from kefu.dialogue.intents.members import Evidence, Members
from kefu.dialogue.intents.out_of_scope import ScopeModel


@dataclass(frozen=True, slots=True)
class Ending:
    """Weights of the members in their order; ``scope`` is None where two intents are all there is."""

    weights: tuple[float, ...]
    scope: ScopeModel | None

    def in_scope(self, evidence: Evidence) -> Scores:
        """The probability that texts are in scope, [texts]; without a scope model that of the likeliest intent."""
        if self.scope is None:
            probabilities = pool(evidence.scores, self.weights)
            found: Scores = probabilities.max(axis=1) if probabilities.size else np.zeros(0)
            return found
        return self.scope.probability(evidence.rows(self.weights))

    @property
    def threshold(self) -> float:
        return 0.5 if self.scope is None else self.scope.threshold


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities [texts, intents] given that a text is in scope, the probability of that, and the threshold for it.

    ``other``: how likely it is like the texts that were taught as none, where intents are about as frequent as in the examples.
    """

    probabilities: Scores
    other: Scores
    in_scope: Scores
    threshold: float


@dataclass(frozen=True, slots=True)
class Model:
    """``full`` is how it ends with sentence vectors, ``plain`` without. ``encoder``: whose vectors, as name-version."""

    intents: tuple[str, ...]
    members: Members
    full: Ending | None
    plain: Ending
    encoder: str | None

    def judge(self, readings: Sequence[Reading], vectors: Floats | None) -> Opinion:
        """What it says of texts; ``vectors`` [texts, dimension] by its encoder, or None: words alone."""
        ending = self.plain if vectors is None or self.full is None else self.full
        evidence = self.members.hear(readings, None if self.full is None else vectors)
        probabilities, other = split(pool(evidence.scores, ending.weights), len(self.intents))
        return Opinion(probabilities, other, ending.in_scope(evidence), ending.threshold)
