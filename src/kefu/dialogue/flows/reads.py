"""Reads of tools through the journal: the same tool with the same arguments is asked once while a flow runs."""

from datetime import timedelta

from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.port import ToolPort, ToolResult
from kefu.dialogue.flows.state import JournalEntry
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonObject


def hash_of(value: object) -> str:
    """A short name for what a step read; 80 bits, so that two inputs of one flow never share it."""
    return sha256_of(value)[:20]


class Reads:
    """``fresh_for`` makes a read happen again after that time, but not once the flow has written something: what was
    decided before a write stays decided.
    """

    def __init__(self, board: Board, frame_id: str, port: ToolPort) -> None:
        self._board = board
        self._frame_id = frame_id
        self._port = port

    async def read(
        self, tool: str, arguments: JsonObject, *, slots: tuple[str, ...], fresh_for: timedelta | None
    ) -> ToolResult:
        key = f"read:{tool}:{hash_of(arguments)}"
        frame = self._board.find_frame(self._frame_id)
        entry = frame.journal.get(key) if frame is not None else None
        if entry is not None and self._is_valid(entry, fresh_for):
            return to_result(entry)
        result = await self._port.read(tool, arguments)
        turn = self._board.turn
        written = JournalEntry("read", result.status, result.value, result.code, turn.now, turn.turn_id, slots)
        self._board.put_entry(self._frame_id, key, written)
        return result

    def _is_valid(self, entry: JournalEntry, fresh_for: timedelta | None) -> bool:
        """A failure holds for its own turn; a success for as long as it is fresh."""
        turn = self._board.turn
        if entry.status != "succeeded":
            return entry.turn_id == turn.turn_id
        if fresh_for is None or turn.now - entry.at <= fresh_for:
            return True
        frame = self._board.find_frame(self._frame_id)
        return frame is not None and any(write.at >= entry.at for write in frame.writes)


def to_result(entry: JournalEntry) -> ToolResult:
    """A tool's result as the journal has it."""
    if entry.status == "succeeded":
        return ToolResult("succeeded", entry.value, entry.code)
    return ToolResult("unknown" if entry.status == "unknown" else "failed", entry.value, entry.code)
