"""The values of expressions: JSON, exact numbers, days and moments; how they compare and become JSON again."""

from datetime import UTC, date, datetime
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from kefu.kit.jsonvalue import JsonValue

EXACT = Context(prec=28, Emax=99, Emin=-99, traps=[DivisionByZero, InvalidOperation, Overflow])
LARGEST = Decimal(10) ** 18
LONGEST = 10_000
"""Characters of a text, and entries of a list, that an expression may make."""


_SHOWN = 40


class ValueMismatchError(ValueError):
    """Two values that do not go together. Expressions turn it into an ExpressionError that shows their text."""


def to_number(value: object) -> Decimal:
    """An int, float or number written as text, exactly. Raises ValueMismatchError."""
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueMismatchError(f"{describe(value)} is not a number")
    else:
        try:
            number = Decimal(repr(value) if isinstance(value, float) else value)
        except InvalidOperation as error:
            raise ValueMismatchError(f"{describe(value)} is not a number") from error
    if not number.is_finite() or abs(number) > LARGEST:
        raise ValueMismatchError("a number is too large")
    return number


def is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def to_moment(value: object) -> datetime:
    """A moment, or an ISO 8601 text; a day is its beginning, and without a zone it is UTC. Raises ValueMismatchError."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueMismatchError(f"{describe(value)} is not a date") from error
    else:
        raise ValueMismatchError(f"{describe(value)} is not a date")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def are_equal(left: object, right: object) -> bool:
    """Numbers by value, never a number and a boolean; lists and objects entry by entry."""
    if is_number(left) and is_number(right):
        return to_number(left) == to_number(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(are_equal, left, right))
    if (
        isinstance(left, date) != isinstance(right, date)
        and isinstance(left, date | str)
        and isinstance(right, date | str)
    ):
        return to_moment(left) == to_moment(right)
    return left == right


def comes_before(left: object, right: object) -> bool:
    """Order of two numbers, two moments or two texts. Raises ValueMismatchError."""
    if is_number(left) or is_number(right):
        return to_number(left) < to_number(right)
    if isinstance(left, date) or isinstance(right, date):
        return to_moment(left) < to_moment(right)
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    raise ValueMismatchError(f"{describe(left)} and {describe(right)} have no order")


def contains(container: object, value: object) -> bool:
    """Whether a list has an entry, a text a part, an object a key. Raises ValueMismatchError."""
    if isinstance(container, list):
        return any(are_equal(entry, value) for entry in container)
    if isinstance(container, dict):
        return value in container
    if isinstance(container, str) and isinstance(value, str):
        return value in container
    raise ValueMismatchError(f"{describe(container)} does not contain things")


def to_json(value: object) -> JsonValue:
    """A whole number becomes an int, another exact number its text («12.50»), a moment its ISO text."""
    if isinstance(value, Decimal):
        return (
            int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else format(value, "f")
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [to_json(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): to_json(entry) for key, entry in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueMismatchError(f"{describe(value)} is not JSON")


def describe(value: object) -> str:
    """The value for an engineer, shortened; never shown to a customer."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
