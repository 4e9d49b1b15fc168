"""From where on to answer so that few answers are wrong: thresholds for each language and risk, and what they cost.

A threshold is the lowest probability at which the upper bound (Clopper and Pearson, 95 %) of the share of wrong answers
is within the budget, on all questions of its class. What is said of it is honest: each half of the questions is answered
by a threshold that was chosen on the other half.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.calibrate import evidence_of
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Risk
from kefu.domain.policy import AnswerThreshold
from kefu.kit.binomial import fewest_for, upper_bound, upper_bounds
from kefu.services.evaluation.answers import Outcome, expected_calibration_error
from kefu.services.evaluation.curves import NEVER, Values, brier, reliability, threshold_within

POINTS = 20
HALVES = 2
SHOWN_WRONG = 10


class Choice(StrEnum):
    """What became of a threshold: ``chosen``, or the one before stays and why.

    ``too_few``: fewer answers than the bound takes even without a wrong one. ``out_of_reach``: wrong answers are among
    the surest. ``not_held``: chosen on one half, it left the budget on the other.
    """

    CHOSEN = "chosen"
    TOO_FEW = "too_few"
    OUT_OF_REACH = "out_of_reach"
    NOT_HELD = "not_held"


@dataclass(frozen=True, slots=True)
class Scored:
    """What a question finds: the probability of its quotes, whether one of them is right, whether there is an answer.

    ``evidence`` is None where nothing can be quoted.
    """

    id: str
    language: Language
    risk: Risk
    evidence: str | None
    probability: float
    is_right: bool
    is_answerable: bool
    text: str = ""
    quoted: tuple[str, ...] = ()
    """Keys of the documents that would be quoted."""


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A question that is answered wrongly when answers are given from ``probability`` on, with what is quoted."""

    id: str
    text: str
    probability: float
    quoted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """``bound``: of the share wrong / answered. ``coverage``: right answers of the answerable questions; ``abstained``: of the others."""

    n: int
    answerable: int
    answered: int
    wrong: int
    right: int
    silent: int
    """Questions without an answer that get none."""
    bound: float
    coverage: float
    abstained: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What answering from ``threshold`` on would give, on all questions of the class."""

    threshold: float
    figures: Figures


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions whose quotes have about this probability, and how many of these are right."""

    begins: float
    n: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True)
class ClassReport:
    """One language and risk. ``fitted``: on the questions that ``threshold`` was chosen on; ``held_out``: on others."""

    language: Language
    risk: Risk
    budget: float
    questions: int
    quoted: int
    choice: Choice
    threshold: AnswerThreshold | None
    needed: int
    """Answers that the bound takes when none of them is wrong."""
    tightest: float
    """The smallest bound that any threshold reaches."""
    fitted: Figures | None
    held_out: Figures
    curve: tuple[CurvePoint, ...]
    surest_wrong: tuple[WrongAnswer, ...]
    """What to look at first: a wrong label, a missing sentence, or an answer that really is none."""
    bins: tuple[Bin, ...]
    """These, ``ece`` and ``brier``: of the questions that something can be quoted for."""
    ece: float
    brier: float

    @property
    def is_confirmed(self) -> bool:
        """Whether the bound is within the budget on questions that the threshold was not chosen on."""
        return self.choice is Choice.CHOSEN and self.held_out.answered > 0 and self.held_out.bound <= self.budget


def to_scored(outcome: Outcome) -> Scored:
    finding = outcome.finding
    return Scored(
        outcome.question.id,
        outcome.language,
        finding.risk,
        None if finding.features is None else evidence_of(finding.features),
        finding.probability,
        outcome.is_right,
        bool(outcome.question.relevant),
        outcome.question.text,
        tuple(sorted({quote.passage.chunk.document_key for quote in finding.quotes})),
    )


def choose_threshold(scored: Sequence[Scored], budget: float) -> ClassReport:
    """Of one language and risk, at least one question."""
    quoted = [one for one in scored if one.evidence is not None]
    threshold = _threshold(scored, budget)
    held_out = _cross_fit(scored, budget)
    choice = _choose(threshold, held_out, quoted=len(quoted), budget=budget)
    values, right = _arrays(quoted)
    return ClassReport(
        language=scored[0].language,
        risk=scored[0].risk,
        budget=budget,
        questions=len(scored),
        quoted=len(quoted),
        choice=choice,
        threshold=_measured(quoted, threshold) if choice is Choice.CHOSEN else None,
        needed=fewest_for(budget),
        tightest=_tightest(values, right),
        fitted=None if threshold >= NEVER else to_figures(scored, threshold),
        held_out=held_out,
        curve=_curve(scored),
        surest_wrong=_surest_wrong(quoted),
        bins=tuple(
            Bin(one["from"], int(one["n"]), one["probability"], one["right"]) for one in reliability(values, right)
        ),
        ece=expected_calibration_error([(one.probability, one.is_right) for one in quoted]),
        brier=brier(values, right) if quoted else 0.0,
    )


def to_figures(scored: Sequence[Scored], threshold: float) -> Figures:
    """What these questions get when answers are given from a threshold on."""
    answered = [one for one in scored if one.evidence is not None and one.probability >= threshold]
    return _counted(
        n=len(scored),
        answerable=sum(one.is_answerable for one in scored),
        answered=len(answered),
        wrong=sum(not one.is_right for one in answered),
        silent=sum(not one.is_answerable for one in scored) - sum(not one.is_answerable for one in answered),
    )


def _counted(*, n: int, answerable: int, answered: int, wrong: int, silent: int) -> Figures:
    right, hopeless = answered - wrong, n - answerable
    return Figures(
        n=n,
        answerable=answerable,
        answered=answered,
        wrong=wrong,
        right=right,
        silent=silent,
        bound=upper_bound(wrong, answered),
        coverage=right / answerable if answerable else 0.0,
        abstained=silent / hopeless if hopeless else 0.0,
    )


def _choose(threshold: float, held_out: Figures, *, quoted: int, budget: float) -> Choice:
    if quoted < fewest_for(budget):
        return Choice.TOO_FEW
    if threshold >= NEVER:
        return Choice.OUT_OF_REACH
    is_held = held_out.answered > 0 and held_out.wrong <= budget * held_out.answered
    return Choice.CHOSEN if is_held else Choice.NOT_HELD


def _threshold(scored: Sequence[Scored], budget: float, *, weight: int = 1) -> float:
    quoted = [one for one in scored if one.evidence is not None]
    return threshold_within(*_arrays(quoted), budget, is_bound=True, weight=weight)


def _cross_fit(scored: Sequence[Scored], budget: float) -> Figures:
    """Each half by the threshold of the other, which counts its questions as often as to be as many as all."""
    one, other = halves(scored)
    parts = [
        to_figures(asked, _threshold(fitted, budget, weight=HALVES)) for asked, fitted in ((one, other), (other, one))
    ]
    return _counted(
        n=sum(part.n for part in parts),
        answerable=sum(part.answerable for part in parts),
        answered=sum(part.answered for part in parts),
        wrong=sum(part.wrong for part in parts),
        silent=sum(part.silent for part in parts),
    )


def halves(scored: Sequence[Scored]) -> tuple[list[Scored], list[Scored]]:
    """By the hash of the id: the same in every run, whatever the order of the file, and equally many."""
    ordered = sorted(scored, key=lambda one: hashlib.sha256(one.id.encode()).digest())
    return ordered[::2], ordered[1::2]


def _measured(quoted: Sequence[Scored], threshold: float) -> AnswerThreshold:
    seen = {one.evidence for one in quoted if one.probability >= threshold and one.evidence is not None}
    return AnswerThreshold(threshold, frozenset(seen))


def _tightest(values: Values, right: Values) -> float:
    if not len(values):
        return 1.0
    wrong = np.cumsum(right[np.argsort(-values, kind="stable")] == 0).astype(np.float64)
    return float(upper_bounds(wrong, np.arange(1.0, len(values) + 1)).min())


def _surest_wrong(quoted: Sequence[Scored]) -> tuple[WrongAnswer, ...]:
    wrong = sorted((one for one in quoted if not one.is_right), key=lambda one: -one.probability)
    return tuple(WrongAnswer(one.id, one.text, one.probability, one.quoted) for one in wrong[:SHOWN_WRONG])


def _curve(scored: Sequence[Scored]) -> tuple[CurvePoint, ...]:
    """From the surest answers to all of them, in about equal steps."""
    values = np.unique([one.probability for one in scored if one.evidence is not None])[::-1]
    if not len(values):
        return ()
    places = np.unique(np.linspace(0, len(values) - 1, POINTS).round().astype(int))
    return tuple(CurvePoint(float(values[place]), to_figures(scored, float(values[place]))) for place in places)


def _arrays(scored: Sequence[Scored]) -> tuple[Values, NDArray[np.float64]]:
    return np.array([one.probability for one in scored]), np.array([float(one.is_right) for one in scored])
