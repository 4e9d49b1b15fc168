"""Whether a turn, and a whole dialogue, came to what its file says; each difference is a sentence."""

from collections.abc import Iterator, Sequence

from kefu.dialogue.flows.state import DialogueState
from kefu.domain.turn import EventType
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object
from kefu.services.evaluation.dialogues.files import Expected, Final, Write
from kefu.services.evaluation.dialogues.playing import Played

NOTHING = "nothing"


def check_turn(played: Played, expected: Expected) -> Iterator[str]:
    """What is different in one turn."""
    reply = as_object(played.ending["reply"])
    text = str(reply["text"])
    if expected.decision is not None and reply["decision"] != expected.decision:
        yield f"decision is {reply['decision']}, not {expected.decision}"
    if expected.commands is not None:
        found = commands_of(played)
        yield from (f"no command {one}; there are: {', '.join(found)}" for one in expected.commands if one not in found)
    yield from _check_slots(played.dialogue, expected)
    yield from _check_open(played.dialogue, expected)
    called = tuple(tool for tool, _ in played.writes)
    if expected.calls is not None and called != expected.calls:
        yield f"called {list(called)}, not {list(expected.calls)}"
    yield from (f"does not say {part!r}: {text!r}" for part in expected.contains if part not in text)
    yield from (f"says {part!r}: {text!r}" for part in expected.lacks if part in text)
    if expected.cites is not None:
        cited = sorted(played.cited)
        yield from (f"does not cite {key}; it cites {cited}" for key in expected.cites if key not in cited)
        if not expected.cites and cited:
            yield f"cites {cited}"
    if expected.handoff is not None:
        wanted = [str(event.data["reason"]) for event in played.events if event.type is EventType.HANDOFF_REQUESTED]
        reason = wanted[0] if wanted else "none"
        if reason != expected.handoff:
            yield f"handoff is {reason}, not {expected.handoff}"
    if expected.replies is not None:
        shown = [str(as_object(one)["choice"]) for one in as_list(reply["quick_replies"])]
        yield from (f"no quick reply {one}; there are {shown}" for one in expected.replies if one not in shown)


def check_final(dialogue: DialogueState, writes: Sequence[tuple[str, JsonObject]], final: Final) -> Iterator[str]:
    """What is different at the end."""
    stack = tuple(frame.flow for frame in dialogue.stack)
    if final.stack is not None and stack != final.stack:
        yield f"flows {list(stack)} are open at the end, not {list(final.stack)}"
    if final.writes is not None and len(final.writes) > count_right(writes, final):
        yield f"written were {writes}, not {[_shown(one) for one in final.writes]}"


def count_wrong(writes: Sequence[tuple[str, JsonObject]], final: Final) -> int:
    """Writes that the file does not name; without a list any write is wrong."""
    return len(writes) - count_right(writes, final)


def count_right(writes: Sequence[tuple[str, JsonObject]], final: Final) -> int:
    left = list(final.writes or ())
    right = 0
    for tool, arguments in writes:
        found = next((one for one in left if _fits(one, tool, arguments)), None)
        if found is not None:
            left.remove(found)
            right += 1
    return right


def commands_of(played: Played) -> list[str]:
    """Commands as files name them, by the trace."""
    named: list[str] = []
    for step in as_list(as_object(played.ending["trace"])["steps"]):
        entry = as_object(step)
        if entry["stage"] == "propose":
            facts = as_object(entry["facts"])
            name = f"{entry['chosen']} {facts.get('flow') or facts.get('slot') or ''}".strip()
            named.append(name)
    return named


def _check_slots(dialogue: DialogueState, expected: Expected) -> Iterator[str]:
    known: dict[str, JsonValue] = {}
    for values in dialogue.slots.values():
        known |= {name: value.value for name, value in values.items()}
    for name, wanted in (expected.slots or {}).items():
        if known.get(name) != wanted:
            yield f"slot {name} is {known.get(name)!r}, not {wanted!r}"


def _check_open(dialogue: DialogueState, expected: Expected) -> Iterator[str]:
    question = dialogue.open
    asked = NOTHING if question is None else question.slot or question.kind
    if expected.asks is not None and asked != expected.asks:
        yield f"asks {asked}, not {expected.asks}"
    if expected.pending is not None and (dialogue.pending is None or dialogue.pending.tool != expected.pending.tool):
        yield f"waits for {dialogue.pending.tool if dialogue.pending else NOTHING}, not {expected.pending.tool}"


def _fits(wanted: Write, tool: str, arguments: JsonObject) -> bool:
    if wanted.tool != tool:
        return False
    return all(arguments.get(name) == value for name, value in (wanted.arguments or {}).items())


def _shown(write: Write) -> str:
    return f"{write.tool}({write.arguments or ''})"
