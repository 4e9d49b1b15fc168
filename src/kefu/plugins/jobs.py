"""Long work of a plugin: run by kefu's workers, by hand or by a schedule, watched and stopped like any other job."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from kefu.domain.job import JobProblem
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import WorkContext

JOB_SECONDS = 600.0
MOST_JOB_SECONDS = 6 * 3600.0
SHORTEST_PAUSE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, this long after it was ordered."""

    pause: timedelta

    def next_after(self, now: datetime) -> datetime:
        return now + self.pause


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day, at a time of a zone (``Asia/Shanghai``)."""

    at: time
    zone: str = "UTC"

    def next_after(self, now: datetime) -> datetime:
        """Across a change of the clock too: the wall's time counts."""
        zone = ZoneInfo(self.zone)
        local = now.astimezone(zone)
        for days in (0, 1, 2):
            due = datetime.combine(local.date() + timedelta(days=days), self.at, zone)
            if due > local:
                return due
        raise AssertionError("a day has passed within two")


Schedule = Every | Daily


class JobHandle(Protocol):
    """A run of a job, as its function sees it."""

    @property
    def context(self) -> WorkContext: ...

    @property
    def payload(self) -> JsonObject:
        """What it was ordered with; empty for a run by schedule."""
        ...

    @property
    def cursor(self) -> JsonObject:
        """What an earlier try has last reported: go on from there. Empty at first."""
        ...

    async def report(
        self, *, done: int, total: int, cursor: JsonObject | None = None, problems: Iterable[JobProblem] = ()
    ) -> None:
        """Say how far it is, often; it ends here when the job was stopped."""
        ...


RunJob = Callable[[JobHandle], Awaitable[JsonObject | None]]
"""Does the work and gives its result. It must bear a second run from the last cursor."""


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work. It runs beside the turns of its plugin, never in their thread."""

    name: str
    run: RunJob
    schedule: Schedule | None = None
    seconds: float = JOB_SECONDS
