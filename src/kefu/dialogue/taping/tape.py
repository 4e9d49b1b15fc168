"""The tape of one turn: what everything outside the dialogue answered, in the order in which it was asked.

It is kept in the database beside the turn, under the same protection as the conversation's events, and never leaves it.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable
from enum import StrEnum

from kefu.dialogue.trace import Trace
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object

FORMAT = 1
_KEY = 12


class Channel(StrEnum):
    """Who was asked."""

    SEARCH = "search"
    OTHERS = "others"
    """A search in other languages."""
    CORRECT = "correct"
    LOOK_UP = "look_up"
    FIRST = "first"
    """The first chunk of a document that a flow names."""
    READER = "reader"
    INTENTS = "intents"
    MODEL = "model"
    METER = "meter"
    TOOLS = "tools"
    QUEUE = "queue"
    PLUGINS = "plugins"
    """Guards, types of slots and recognisers of plugins; each question has a channel of its own below this one, for
    plugins are asked side by side."""


_LISTS = (Channel.SEARCH, Channel.OTHERS, Channel.LOOK_UP)


class TapeEndedError(Exception):
    """The tape has no further answer: the turn was cut off here."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.channel = channel


class TapeDivergedError(Exception):
    """Something else was asked than when the tape was made."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.channel = channel


class OutsideError(Exception):
    """In a replay: what was asked had failed. ``name`` is the error's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Tape:
    """Written while a turn runs, then only read. ``constants`` are answers that do not change within a turn."""

    def __init__(self, constants: JsonObject | None = None) -> None:
        self.constants: JsonObject = constants or {}
        self.trace: Trace | None = None
        """Of the turn that writes it: what was decided until now."""
        self._answers: dict[str, list[JsonValue]] = {}
        self._likeness: list[float | None] = []

    def write(self, channel: str, key: str, answer: JsonValue) -> None:
        self._answers.setdefault(str(channel), []).append([key, answer])

    def write_likeness(self, value: float | None) -> None:
        """There are dozens of these in a turn, so they are packed."""
        self._likeness.append(value)

    def to_json(self) -> JsonObject:
        data: JsonObject = {"format": FORMAT, "constants": self.constants, "answers": {**self._answers}}
        if self._likeness:
            data["likeness"] = _pack(self._likeness)
        return data

    @classmethod
    def from_json(cls, data: JsonObject) -> "Tape":
        """Raises TypeError or KeyError when it is none."""
        tape = cls(as_object(data["constants"]))
        tape._answers = {name: as_list(found) for name, found in as_object(data["answers"]).items()}
        tape._likeness = _unpack(str(data.get("likeness", "")))
        return tape

    def answers(self, channel: Channel) -> list[JsonValue]:
        """All that one channel gave, in order."""
        return [as_list(one)[1] for one in self._answers.get(channel.value, [])]

    def chunk_ids(self) -> tuple[str, ...]:
        """The chunks that the knowledge gave; their texts are stored with the documents."""
        listed = [one for channel in _LISTS for one in self.answers(channel)]
        given = [chunk for one in listed if isinstance(one, list) for chunk in one]
        found = [as_object(one) for one in (*given, *self.answers(Channel.FIRST)) if one is not None]
        return tuple(dict.fromkeys(str(chunk["id"]) for chunk in found if "id" in chunk))

    def player(self) -> "TapePlayer":
        return TapePlayer(self._answers, self._likeness)


class TapePlayer:
    """Gives the answers back, one after the other."""

    def __init__(self, answers: dict[str, list[JsonValue]], likeness: list[float | None]) -> None:
        self._answers = answers
        self._likeness = likeness
        self._read: dict[str, int] = {}
        self._compared = 0

    def take(self, channel: str, key: str) -> JsonValue:
        """The next answer. Raises TapeEndedError, or TapeDivergedError when it is the answer to something else."""
        name = str(channel)
        place = self._read.get(name, 0)
        entries = self._answers.get(name, [])
        if place >= len(entries):
            raise TapeEndedError(name)
        found, answer = as_list(entries[place])
        if found != key:
            raise TapeDivergedError(name)
        self._read[name] = place + 1
        return answer

    def take_likeness(self) -> float | None:
        """Raises TapeEndedError."""
        if self._compared >= len(self._likeness):
            raise TapeEndedError("likeness")
        self._compared += 1
        return self._likeness[self._compared - 1]

    def find_unused(self) -> str | None:
        """A channel with answers that nobody asked for again."""
        left = (name for name, found in self._answers.items() if self._read.get(name, 0) < len(found))
        return next(left, "likeness" if self._compared < len(self._likeness) else None)


def key_of(*asked: object) -> str:
    """Names what was asked, without repeating it."""
    return sha256_of(asked)[:_KEY]


def _pack(values: Iterable[float | None]) -> str:
    """Doubles in base64; NaN stands for None."""
    numbers = [float("nan") if value is None else value for value in values]
    return b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()


def _unpack(text: str) -> list[float | None]:
    data = b64decode(text)
    numbers = struct.unpack(f"<{len(data) // 8}d", data)
    return [None if number != number else number for number in numbers]  # noqa: PLR0124 - NaN is not itself
