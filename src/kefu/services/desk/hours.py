"""When people answer in an inbox, and whom customers are told to call when it cannot wait for them."""

from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kefu.dialogue.handoff import Policy
from kefu.domain.conversation import Hotlines, Inbox
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.hours import OpeningHours, Spans
from kefu.storage.database import Database

_DAYS = 7


class HoursService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get_inbox(self, workspace_id: str, slug: str) -> Inbox:
        """Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            inbox = await unit.workspaces.find_inbox(slug)
        if inbox is None:
            raise NotFoundError("inbox", slug)
        return inbox

    async def list_inboxes(self, workspace_id: str) -> list[Inbox]:
        async with self._database.read(workspace_id) as unit:
            return await unit.workspaces.list_inboxes()

    async def set_hours(self, workspace_id: str, slug: str, hours: OpeningHours | None) -> Inbox:
        """None takes them away: then nothing is promised. Raises InvalidInputError, NotFoundError."""
        if hours is not None:
            _check(hours)
        inbox = await self.get_inbox(workspace_id, slug)
        async with self._database.write(workspace_id) as unit:
            await unit.workspaces.set_hours(inbox.id, hours)
            return await unit.workspaces.get_inbox(inbox.id)

    async def get_hotlines(self, workspace_id: str) -> Hotlines:
        async with self._database.read(workspace_id) as unit:
            return await unit.hotlines.get()

    async def set_hotlines(self, workspace_id: str, hotlines: Hotlines) -> Hotlines:
        """By policy class; exactly these. Raises InvalidInputError for a class that is none."""
        unknown = sorted(set(hotlines) - {policy.value for policy in Policy})
        if unknown:
            raise InvalidInputError(
                f"{unknown[0]} is no policy class; there are {', '.join(Policy)}.", field="hotlines"
            )
        async with self._database.write(workspace_id) as unit:
            await unit.hotlines.put(hotlines)
            return await unit.hotlines.get()


def _check(hours: OpeningHours) -> None:
    try:
        ZoneInfo(hours.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInputError(f"There is no time zone {hours.time_zone}.", field="time_zone") from error
    if len(hours.weekly) != _DAYS:
        raise InvalidInputError("Give seven days, Monday first; a closed one is [].", field="weekly")
    for spans in (*hours.weekly, *hours.holidays.values()):
        if not _is_in_order(spans):
            raise InvalidInputError("The times of a day are in order and do not overlap.", field="weekly")
    if hours.answer_within.total_seconds() <= 0:
        raise InvalidInputError("An answer takes some time.", field="answer_within_minutes")


def _is_in_order(spans: Spans) -> bool:
    """A closing time of 00:00 is the end of the day, so nothing follows it."""
    ends_at_midnight = [closes.isoformat() == "00:00:00" for _, closes in spans]
    if any(ends_at_midnight[:-1]):
        return False
    inner = [time for opens, closes in spans for time in (opens, closes)]
    inner = inner[:-1] if ends_at_midnight and ends_at_midnight[-1] else inner
    return all(first < second for first, second in pairwise(inner))
