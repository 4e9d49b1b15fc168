"""Opening hours of an inbox: is somebody to be expected now, and if not, from when on."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS_AHEAD = 366
Spans = tuple[tuple[time, time], ...]
"""Opening and closing times of one day, in order; a closing time of 00:00 is the end of the day."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """``weekly`` has seven days from Monday; ``holidays`` replace their day, with no spans: closed.

    ``answer_within`` is what an inbox promises, counted in opening hours.
    """

    time_zone: str
    weekly: tuple[Spans, ...]
    holidays: dict[date, Spans] = field(default_factory=dict)
    answer_within: timedelta = timedelta(hours=1)

    def is_open(self, at: datetime) -> bool:
        return self.next_opening(at) == at

    def next_opening(self, at: datetime) -> datetime | None:
        """``at`` itself while open, else the next time of opening; None when there is none within a year."""
        return next((max(start, at) for start, end in self._spans_from(at) if end > at), None)

    def promise(self, at: datetime) -> datetime | None:
        """When an answer is due to who writes at ``at``: ``answer_within`` of opening time later."""
        left = self.answer_within
        for start, end in self._spans_from(at):
            first = max(start, at)
            if end - first >= left:
                return first + left
            left -= max(end - first, timedelta())
        return None

    def _spans_from(self, at: datetime) -> list[tuple[datetime, datetime]]:
        zone = ZoneInfo(self.time_zone)
        today = at.astimezone(zone).date()
        found: list[tuple[datetime, datetime]] = []
        for day in (today + timedelta(days=offset) for offset in range(_DAYS_AHEAD)):
            for opens, closes in self.holidays.get(day, self.weekly[day.weekday()]):
                end_day = day if closes > opens else day + timedelta(days=1)
                start = datetime.combine(day, opens, zone).astimezone(at.tzinfo)
                found.append((start, datetime.combine(end_day, closes, zone).astimezone(at.tzinfo)))
        return found
