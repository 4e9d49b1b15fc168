"""A dialogue state as JSON and back, without loss."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from kefu.dialogue.flows.definition import Wording
from kefu.dialogue.flows.state import (
    DialogueState,
    Done,
    EntryKind,
    Frame,
    JournalEntry,
    OpenKind,
    OpenQuestion,
    PendingReference,
    Shown,
    SlotValue,
)
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object

FORMAT = 1
_OPEN_KINDS: dict[str, OpenKind] = {kind: kind for kind in get_args(OpenKind)}
_ENTRY_KINDS: dict[str, EntryKind] = {kind: kind for kind in get_args(EntryKind)}


def to_json(state: DialogueState) -> JsonObject:
    """The state as JSON."""
    return {
        "format": FORMAT,
        "stack": [_frame_to(frame) for frame in state.stack],
        "slots": {scope: {name: _value_to(v) for name, v in values.items()} for scope, values in state.slots.items()},
        "open": _open_to(state.open) if state.open is not None else None,
        "pending": _pending_to(state.pending) if state.pending is not None else None,
        "counters": dict(state.counters),
        "facts": dict(state.facts),
        "turns": state.turns,
        "last_turn": state.last_turn,
        "opened": state.opened,
        "done": _done_to(state.done) if state.done is not None else None,
    }


def from_json(data: JsonObject) -> DialogueState:
    """The state that ``to_json`` wrote, also that of a version before. Raises TypeError or KeyError when it was not."""
    slots, is_open, pending, done = as_object(data["slots"]), data["open"], data["pending"], data.get("done")
    return DialogueState(
        stack=tuple(_frame_from(as_object(frame)) for frame in as_list(data["stack"])),
        slots={
            scope: {name: _value_from(as_object(value)) for name, value in as_object(values).items()}
            for scope, values in slots.items()
        },
        open=_open_from(as_object(is_open)) if is_open is not None else None,
        pending=_pending_from(as_object(pending)) if pending is not None else None,
        counters={name: _int(count) for name, count in as_object(data["counters"]).items()},
        facts=as_object(data["facts"]),
        turns=_int(data["turns"]),
        last_turn=_str(data["last_turn"]),
        opened=_int(data["opened"]),
        done=_done_from(as_object(done)) if done is not None else None,
    )


def _frame_to(frame: Frame) -> JsonObject:
    return {
        "id": frame.id,
        "flow": frame.flow,
        "version": frame.version,
        "content_hash": frame.content_hash,
        "opened_by": frame.opened_by,
        "touched_at": frame.touched_at.isoformat(),
        "journal": [[key, _entry_to(entry)] for key, entry in frame.journal.items()],
        "interrupted": frame.interrupted,
        "is_parked": frame.is_parked,
        "next_flow": frame.next_flow,
        "shown": _choices_to(frame.shown),
    }


def _frame_from(data: JsonObject) -> Frame:
    interrupted = data["interrupted"]
    pairs = [as_list(pair) for pair in as_list(data["journal"])]
    return Frame(
        id=_str(data["id"]),
        flow=_str(data["flow"]),
        version=_str(data["version"]),
        content_hash=_str(data["content_hash"]),
        opened_by=_str(data["opened_by"]),
        touched_at=_moment(data["touched_at"]),
        journal={_str(key): _entry_from(as_object(entry)) for key, entry in pairs},
        interrupted=_int(interrupted) if interrupted is not None else None,
        is_parked=data["is_parked"] is True,
        next_flow=_str(data["next_flow"]),
        shown=_choices_from(data["shown"]),
    )


def _entry_to(entry: JournalEntry) -> JsonObject:
    return {
        "kind": entry.kind,
        "status": entry.status,
        "value": entry.value,
        "code": entry.code,
        "at": entry.at.isoformat(),
        "turn_id": entry.turn_id,
        "slots": list(entry.slots),
    }


def _entry_from(data: JsonObject) -> JournalEntry:
    return JournalEntry(
        kind=_ENTRY_KINDS[_str(data["kind"])],
        status=_str(data["status"]),
        value=as_object(data["value"]),
        code=_str(data["code"]),
        at=_moment(data["at"]),
        turn_id=_str(data["turn_id"]),
        slots=tuple(map(_str, as_list(data["slots"]))),
    )


def _value_to(value: SlotValue) -> JsonObject:
    return {
        "value": value.value,
        "display": value.display,
        "source": value.source,
        "probability": value.probability,
        "turn_id": value.turn_id,
        "raw": value.raw,
        "span": list(value.span) if value.span is not None else None,
        "is_resolved": value.is_resolved,
        "valid_for": value.valid_for,
    }


def _value_from(data: JsonObject) -> SlotValue:
    probability = data["probability"]
    if isinstance(probability, bool) or not isinstance(probability, int | float):
        raise TypeError("a probability is a number")
    span = data["span"]
    message, start, end = map(_int, as_list(span)) if span is not None else (0, 0, 0)
    return SlotValue(
        value=data["value"],
        display=_str(data["display"]),
        source=_str(data["source"]),
        probability=float(probability),
        turn_id=_str(data["turn_id"]),
        raw=_str(data["raw"]),
        span=(message, start, end) if span is not None else None,
        is_resolved=data["is_resolved"] is True,
        valid_for=_str(data["valid_for"]),
    )


def _choices_to(shown: Mapping[str, tuple[Shown, ...]]) -> JsonObject:
    return {slot: [_shown_to(one) for one in choices] for slot, choices in shown.items()}


def _choices_from(data: JsonValue) -> dict[str, tuple[Shown, ...]]:
    return {slot: tuple(map(_shown_from, as_list(choices))) for slot, choices in as_object(data).items()}


def _done_to(done: Done) -> JsonObject:
    return {"flow": done.flow, "values": dict(done.values), "shown": _choices_to(done.shown), "turn": done.turn}


def _done_from(data: JsonObject) -> Done:
    shown = _choices_from(data["shown"])
    return Done(_str(data["flow"]), as_object(data["values"]), shown, _int(data["turn"]))


def _shown_to(choice: Shown) -> JsonValue:
    return [choice.id, choice.label.zh, choice.label.en, *choice.words]


def _shown_from(data: JsonValue) -> Shown:
    id_, zh, en, *words = map(_str, as_list(data))
    return Shown(id_, Wording(zh, en), tuple(words))


def _open_to(question: OpenQuestion) -> JsonObject:
    return {
        "kind": question.kind,
        "turn_id": question.turn_id,
        "frame_id": question.frame_id,
        "slot": question.slot,
        "choices": [_shown_to(choice) for choice in question.choices],
        "target": question.target,
        "entry": question.entry,
        "repeats": question.repeats,
        "said": question.said,
    }


def _open_from(data: JsonObject) -> OpenQuestion:
    return OpenQuestion(
        kind=_OPEN_KINDS[_str(data["kind"])],
        turn_id=_str(data["turn_id"]),
        frame_id=_str(data["frame_id"]),
        slot=_str(data["slot"]),
        choices=tuple(map(_shown_from, as_list(data["choices"]))),
        target=_str(data["target"]),
        entry=_str(data["entry"]),
        repeats=_int(data["repeats"]),
        said=_str(data.get("said", "")),
    )


def _pending_to(pending: PendingReference) -> JsonObject:
    return {
        "id": pending.id,
        "tool": pending.tool,
        "arguments_hash": pending.arguments_hash,
        "frame_id": pending.frame_id,
        "entry": pending.entry,
        "turn_id": pending.turn_id,
        "expires_at": pending.expires_at.isoformat(),
        "confirmed_in": pending.confirmed_in,
        "is_reviewed": pending.is_reviewed,
    }


def _pending_from(data: JsonObject) -> PendingReference:
    return PendingReference(
        id=_str(data["id"]),
        tool=_str(data["tool"]),
        arguments_hash=_str(data["arguments_hash"]),
        frame_id=_str(data["frame_id"]),
        entry=_str(data["entry"]),
        turn_id=_str(data["turn_id"]),
        expires_at=_moment(data["expires_at"]),
        confirmed_in=_str(data["confirmed_in"]),
        is_reviewed=data["is_reviewed"] is True,
    )


def _str(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, found {type(value).__name__}")
    return value


def _int(value: JsonValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected a whole number, found {type(value).__name__}")
    return value


def _moment(value: JsonValue) -> datetime:
    return datetime.fromisoformat(_str(value))
