"""Whether a turn's events are, byte for byte, those that are stored; and where they part."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kefu.domain.trace import Stage
from kefu.domain.turn import EventType
from kefu.kit.canonical import to_canonical_json
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object

NOTHING = "nothing"
_SHOWN = 160
_STAGES = {
    EventType.CITATION_ADDED: Stage.COMPOSE,
    EventType.ANSWER_DELTA: Stage.COMPOSE,
    EventType.TOOL_CALLED: Stage.GATE,
    EventType.CONFIRMATION_REQUESTED: Stage.GATE,
    EventType.HANDOFF_REQUESTED: Stage.HANDOFF,
    EventType.STATUS_CHANGED: Stage.HANDOFF,
}
_INSIDE = {"dialogue": Stage.EVALUATE, "profile": Stage.EVALUATE}

Told = tuple[EventType, JsonObject]
"""An event without its number: its type and its data."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first one. ``event`` counts from 0; ``path`` leads into its data; the values are JSON, shortened."""

    event: int
    type: str
    path: str
    stored: str
    replayed: str
    stage: str


def find_difference(stored: Sequence[Told], replayed: Sequence[Told]) -> Difference | None:
    """None: they are the same bytes as canonical JSON."""
    for number, (one, other) in enumerate(zip_longest(stored, replayed)):
        if one is None or other is None or to_canonical_json(one) != to_canonical_json(other):
            return _describe(number, one, other, stage=find_stage(_trace_in(stored), _trace_in(replayed)))
    return None


def find_stage(stored: JsonObject | None, replayed: JsonObject | None) -> str | None:
    """The stage of the first decision that is not the same in two traces; times do not count."""
    if stored is None or replayed is None:
        return None
    for one, other in zip_longest(as_list(stored["steps"]), as_list(replayed["steps"])):
        if _without_time(one) != _without_time(other):
            return str(as_object(one if one is not None else other)["stage"])
    return None


def _describe(number: int, one: Told | None, other: Told | None, *, stage: str | None) -> Difference:
    kind = one[0] if one is not None else other[0] if other is not None else EventType.TURN_FINISHED
    path, left, right = (
        ("", one, other) if one is None or other is None or one[0] != other[0] else _walk(one[1], other[1])
    )
    by_path = _INSIDE.get(path.partition(".")[0], Stage.FINISH)
    return Difference(number, kind.value, path, _shown(left), _shown(right), stage or _STAGES.get(kind, by_path).value)


def _walk(one: JsonValue, other: JsonValue, path: str = "") -> tuple[str, JsonValue, JsonValue]:
    """The path to the first value that differs, and both of them."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            if name not in one or name not in other or to_canonical_json(one[name]) != to_canonical_json(other[name]):
                return _walk(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
    if isinstance(one, list) and isinstance(other, list):
        for number, (left, right) in enumerate(zip_longest(one, other)):
            if to_canonical_json(left) != to_canonical_json(right):
                return _walk(left, right, f"{path}[{number}]")
    return path, one, other


def _shown(value: object) -> str:
    text = NOTHING if value is None else to_canonical_json(value).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _trace_in(events: Sequence[Told]) -> JsonObject | None:
    found = next((data for kind, data in events if kind is EventType.TURN_FINISHED), None)
    return None if found is None else as_object(found["trace"])


def _without_time(step: JsonValue) -> JsonObject:
    return {} if step is None else {name: value for name, value in as_object(step).items() if name != "ms"}
