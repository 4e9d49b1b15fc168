"""p_answer: the probability that the chosen quotes answer the question, and from where on it is enough to say them.

A logistic model over the features of ``answer.evidence``, then a monotone map, for each language and each kind of
evidence: words and meaning, words alone where no encoder speaks, a passage in another language. All come from ``calibration.json``, which says what
it was fitted on and how well it held on data it had not seen. ``python -m evals.answers.fit`` writes it. A model's own
confidence is never used.
"""

import bisect
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Literal, get_args

from kefu.dialogue.features import Features
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Risk

Evidence = Literal["meaning", "words", "foreign", "meaning_read", "words_read", "foreign_read"]
"""Foreign: by meaning, from a passage that is not in the question's language. Read: a reader spoke as well."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A logistic model with the monotone map that corrects it: ``knots`` are (model's value, probability), rising."""

    bias: float
    weights: Mapping[str, float]
    knots: tuple[tuple[float, float], ...]
    thresholds: Mapping[Risk, float]
    """Wrong answers among those given: general 5 %; strict so few that the bound (95 %) is 5 %."""

    def probability(self, features: Features) -> float:
        values: dict[str, float] = asdict(features)
        score = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return _interpolated(self.knots, 1 / (1 + math.exp(-score)))


class Calibrator:
    """Turns features into a probability. Stateless after loading; share one."""

    def __init__(self, curves: Mapping[Language, Mapping[Evidence, Curve]]) -> None:
        self._curves = curves

    @classmethod
    def load(cls) -> "Calibrator":
        text = files("kefu.dialogue").joinpath("calibration.json").read_text(encoding="utf-8")
        return cls.from_json(text)

    @classmethod
    def from_json(cls, text: str) -> "Calibrator":
        languages = json.loads(text)["languages"]
        return cls({"zh": _to_curves(languages["zh"]), "en": _to_curves(languages["en"])})

    def probability(self, features: Features, language: Language) -> float:
        """``language`` is the question's. 0 when nothing was found to quote."""
        return 0.0 if features == Features() else self._curve(features, language).probability(features)

    def threshold(self, features: Features, language: Language, *, risk: Risk = Risk.GENERAL) -> float:
        """Answer when the probability is at least this, unless the workspace has a policy of its own."""
        return self._curve(features, language).thresholds[risk]

    def contributions(self, features: Features, language: Language) -> dict[str, float]:
        """What each feature adds to the log odds (weight × value); ``bias`` is where they begin."""
        curve, values = self._curve(features, language), asdict(features)
        return {"bias": curve.bias, **{name: weight * values[name] for name, weight in curve.weights.items()}}

    def _curve(self, features: Features, language: Language) -> Curve:
        return self._curves[language][evidence_of(features)]


def evidence_of(features: Features) -> Evidence:
    """What kind of evidence speaks for an answer."""
    if features.was_read:
        return "words_read" if not features.meant else "foreign_read" if features.foreign else "meaning_read"
    return "words" if not features.meant else "foreign" if features.foreign else "meaning"


def _interpolated(knots: tuple[tuple[float, float], ...], value: float) -> float:
    right = bisect.bisect_right(knots, value, key=lambda knot: knot[0])
    if right == 0:
        return knots[0][1]
    if right == len(knots):
        return knots[-1][1]
    (x0, y0), (x1, y1) = knots[right - 1], knots[right]
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


def _to_curves(data: dict[str, dict[str, object]]) -> dict[Evidence, Curve]:
    return {evidence: _to_curve(data[evidence]) for evidence in get_args(Evidence)}


def _to_curve(data: dict[str, object]) -> Curve:
    weights, knots, thresholds = data["weights"], data["knots"], data["thresholds"]
    assert isinstance(weights, dict)
    assert isinstance(knots, list)
    assert isinstance(thresholds, dict)
    return Curve(
        bias=float(str(data["bias"])),
        weights={str(name): float(weight) for name, weight in weights.items()},
        knots=tuple((float(x), float(y)) for x, y in knots),
        thresholds={risk: float(thresholds[risk]) for risk in Risk},
    )
