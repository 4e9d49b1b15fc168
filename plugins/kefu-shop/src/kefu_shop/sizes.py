"""Which size: a chart, what is known of the body, what fitted before; the reasons; and what is not known.

The rules are those of the size pages of clothing shops: weight goes before height, girth before weight, the foot's length
alone for shoes; between two sizes the larger one. What was bought and fitted says more than any tape.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Measure(StrEnum):
    """Lengths and girths in cm, weight in kg, feet in mm."""

    HEIGHT = "height"
    WEIGHT = "weight"
    CHEST = "chest"
    WAIST = "waist"
    HAND = "hand"
    FOOT = "foot"


_DECIDING = (Measure.FOOT, Measure.HAND, Measure.CHEST, Measure.WAIST, Measure.WEIGHT, Measure.HEIGHT)
"""The first that is known and in the chart decides."""


class Span(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SizeRow:
    size: str
    spans: Mapping[Measure, Span]


@dataclass(frozen=True, slots=True)
class SizeChart:
    """Sizes from the smallest to the largest."""

    name: str
    rows: tuple[SizeRow, ...]

    @property
    def sizes(self) -> tuple[str, ...]:
        return tuple(row.size for row in self.rows)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the chart asks for, the weightiest first."""
        known = {measure for row in self.rows for measure in row.spans}
        return tuple(measure for measure in _DECIDING if measure in known)


class Fit(StrEnum):
    """How an article is cut, and how somebody wants to wear it."""

    SLIM = "slim"
    REGULAR = "regular"
    LOOSE = "loose"


class Verdict(StrEnum):
    FITTED = "fitted"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"


class Bought(NamedTuple):
    """Something of the same chart that was bought before."""

    size: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of whoever will wear it."""

    measures: Mapping[Measure, float] = field(default_factory=dict)
    usual: str = ""
    """The size that is usually worn, in this chart's sizes."""
    bought: tuple[Bought, ...] = ()
    """The newest last."""
    wanted: Fit = Fit.REGULAR
    is_wide_foot: bool = False


class Reason(StrEnum):
    """Why; each has its sentence in both languages, with the facts that are beside it."""

    MEASURE = "measure"
    """A measure lies in the size's range."""
    FITTED_BEFORE = "fitted_before"
    WAS_TOO_SMALL = "was_too_small"
    WAS_TOO_LARGE = "was_too_large"
    USUAL = "usual"
    LOOSE_CUT = "loose_cut"
    """It is cut loosely: whoever wants it to fit closely takes a smaller one."""
    SLIM_CUT = "slim_cut"
    """It is cut closely: whoever wants room takes a larger one."""
    WIDE_FOOT = "wide_foot"
    DISAGREES = "disagrees"
    """Another measure points to the runner-up."""
    BELOW = "below"
    """Smaller than the smallest size is made for."""
    ABOVE = "above"


class Because(NamedTuple):
    reason: Reason
    facts: Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class Advice:
    """``size`` is empty when nothing can be said; then ``ask`` names what would help, the most helpful first."""

    size: str
    runner_up: str = ""
    because: tuple[Because, ...] = ()
    ask: tuple[Measure, ...] = ()
    is_sure: bool = False
    """All that is known points to the same size."""


def advise(chart: SizeChart, known: Known, *, cut: Fit = Fit.REGULAR) -> Advice:
    """The size of a chart for somebody. Sizes that somebody names and the chart lacks are left aside."""
    pointed = [
        (measure, _point(chart, measure, known.measures[measure]))
        for measure in chart.measures
        if measure in known.measures
    ]
    outside = next((point for measure, point in pointed[:1] if point.row is None), None)
    bought = [one for one in known.bought if one.size in chart.sizes]
    fitted = next((one for one in reversed(bought) if one.verdict is Verdict.FITTED), None)
    if fitted is not None:
        start = _Start(chart.sizes.index(fitted.size), [Because(Reason.FITTED_BEFORE, {"size": fitted.size})])
    elif outside is not None:
        return Advice("", because=(outside.because,), ask=())
    elif pointed:
        (_, first), *_ = pointed
        assert first.row is not None
        start = _Start(first.row, [first.because])
    elif known.usual in chart.sizes:
        start = _Start(chart.sizes.index(known.usual), [Because(Reason.USUAL, {"size": known.usual})])
    elif bought:
        start = _Start(chart.sizes.index(bought[-1].size), [])
    else:
        return Advice("", ask=chart.measures)
    return _conclude(chart, known, start, [point for _, point in pointed], cut=cut)


class _Point(NamedTuple):
    """Where a measure points to; ``row`` is None outside the chart. ``share``: how far up in its range, 0 to 1."""

    row: int | None
    because: Because
    share: float = 0.5


@dataclass(slots=True)
class _Start:
    row: int
    because: list[Because]


def _point(chart: SizeChart, measure: Measure, value: float) -> _Point:
    rows = [(number, row.spans[measure]) for number, row in enumerate(chart.rows) if measure in row.spans]
    lowest, highest = rows[0][1], rows[-1][1]
    if value < lowest.low:
        return _Point(None, Because(Reason.BELOW, {"measure": measure, "value": value, "end": lowest.low}))
    if value > highest.high:
        return _Point(None, Because(Reason.ABOVE, {"measure": measure, "value": value, "end": highest.high}))
    number, span = _place(rows, value, is_length=measure is Measure.FOOT)
    facts: dict[str, str | float] = {
        "measure": measure,
        "value": value,
        "low": span.low,
        "high": span.high,
        "size": chart.rows[number].size,
    }
    share = (value - span.low) / (span.high - span.low)
    return _Point(number, Because(Reason.MEASURE, facts), min(max(share, 0.0), 1.0))


def _place(rows: Sequence[tuple[int, Span]], value: float, *, is_length: bool) -> tuple[int, Span]:
    """The row of a value inside the chart. Between two sizes it is the larger one; a shoe fits up to its length."""
    if is_length:
        return next((row for row in rows if value <= row[1].high), rows[-1])
    begun = [row for row in rows if row[1].low <= value]
    return begun[-1]


def _conclude(chart: SizeChart, known: Known, start: _Start, pointed: Sequence[_Point], *, cut: Fit) -> Advice:
    row, because = start.row, list(start.because)
    row = _shifted(
        row, because, known, cut=cut, is_measured=because[:1] != [] and because[0].reason is not Reason.FITTED_BEFORE
    )
    row = _within(chart, row, because, known)
    if not 0 <= row < len(chart.rows):
        reason = Reason.BELOW if row < 0 else Reason.ABOVE
        return Advice("", because=(*because, Because(reason, {})))
    others = [point for point in pointed if point.row is not None and point.row != start.row]
    if others:
        because.append(Because(Reason.DISAGREES, others[0].because.facts))
    runner_up = _runner_up(chart, row, others, pointed)
    missing = tuple(measure for measure in chart.measures if measure not in known.measures)
    is_sure = not others and bool(pointed or known.bought)
    return Advice(chart.sizes[row], runner_up, tuple(because), () if is_sure else missing, is_sure)


def _shifted(row: int, because: list[Because], known: Known, *, cut: Fit, is_measured: bool) -> int:
    """One size up or down for the cut; what was bought and fitted has that in it already."""
    if not is_measured:
        return row
    if cut is Fit.LOOSE and known.wanted is Fit.SLIM:
        because.append(Because(Reason.LOOSE_CUT, {}))
        return row - 1
    if cut is Fit.SLIM and known.wanted is Fit.LOOSE:
        because.append(Because(Reason.SLIM_CUT, {}))
        return row + 1
    if known.is_wide_foot:
        because.append(Because(Reason.WIDE_FOOT, {}))
        return row + 1
    return row


def _within(chart: SizeChart, row: int, because: list[Because], known: Known) -> int:
    """Not a size that has already turned out too small or too large."""
    for size, verdict in known.bought:
        if size not in chart.sizes:
            continue
        tried = chart.sizes.index(size)
        if verdict is Verdict.TOO_SMALL and row <= tried:
            row = tried + 1
            because.append(Because(Reason.WAS_TOO_SMALL, {"size": size}))
        if verdict is Verdict.TOO_LARGE and row >= tried:
            row = tried - 1
            because.append(Because(Reason.WAS_TOO_LARGE, {"size": size}))
    return row


def _runner_up(chart: SizeChart, row: int, others: Sequence[_Point], pointed: Sequence[_Point]) -> str:
    """What another measure points to, else the neighbour that the deciding measure is nearer to."""
    if others and others[0].row is not None and others[0].row != row:
        return chart.sizes[others[0].row]
    upper = pointed[0].share >= 0.5 if pointed else True  # noqa: PLR2004 - the middle of the range
    neighbours = (row + 1, row - 1) if upper else (row - 1, row + 1)
    return next((chart.sizes[one] for one in neighbours if 0 <= one < len(chart.rows)), "")
