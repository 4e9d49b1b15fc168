"""Calls of tools: reads through the journal, writes through the gate, and what a failure leads to."""

from dataclasses import dataclass

from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.collecting import Collector
from kefu.dialogue.flows.control import FlowEndedError, StoppedError
from kefu.dialogue.flows.definition import DECLINED, OTHER, UNKNOWN_OUTCOME, Call, Flow, Step
from kefu.dialogue.flows.outputs import Answer, Preview
from kefu.dialogue.flows.port import Pending, ToolPort, ToolResult
from kefu.dialogue.flows.reads import hash_of, to_result
from kefu.dialogue.flows.state import JournalEntry, OpenQuestion, PendingReference
from kefu.dialogue.tools.results import Refusal
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonObject

_WAITING = frozenset({Refusal.APPROVAL_PENDING, Refusal.IN_PROGRESS})
"""A write that an agent has to approve first, or that another worker is at: it has not come to anything yet."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What a failure leads to; afterwards the flow ends with the code as its outcome."""

    code: str
    steps: tuple[Step, ...]


class Calling:
    """``answers`` are those of a review that is confirmed together with the write after it."""

    def __init__(self, board: Board, flow: Flow, frame_id: str, *, collector: Collector, port: ToolPort) -> None:
        self.answers: tuple[Answer, ...] = ()
        self._board = board
        self._flow = flow
        self._frame_id = frame_id
        self._collector = collector
        self._port = port

    def is_confirmed(self, step: Step | None) -> bool:
        """Whether a step is a write that the gate has confirmed by the customer."""
        facts = self._port.describe(step.tool) if isinstance(step, Call) else None
        return facts is not None and facts.effect == "write" and facts.needs_confirmation

    async def call(self, step: Call) -> ToolResult:
        """The result; or StoppedError, with a preview that waits for confirmation."""
        facts = self._port.describe(step.tool)
        if facts is None:
            self._collector.give_up(HandoffReason.TOOL_FAILURE, f"{step.tool}:no_such_tool")
        if facts.effect == "read":
            return (await self._collector.read(step.tool, step.arguments, fresh_for=step.fresh_for))[0]
        arguments, slots = await self._collector.arguments(step.arguments)
        return await self._write(step.tool, arguments, slots=slots)

    async def _write(self, tool: str, arguments: JsonObject, *, slots: tuple[str, ...]) -> ToolResult:
        board = self._board
        entry_key = f"write:{tool}:{hash_of(arguments)}"
        frame = board.find_frame(self._frame_id)
        entry = frame.journal.get(entry_key) if frame is not None else None
        if entry is not None:
            return to_result(entry)
        result = await self._port.write(tool, arguments, key=f"{self._frame_id}:{tool}:{hash_of(arguments)}")
        if isinstance(result, Pending):
            self._preview(result, entry_key, slots=slots)
            raise StoppedError
        turn = board.turn
        if result.code in _WAITING:
            board.say("flow_waiting", title=self._flow.title.get(turn.language))
            raise StoppedError  # asked again in the next turn, by the same key
        written = JournalEntry("write", result.status, result.value, result.code, turn.now, turn.turn_id, slots)
        board.put_entry(self._frame_id, entry_key, written)
        if board.pending is not None and board.pending.entry == entry_key:
            board.pending = None  # it was carried out: there is nothing left to void
        return result

    def _preview(self, pending: Pending, entry_key: str, *, slots: tuple[str, ...]) -> None:
        board, turn = self._board, self._board.turn
        known = board.pending
        if known is not None and known.id != pending.id:
            board.void_pending()
        is_same = known is not None and known.id == pending.id
        shown = known.turn_id if is_same and known is not None else turn.turn_id
        board.pending = PendingReference(
            id=pending.id,
            tool=pending.tool,
            arguments_hash=pending.arguments_hash,
            frame_id=self._frame_id,
            entry=entry_key,
            turn_id=shown,
            expires_at=pending.expires_at,
            is_reviewed=bool(self.answers),
        )
        board.ask(
            Preview(self._flow.name, pending, self.answers, self._lines(slots)),
            OpenQuestion("confirmation", turn.turn_id, self._frame_id, target=pending.id, entry=entry_key),
        )

    def _lines(self, slots: tuple[str, ...]) -> tuple[Answer, ...]:
        frame = self._board.find_frame(self._frame_id)
        known = {} if frame is None else self._board.slots.seen_by(frame)
        specs = ((name, self._flow.slots[name.partition("[")[0]]) for name in self._ordered(slots))
        return tuple(Answer(name, spec.title, known[name].display) for name, spec in specs if name in known)

    def _ordered(self, slots: tuple[str, ...]) -> list[str]:
        """In the order in which the flow names them."""
        places = {name: place for place, name in enumerate(self._flow.slots)}
        return sorted(slots, key=lambda name: places.get(name.partition("[")[0], len(places)))

    def branch(self, step: Call, result: ToolResult) -> Branch:
        """The steps for a failure. Without any, a write that was declined ends the flow with its farewell, and
        anything else wants a person.
        """
        code = UNKNOWN_OUTCOME if result.status == "unknown" else result.code or OTHER
        steps = step.on_error.get(code, step.on_error.get(OTHER) if code != DECLINED else None)
        if steps is None and code == DECLINED:
            raise FlowEndedError(DECLINED, self._flow.cancel)
        if steps is None:
            self._collector.give_up(HandoffReason.TOOL_FAILURE, f"{step.tool}:{code}")
        return Branch(code, steps)
