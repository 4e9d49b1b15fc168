"""What a customer who wants a person may honestly be told: the place in line, the wait, the promised time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kefu.domain.conversation import Language
from kefu.kit.strings import Strings

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """``place`` 1 is the next; ``wait`` is the middle of recent real waits, None when too few are known;
    ``promised_at`` is None while somebody is there, or when nobody has said by when an answer comes.
    """

    place: int
    wait: timedelta | None
    is_open: bool
    is_staffed: bool
    promised_at: datetime | None
    time_zone: str


def tell_queued(outlook: Outlook, strings: Strings, language: Language) -> str:
    """What is said when a conversation joins the queue."""
    if outlook.promised_at is not None:
        key = "handoff_promised" if outlook.is_open else "handoff_closed"
        return strings.get(key, language, moment=_moment(outlook, outlook.promised_at, strings, language))
    if not outlook.is_staffed:
        return strings.get("handoff_unstaffed", language)
    return strings.get("handoff_queued", language, line=tell_place(outlook, strings, language))


def tell_place(outlook: Outlook, strings: Strings, language: Language) -> str:
    """What is said while a conversation waits."""
    if outlook.promised_at is not None:
        return strings.get("queue_promised", language, moment=_moment(outlook, outlook.promised_at, strings, language))
    if not outlook.is_staffed:
        return strings.get("queue_unstaffed", language, place=outlook.place)
    if outlook.wait is None:
        return strings.get("queue_place", language, place=outlook.place)
    minutes = max(1, round(outlook.wait / _MINUTE))
    return strings.get("queue_place_wait", language, place=outlook.place, minutes=minutes)


def _moment(outlook: Outlook, at: datetime, strings: Strings, language: Language) -> str:
    local = at.astimezone(ZoneInfo(outlook.time_zone))
    month_name = strings.get("months", language).split()[local.month - 1]
    return strings.get(
        "moment", language, month=month_name, day=local.day, time=f"{local:%H:%M}", zone=outlook.time_zone
    )
