"""What the expressions of one flow see, and which slots they have read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.control import NeedsSlotError
from kefu.dialogue.flows.definition import Flow, SlotSpec
from kefu.dialogue.flows.expr import Scope
from kefu.dialogue.flows.state import Frame, SlotValue

SPECIAL = frozenset({"policy", "facts", "all", "version", "profile"})
"""Names that every flow may read beside its slots and facts."""


class FlowScope:
    """Loop variables, then facts, slots, and names of our own. A slot can be read once it is settled in this pass."""

    def __init__(self, board: Board, flow: Flow, frame: Frame) -> None:
        self.facts: dict[str, object] = {}
        self.settled: set[str] = set()
        self.rounds: dict[str, str] = {}
        """Key of the current round, by the name of its loop."""
        self._board = board
        self._flow = flow
        self._frame = frame
        self._locals: dict[str, object] = {}
        self._reads: set[str] = set()

    @property
    def now(self) -> datetime:
        return self._board.turn.now

    def restart(self) -> None:
        """Forget what this pass has found out."""
        self.facts.clear()
        self.settled.clear()

    @contextmanager
    def variable(self, name: str, value: object, *, key: str | None = None) -> Iterator[None]:
        """A loop's variable; with a key, a round of the loop."""
        before, rounds = self._locals, self.rounds
        self._locals = {**before, name: value}
        self.rounds = {**rounds, name: key} if key is not None else rounds
        try:
            yield
        finally:
            self._locals, self.rounds = before, rounds

    @contextmanager
    def watch(self) -> Iterator[set[str]]:
        """The slots that are read meanwhile."""
        outer, self._reads = self._reads, set()
        try:
            yield self._reads
        finally:
            outer |= self._reads  # the same set that is watched outside
            self._reads = outer

    def key_of(self, spec: SlotSpec) -> str:
        """The name under which a slot is kept: one for each round when it is asked in each. Raises KeyError outside."""
        return f"{spec.name}[{self.rounds[spec.per]}]" if spec.per else spec.name

    def place_of(self, spec: SlotSpec) -> str:
        """The scope in which its value lies."""
        return self._board.slots.place_of(self._frame, spec, self.key_of(spec))

    def find_value(self, spec: SlotSpec) -> SlotValue | None:
        """What was said in this conversation, or else what is remembered of the contact."""
        found = self._board.slots.find(self.place_of(spec), self.key_of(spec))
        return self._board.turn.profile.get(spec.name) if found is None and spec.keep == "profile" else found

    def read(self, name: str) -> object:  # noqa: PLR0911 - one line a kind of name
        """Raises NeedsSlotError for a slot that is not settled, KeyError for a name that is not known."""
        if name in self._locals:
            return self._locals[name]
        if name in self.facts:
            return self.facts[name]
        if name in self._flow.slots:
            return self._read_slot(self._flow.slots[name])
        match name:
            case "policy":
                return self._board.turn.policy
            case "profile":
                return {name: slot.value for name, slot in self._board.turn.profile.items()}
            case "facts":
                return self._board.facts
            case "version":
                return self._flow.version
            case "all" if self._flow.questions:
                return {question: self._read_slot(self._flow.slots[question]) for question in self._flow.questions}
        raise KeyError(name)

    def _read_slot(self, spec: SlotSpec) -> object:
        key = self.key_of(spec)
        self._reads.add(key)
        if key not in self.settled:
            raise NeedsSlotError(key)
        found = self.find_value(spec)
        return found.value if found is not None else None


@dataclass(frozen=True, slots=True)
class RowScope:
    """A row of a tool's result above the flow's names: what ``where`` and a label see."""

    row: Mapping[str, object]
    outer: Scope
    known: frozenset[str] = field(default_factory=frozenset)
    """Names of the flow, which a field of the row may hide; any other name that the row lacks is nothing."""

    @property
    def now(self) -> datetime:
        return self.outer.now

    def read(self, name: str) -> object:
        if name in self.row:
            return self.row[name]
        return self.outer.read(name) if name in self.known else None
