"""Opening hours as the JSON of an inbox's row."""

from datetime import date, time, timedelta
from typing import Any

from kefu.domain.hours import OpeningHours, Spans


def hours_to_json(hours: OpeningHours) -> dict[str, Any]:
    return {
        "time_zone": hours.time_zone,
        "weekly": [_to_json(spans) for spans in hours.weekly],
        "holidays": {day.isoformat(): _to_json(spans) for day, spans in hours.holidays.items()},
        "answer_within_seconds": int(hours.answer_within.total_seconds()),
    }


def hours_from_json(value: dict[str, Any]) -> OpeningHours:
    return OpeningHours(
        time_zone=value["time_zone"],
        weekly=tuple(_from_json(spans) for spans in value["weekly"]),
        holidays={date.fromisoformat(day): _from_json(spans) for day, spans in value["holidays"].items()},
        answer_within=timedelta(seconds=value["answer_within_seconds"]),
    )


def _to_json(spans: Spans) -> list[list[str]]:
    return [[opens.isoformat("minutes"), closes.isoformat("minutes")] for opens, closes in spans]


def _from_json(spans: list[list[str]]) -> Spans:
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans)
