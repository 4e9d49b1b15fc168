"""Size advice on the demo shop's charts."""

import tomllib
from importlib.resources import files

import pytest

from kefu_shop.sizes import Advice, Bought, Fit, Known, Measure, Reason, SizeChart, SizeRow, Span, Verdict, advise

_CHARTS = tomllib.loads(files("kefu_shop.demo").joinpath("charts.toml").read_text(encoding="utf-8"))


def chart(name: str) -> SizeChart:
    rows = tuple(
        SizeRow(size, {Measure(measure): Span(*span) for measure, span in spans.items()})
        for size, spans in _CHARTS[name].items()
    )
    return SizeChart(name, rows)


def of(name: str, **known: float) -> Advice:
    return advise(chart(name), Known({Measure(measure): value for measure, value in known.items()}))


def reasons(advice: Advice) -> list[Reason]:
    return [because.reason for because in advice.because]


PLAIN = [
    ("women", {"height": 162, "weight": 53}, "M"),
    ("women", {"height": 166, "weight": 58}, "L"),
    ("men", {"height": 178, "weight": 75}, "XL"),
    ("men", {"height": 170, "weight": 63}, "L"),
    ("shoes-men", {"foot": 258}, "42"),
    ("shoes-men", {"foot": 260}, "42"),
    ("shoes-men", {"foot": 261}, "43"),
    ("shoes-women", {"foot": 225}, "35"),
    ("shoes-women", {"foot": 228}, "36"),
    ("slippers", {"foot": 240}, "38-39"),
    ("socks", {"foot": 250}, "L"),
    ("gloves", {"hand": 18}, "S"),
    ("belts", {"waist": 85}, "105"),
]


@pytest.mark.parametrize(("name", "known", "size"), PLAIN)
def test_measures_that_agree_make_it_sure(name: str, known: dict[str, float], size: str) -> None:
    advice = of(name, **known)
    assert (advice.size, advice.is_sure, advice.ask) == (size, True, ())
    assert reasons(advice) == [Reason.MEASURE]


def test_weight_goes_before_height_and_the_other_is_the_runner_up() -> None:
    advice = of("women", height=158, weight=58)
    assert (advice.size, advice.runner_up, advice.is_sure) == ("L", "S", False)
    assert reasons(advice) == [Reason.MEASURE, Reason.DISAGREES]
    assert advice.ask == (Measure.CHEST, Measure.WAIST)


def test_girth_goes_before_weight() -> None:
    assert of("women", weight=58, chest=86).size == "M"


@pytest.mark.parametrize(("weight", "runner_up"), [(51, "S"), (55, "L")])
def test_the_runner_up_is_the_nearer_neighbour(weight: float, runner_up: str) -> None:
    assert of("women", weight=weight).runner_up == runner_up


@pytest.mark.parametrize(("weight", "reason"), [(40, Reason.BELOW), (80, Reason.ABOVE)])
def test_outside_the_chart_nothing_is_recommended(weight: float, reason: Reason) -> None:
    advice = of("women", weight=weight)
    assert (advice.size, reasons(advice)) == ("", [reason])


def test_the_ends_of_the_chart_belong_to_it() -> None:
    assert (of("women", weight=43).size, of("women", weight=70).size) == ("S", "XL")


def test_knowing_nothing_it_asks() -> None:
    advice = advise(chart("women"), Known())
    assert (advice.size, advice.ask) == ("", (Measure.CHEST, Measure.WAIST, Measure.WEIGHT, Measure.HEIGHT))


def test_the_usual_size_will_do_but_is_not_sure() -> None:
    advice = advise(chart("men"), Known(usual="L"))
    assert (advice.size, advice.is_sure, reasons(advice)) == ("L", False, [Reason.USUAL])


def test_a_size_that_the_chart_lacks_says_nothing() -> None:
    assert advise(chart("men"), Known(usual="S")).size == ""
    assert advise(chart("men"), Known(bought=(Bought("S", Verdict.FITTED),))).size == ""


def test_what_fitted_says_more_than_the_tape() -> None:
    known = Known({Measure.WEIGHT: 58}, bought=(Bought("M", Verdict.FITTED),))
    advice = advise(chart("women"), known)
    assert (advice.size, advice.runner_up) == ("M", "L")
    assert reasons(advice) == [Reason.FITTED_BEFORE, Reason.DISAGREES]


@pytest.mark.parametrize(
    ("verdict", "size", "reason"),
    [(Verdict.TOO_SMALL, "XL", Reason.WAS_TOO_SMALL), (Verdict.TOO_LARGE, "M", Reason.WAS_TOO_LARGE)],
)
def test_a_size_that_was_wrong_is_not_recommended_again(verdict: Verdict, size: str, reason: Reason) -> None:
    advice = advise(chart("men"), Known({Measure.WEIGHT: 65}, bought=(Bought("L", verdict),)))
    assert advice.size == size
    assert reason in reasons(advice)


def test_when_the_largest_was_too_small_it_says_so() -> None:
    advice = advise(chart("men"), Known(bought=(Bought("2XL", Verdict.TOO_SMALL),)))
    assert (advice.size, reasons(advice)[-1]) == ("", Reason.ABOVE)


@pytest.mark.parametrize(
    ("cut", "wanted", "size", "reason"),
    [
        (Fit.LOOSE, Fit.SLIM, "S", Reason.LOOSE_CUT),
        (Fit.SLIM, Fit.LOOSE, "L", Reason.SLIM_CUT),
        (Fit.LOOSE, Fit.REGULAR, "M", None),
    ],
)
def test_the_cut_moves_it_by_one(cut: Fit, wanted: Fit, size: str, reason: Reason | None) -> None:
    advice = advise(chart("women"), Known({Measure.WEIGHT: 53}, wanted=wanted), cut=cut)
    assert advice.size == size
    assert reason is None or reason in reasons(advice)


def test_a_wide_foot_takes_the_next_shoe() -> None:
    advice = advise(chart("shoes-men"), Known({Measure.FOOT: 258}, is_wide_foot=True))
    assert (advice.size, reasons(advice)) == ("43", [Reason.MEASURE, Reason.WIDE_FOOT])


@pytest.mark.parametrize("name", sorted(_CHARTS))
def test_every_size_of_every_chart_can_be_reached(name: str) -> None:
    every = chart(name)
    measure = every.measures[0]
    reached = {advise(every, Known({measure: sum(row.spans[measure]) / 2})).size for row in every.rows}
    assert reached == set(every.sizes)
