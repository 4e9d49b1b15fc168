"""Opening hours: the end of a day, holidays, zones, and a promise that is counted in opening time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from kefu.domain.hours import OpeningHours, Spans

DAY: Spans = ((time(9), time(12)), (time(13), time(18)))
WEEK = (DAY,) * 5 + ((), ())
SHANGHAI = OpeningHours("Asia/Shanghai", WEEK, {date(2026, 10, 1): ()}, timedelta(hours=1))


def at(text: str) -> datetime:
    """A time of Shanghai, as UTC."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "is_open", "opens", "promised"),
    [
        ("2026-11-30T10:00", True, "2026-11-30T10:00", "2026-11-30T11:00"),  # Monday
        ("2026-11-30T11:30", True, "2026-11-30T11:30", "2026-11-30T13:30"),  # half an hour is left before noon
        ("2026-11-30T12:00", False, "2026-11-30T13:00", "2026-11-30T14:00"),
        ("2026-11-30T17:45", True, "2026-11-30T17:45", "2026-12-01T09:45"),
        ("2026-11-30T18:00", False, "2026-12-01T09:00", "2026-12-01T10:00"),
        ("2026-11-28T10:00", False, "2026-11-30T09:00", "2026-11-30T10:00"),  # Saturday
        ("2026-10-01T10:00", False, "2026-10-02T09:00", "2026-10-02T10:00"),  # a holiday
        ("2026-09-30T17:30", True, "2026-09-30T17:30", "2026-10-02T09:30"),
    ],
)
def test_hours(now: str, *, is_open: bool, opens: str, promised: str) -> None:
    assert SHANGHAI.is_open(at(now)) is is_open
    assert SHANGHAI.next_opening(at(now)) == at(opens)
    assert SHANGHAI.promise(at(now)) == at(promised)


def test_midnight_ends_a_day() -> None:
    always = OpeningHours("UTC", (((time(0), time(0)),),) * 7)
    assert always.is_open(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert always.is_open(datetime(2026, 12, 1, tzinfo=UTC))


def test_who_never_opens_promises_nothing() -> None:
    never = OpeningHours("UTC", ((),) * 7)
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert (never.is_open(now), never.next_opening(now), never.promise(now)) == (False, None, None)


def test_a_clock_that_is_put_forward_shifts_nothing() -> None:
    berlin = OpeningHours("Europe/Berlin", (((time(9), time(17)),),) * 7)
    before, after = datetime(2026, 3, 28, 8, tzinfo=UTC), datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert berlin.is_open(before)
    assert berlin.is_open(after)
    assert not berlin.is_open(before - timedelta(minutes=1))
    assert not berlin.is_open(after - timedelta(minutes=1))
