"""Step 5: what the messages of a turn that starts flows say for the slots of these flows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kefu.dialogue.commands import Command, SetSlot, StartFlow
from kefu.dialogue.hearing import HeardMessage
from kefu.dialogue.propose.mentions import read_mentions, read_named
from kefu.dialogue.propose.reading import Place, Placed, Reading
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.wished import takes_back
from kefu.domain.conversation import Author, Message
from kefu.kit.text import normalise

_EARLIER = -1
"""The number of a message that is not one of this turn's."""
Mark = tuple[int, int]
"""Where a flow is wished for: number of the message, code point."""
BEGINNING: Mark = (-1, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """The words of a message that belong to one of the flows that are wished for in it."""

    said: Placed
    place: Place

    @property
    def text(self) -> str:
        return self.said.text.source[slice(*self.place)]

    @property
    def outside(self) -> tuple[Place, ...]:
        return (0, self.place[0]), (self.place[1], len(self.said.text.source))


def find_chosen(commands: Sequence[Command], situation: Situation) -> list[str]:
    """Flows that answer the question which one is meant."""
    expected = situation.expectation
    if expected is None or expected.kind != "clarify":
        return []
    options = {one.id for one in expected.choices}
    flows = [one.action.flow for one in commands if isinstance(one.action, StartFlow)]
    return [flow for flow in dict.fromkeys(flows) if flow in options]


def said_before(situation: Situation) -> list[Placed]:
    """The words that the question which flow is meant was about."""
    words = "" if situation.expectation is None else situation.expectation.said
    if not words:
        return []
    message = Message("", "", 0, "", Author.VISITOR, words, situation.context.now)
    return [Placed(HeardMessage(message, normalise(words)), _EARLIER)]


def read_started(flow: str, parts: Sequence[Part], situation: Situation) -> Reading:
    """Each message fills what those before it left open; one that takes something back (发错了) may fill all."""
    specs = tuple(situation.flows[flow].slots.values())
    readings: list[Reading] = []
    taken: set[str] = set()
    is_correcting = False
    for part in parts:
        slips = part is not parts[0] and part.said.number != _EARLIER and takes_back(part.said.text.text)
        is_correcting = is_correcting or slips
        free = [spec for spec in specs if spec.name not in taken or is_correcting]
        found = read_mentions(part.said, free, situation, consumed=part.outside)
        slots = {one.action.slot for one in found.commands if isinstance(one.action, SetSlot)}
        readings = [_without_slots(reading, slots) for reading in readings]
        readings.append(found)
        taken |= slots
    reading = Reading()
    for one in readings:
        reading |= one
    if parts:
        words = "\n".join(part.text.strip() for part in parts)
        reading |= read_named(words, parts[0].said, specs, situation, taken=frozenset(taken))
    return Reading(tuple(_of_flow(one, flow) for one in reading.commands), reading.consumed)


def divide(messages: Sequence[Placed], marks: Mapping[str, Mark]) -> Iterator[tuple[str, list[Part]]]:
    """The words for each flow, in the order in which they are wished for: from its wish to the next one. What comes
    before the first wish is said for that, and words of an earlier turn for every one.
    """
    ordered = sorted(marks.items(), key=lambda one: one[1])
    for number, (flow, mark) in enumerate(ordered):
        begin = BEGINNING if number == 0 else mark
        end = ordered[number + 1][1] if number + 1 < len(ordered) else (len(messages), 0)
        yield flow, [part for said in messages if (part := _part(said, begin, end)) is not None]


def _part(said: Placed, begin: Mark, end: Mark) -> Part | None:
    if said.number == _EARLIER:
        return Part(said, (0, len(said.text.source)))
    if not begin[0] <= said.number <= end[0]:
        return None
    first = begin[1] if said.number == begin[0] else 0
    last = end[1] if said.number == end[0] else len(said.text.source)
    return Part(said, (first, last)) if first < last else None


def _without_slots(reading: Reading, slots: set[str]) -> Reading:
    pairs = [
        (command, place)
        for command, place in zip(reading.commands, reading.consumed, strict=True)
        if not (isinstance(command.action, SetSlot) and command.action.slot in slots)
    ]
    return Reading(tuple(command for command, _ in pairs), tuple(place for _, place in pairs))


def _of_flow(command: Command, flow: str) -> Command:
    """A value says for which flow it is; words of an earlier turn have no place in this one."""
    is_earlier = command.span is not None and command.span.message == _EARLIER
    action = replace(command.action, flow=flow) if isinstance(command.action, SetSlot) else command.action
    return replace(command, action=action, span=None if is_earlier else command.span)
