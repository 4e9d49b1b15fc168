"""What a proposer read in one message: commands, and the words that are thereby explained."""

from collections.abc import Iterable
from dataclasses import dataclass

from kefu.dialogue.commands import Action, Command, Source, Span
from kefu.dialogue.hearing import HeardMessage
from kefu.kit.text import Normalised

Place = tuple[int, int]
"""Code points of the original text of one message."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A message with its number in the turn."""

    message: HeardMessage
    number: int

    @property
    def text(self) -> Normalised:
        return self.message.text


@dataclass(frozen=True, slots=True)
class Reading:
    commands: tuple[Command, ...] = ()
    consumed: tuple[Place, ...] = ()

    def __or__(self, other: "Reading") -> "Reading":
        return Reading((*self.commands, *other.commands), (*self.consumed, *other.consumed))

    def without(self, places: Iterable[Place]) -> "Reading":
        """What was read from other words. Each command stands for one place."""
        gone = tuple(places)
        kept = [
            (command, place)
            for command, place in zip(self.commands, self.consumed, strict=True)
            if not overlaps(place, gone)
        ]
        return Reading(tuple(command for command, _ in kept), tuple(place for _, place in kept))

    def covers(self, place: Place) -> bool:
        """Whether any of these words is explained already."""
        return overlaps(place, self.consumed)


def overlaps(place: Place, others: Iterable[Place]) -> bool:
    return any(start < place[1] and place[0] < end for start, end in others)


def read_as(action: Action, place: Place, said: Placed, *, source: Source, rule: str, sure: float = 1.0) -> Reading:
    """One command from the words at ``place``."""
    command = Command(action, source=source, rule=rule, span=Span(said.number, *place), probability=sure)
    return Reading((command,), (place,))
