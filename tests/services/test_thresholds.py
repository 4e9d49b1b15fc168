"""Thresholds, figures and curves, against what can be counted by hand."""

import math

import numpy as np
import pytest

from kefu.domain.knowledge import Risk
from kefu.kit.binomial import upper_bound
from kefu.services.evaluation.curves import NEVER, brier, reliability, threshold_within
from kefu.services.evaluation.thresholds import Choice, Scored, choose_threshold, halves, to_figures


def scored(*rows: tuple[float, bool], hopeless: int = 0) -> list[Scored]:
    """Answerable questions with quotes of this probability that are right or not; then some without an answer."""
    answerable = [
        Scored(f"q{n}", "zh", Risk.GENERAL, "meaning", probability, is_right, True)
        for n, (probability, is_right) in enumerate(rows)
    ]
    return answerable + [Scored(f"u{n}", "zh", Risk.GENERAL, None, 0.0, False, False) for n in range(hopeless)]


def within(values: list[float], right: list[int], budget: float, **options: bool) -> float:
    return threshold_within(np.array(values), np.array(right, dtype=float), budget, **{"is_bound": False, **options})


def test_the_last_threshold_within_the_share() -> None:
    assert within([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 1], 0.25) == 0.6
    assert within([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 1], 0.2) == 0.8
    assert within([0.9, 0.8], [0, 0], 0.2) == NEVER
    assert within([], [], 0.2) == NEVER


def test_equal_probabilities_are_answered_together() -> None:
    assert within([0.9, 0.7, 0.7], [1, 1, 0], 0.0) == 0.9


def test_the_bound_takes_more_answers_than_the_share() -> None:
    values = [1 - n / 1000 for n in range(8)]
    assert within(values, [1] * 8, 0.4, is_bound=True) == values[-1]
    assert within(values[:5], [1] * 5, 0.4, is_bound=True) == NEVER, "0 of 5: up to 45 %"
    assert upper_bound(0, 5) == pytest.approx(0.4507, abs=1e-4)


def test_what_follows_a_clear_excess_is_not_taken() -> None:
    right = [1] * 60 + [0] * 60 + [1] * 2000
    values = [1 - n / 10_000 for n in range(len(right))]
    assert within(values, right, 0.05) == values[62], "60 right and 3 wrong are 4.8 %"


def test_figures_are_counted() -> None:
    figures = to_figures(scored((0.9, True), (0.8, False), (0.7, True), hopeless=1), 0.75)
    assert figures.bound == pytest.approx(math.sqrt(0.95))
    assert (figures.n, figures.answerable, figures.answered, figures.wrong, figures.silent) == (4, 3, 2, 1, 1)
    assert figures.coverage == pytest.approx(1 / 3)
    assert figures.abstained == 1.0


def test_a_threshold_is_chosen_and_held_on_the_other_half() -> None:
    questions = scored(*[(0.9 - n / 1000, True) for n in range(40)], *[(0.3, False)] * 20, hopeless=10)
    report = choose_threshold(questions, 0.1)
    assert (report.choice, report.questions, report.quoted, report.needed) == (Choice.CHOSEN, 70, 60, 29)
    assert report.threshold is not None
    assert report.threshold.probability == pytest.approx(0.861)
    assert report.threshold.evidence == {"meaning"}
    assert report.fitted is not None
    assert (report.fitted.answered, report.fitted.wrong, report.fitted.silent) == (40, 0, 10)
    assert report.fitted.bound == pytest.approx(1 - 0.05 ** (1 / 40))
    assert report.held_out.n == 70
    assert report.held_out.wrong == 0
    assert 30 <= report.held_out.answered <= 40
    assert report.is_confirmed


def test_too_few_questions_choose_nothing_and_say_how_many_it_takes() -> None:
    report = choose_threshold(scored(*[(0.9, True)] * 20), 0.02)
    assert (report.choice, report.threshold, report.needed) == (Choice.TOO_FEW, None, 149)
    assert report.tightest == pytest.approx(upper_bound(0, 20))


def test_wrong_answers_among_the_surest_put_it_out_of_reach() -> None:
    report = choose_threshold(scored(*[(0.9 - n / 1000, n % 2 == 0) for n in range(60)]), 0.05)
    assert (report.choice, report.threshold) == (Choice.OUT_OF_REACH, None)
    assert report.fitted is None
    assert [one.probability for one in report.surest_wrong[:2]] == [0.899, 0.897]
    assert len(report.surest_wrong) == 10


def test_what_one_half_promises_and_the_other_breaks_is_not_chosen() -> None:
    """All wrong ones are in one half: by the threshold of the good half, half of its answers are wrong."""
    names = [f"q{n}" for n in range(80)]
    _, other = halves([Scored(name, "en", Risk.GENERAL, "meaning", 0.9, True, True) for name in names])
    wrong = {question.id for question in other[:20]}
    report = choose_threshold(
        [Scored(name, "en", Risk.GENERAL, "meaning", 0.9, name not in wrong, True) for name in names], 0.35
    )
    assert report.fitted is not None
    assert report.fitted.bound <= 0.35, "on all questions together it would be within"
    assert (report.held_out.wrong, report.held_out.answered) == (20, 40)
    assert (report.choice, report.threshold) == (Choice.NOT_HELD, None)


def test_halves_are_equal_and_do_not_depend_on_the_order() -> None:
    questions = scored(*[(0.5, True)] * 11)
    one, other = halves(questions)
    again, _ = halves(questions[::-1])
    assert (len(one), len(other)) == (6, 5)
    assert one == again


def test_reliability_and_brier_by_hand() -> None:
    values, right = np.array([0.1, 0.9, 0.9, 0.94]), np.array([0.0, 1.0, 1.0, 0.0])
    assert brier(values, right) == pytest.approx((0.01 + 0.01 + 0.01 + 0.8836) / 4)
    assert reliability(values, right) == [
        {"from": 0.1, "n": 1, "probability": 0.1, "right": 0.0},
        {"from": 0.9, "n": 3, "probability": 0.9133, "right": 0.6667},
    ]
    report = choose_threshold(scored((0.1, False), (0.9, True), (0.9, True), (0.94, False)), 0.5)
    assert report.ece == pytest.approx((0.1 + abs(2.74 - 2)) / 4)
    assert report.brier == pytest.approx(brier(values, right))
    assert [(point.threshold, point.figures.answered) for point in report.curve] == [(0.94, 1), (0.9, 3), (0.1, 4)]
