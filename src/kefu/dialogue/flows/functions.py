"""The functions that an expression may call: pure, and the time comes from the turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from kefu.dialogue.flows.values import (
    EXACT,
    LONGEST,
    ValueMismatchError,
    comes_before,
    contains,
    describe,
    to_moment,
    to_number,
)

Arguments = Sequence[object]
_FURTHEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Function:
    """``call`` gets the arguments and the turn's time; it takes ``least`` to ``most`` arguments."""

    least: int
    most: int
    call: Callable[[Arguments, datetime], object]


def _local_day(value: object, now: datetime) -> date:
    """The day of a moment where the customer is; a day without a time is that day everywhere."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        return to_moment(value).date()
    return to_moment(value).astimezone(now.tzinfo).date()


def _days_between(first: object, second: object, now: datetime) -> Decimal:
    return Decimal((_local_day(second, now) - _local_day(first, now)).days)


def _add_days(arguments: Arguments, now: datetime) -> object:
    days = to_number(arguments[1])
    if abs(days) > _FURTHEST_DAYS:
        raise ValueMismatchError("more than a hundred years of days")
    return _local_day(arguments[0], now) + timedelta(days=int(days))


def _hours_since(arguments: Arguments, now: datetime) -> object:
    return Decimal(int((now - to_moment(arguments[0])).total_seconds() // 3600))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueMismatchError(f"{describe(value)} is not a list")
    if len(value) > LONGEST:
        raise ValueMismatchError("a list is too long")
    return value


def _length(arguments: Arguments, _now: datetime) -> object:
    value = arguments[0]
    if not isinstance(value, str | list | dict):
        raise ValueMismatchError(f"{describe(value)} has no length")
    return Decimal(len(value))


def _sum(arguments: Arguments, _now: datetime) -> object:
    total = Decimal(0)
    for entry in _list(arguments[0]):
        total = EXACT.add(total, to_number(entry))
    return to_number(total)


def _extreme(arguments: Arguments, *, is_largest: bool) -> object:
    entries = _list(arguments[0]) if len(arguments) == 1 else list(arguments)
    if not entries:
        raise ValueMismatchError("an empty list has no smallest or largest entry")
    best = entries[0]
    for entry in entries[1:]:
        if comes_before(best, entry) if is_largest else comes_before(entry, best):
            best = entry
    return best


def _round(arguments: Arguments, _now: datetime) -> object:
    places = int(to_number(arguments[1])) if len(arguments) > 1 else 0
    if not 0 <= places <= 6:  # noqa: PLR2004 - no amount has more
        raise ValueMismatchError("numbers are rounded to 0 to 6 places")
    return to_number(arguments[0]).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT)


def _field(arguments: Arguments, _now: datetime) -> object:
    name = arguments[1]
    return [row.get(name) if isinstance(row, dict) else None for row in _list(arguments[0])]


def _pick(arguments: Arguments, _now: datetime) -> object:
    """The rows whose field is one of the wanted values: the items behind the ids that a customer chose."""
    rows, name, wanted = arguments
    return [row for row in _list(rows) if isinstance(row, dict) and contains(_list(wanted), row.get(name))]


def _lower(arguments: Arguments, _now: datetime) -> object:
    if not isinstance(arguments[0], str):
        raise ValueMismatchError(f"{describe(arguments[0])} is not a text")
    return arguments[0].lower()


FUNCTIONS: Mapping[str, Function] = {
    "days_since": Function(1, 1, lambda a, now: _days_between(a[0], now, now)),
    "days_until": Function(1, 1, lambda a, now: _days_between(now, a[0], now)),
    "days_between": Function(2, 2, lambda a, now: _days_between(a[0], a[1], now)),
    "hours_since": Function(1, 1, _hours_since),
    "add_days": Function(2, 2, _add_days),
    "today": Function(0, 0, lambda _, now: now.date()),
    "now": Function(0, 0, lambda _, now: now),
    "date": Function(1, 1, lambda a, now: _local_day(a[0], now)),
    "len": Function(1, 1, _length),
    "sum": Function(1, 1, _sum),
    "min": Function(1, 8, lambda a, _: _extreme(a, is_largest=False)),
    "max": Function(1, 8, lambda a, _: _extreme(a, is_largest=True)),
    "abs": Function(1, 1, lambda a, _: abs(to_number(a[0]))),
    "round": Function(1, 2, _round),
    "field": Function(2, 2, _field),
    "pick": Function(3, 3, _pick),
    "lower": Function(1, 1, _lower),
    "number": Function(1, 1, lambda a, _: to_number(a[0])),
}
