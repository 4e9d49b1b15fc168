"""A state that was written as JSON and read again is the same state."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.dialogue.flows.definition import Wording
from kefu.dialogue.flows.state import (
    DialogueState,
    Done,
    Frame,
    JournalEntry,
    OpenQuestion,
    PendingReference,
    Shown,
    SlotValue,
)
from kefu.dialogue.flows.state_json import from_json, to_json
from kefu.kit.jsonvalue import as_object

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
MOMENT = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
COUNT = st.integers(0, 10_000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=3)
VALUES = st.builds(
    SlotValue,
    value=JSON,
    display=TEXT,
    source=TEXT,
    probability=st.floats(0, 1),
    turn_id=TEXT,
    raw=TEXT,
    span=st.none() | st.tuples(COUNT, COUNT, COUNT),
    is_resolved=st.booleans(),
    valid_for=TEXT,
)
ENTRIES = st.builds(
    JournalEntry,
    kind=st.sampled_from(["read", "write", "said", "offer", "review", "again"]),
    status=TEXT,
    value=OBJECT,
    code=TEXT,
    at=MOMENT,
    turn_id=TEXT,
    slots=st.lists(TEXT, max_size=3).map(tuple),
)
FRAMES = st.builds(
    Frame,
    id=TEXT,
    flow=TEXT,
    version=TEXT,
    content_hash=TEXT,
    opened_by=TEXT,
    touched_at=MOMENT,
    journal=st.dictionaries(TEXT, ENTRIES, max_size=3),
    interrupted=st.none() | COUNT,
    is_parked=st.booleans(),
    next_flow=TEXT,
)
SHOWN = st.builds(
    Shown, id=TEXT, label=st.builds(Wording, zh=TEXT, en=TEXT), words=st.lists(TEXT, max_size=3).map(tuple)
)
QUESTIONS = st.builds(
    OpenQuestion,
    kind=st.sampled_from(["slot", "confirmation", "review", "offer", "resume", "clarify", "close"]),
    turn_id=TEXT,
    frame_id=TEXT,
    slot=TEXT,
    choices=st.lists(SHOWN, max_size=3).map(tuple),
    target=TEXT,
    entry=TEXT,
    repeats=COUNT,
    said=TEXT,
)
DONE = st.builds(
    Done,
    flow=TEXT,
    values=OBJECT,
    shown=st.dictionaries(TEXT, st.lists(SHOWN, max_size=2).map(tuple), max_size=2),
    turn=COUNT,
)
PENDING = st.builds(
    PendingReference,
    id=TEXT,
    tool=TEXT,
    arguments_hash=TEXT,
    frame_id=TEXT,
    entry=TEXT,
    turn_id=TEXT,
    expires_at=MOMENT,
    confirmed_in=TEXT,
    is_reviewed=st.booleans(),
)
STATES = st.builds(
    DialogueState,
    stack=st.lists(FRAMES, max_size=3).map(tuple),
    slots=st.dictionaries(TEXT, st.dictionaries(TEXT, VALUES, max_size=3), max_size=3),
    open=st.none() | QUESTIONS,
    pending=st.none() | PENDING,
    counters=st.dictionaries(TEXT, COUNT, max_size=3),
    facts=OBJECT,
    turns=COUNT,
    last_turn=TEXT,
    opened=COUNT,
    done=st.none() | DONE,
)


@settings(max_examples=25, deadline=None)
@given(STATES)
def test_nothing_is_lost(state: DialogueState) -> None:
    stored = orjson.dumps(to_json(state))
    read = from_json(as_object(orjson.loads(stored)))
    assert read == state
    assert orjson.dumps(to_json(read)) == stored


def test_a_state_of_the_version_before_is_read() -> None:
    before = {name: value for name, value in to_json(DialogueState(turns=3)).items() if name != "done"}
    assert from_json(before) == DialogueState(turns=3)


@pytest.mark.parametrize("change", [{"turns": "1"}, {"stack": {}}, {"slots": []}, {"turns": True}, {"last_turn": 3}])
def test_what_is_no_state_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        from_json({**to_json(DialogueState()), **change})  # type: ignore[dict-item]
