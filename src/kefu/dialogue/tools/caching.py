"""Reads are made once a turn: the same question of the same turn has the same answer."""

from kefu.dialogue.tools.results import Refusal, ToolResult

MOST_READS = 64
"""Calls of reading tools in one turn."""
_TRANSIENT = frozenset({Refusal.TOOL_CRASHED, Refusal.TOOL_HUNG, Refusal.TOOL_NOT_CALLED})


class ReadCache:
    """What reads gave in one turn, by the hash of tool and arguments."""

    def __init__(self) -> None:
        self._results: dict[str, ToolResult] = {}
        self._calls = 0

    def find(self, arguments_hash: str) -> ToolResult | None:
        return self._results.get(arguments_hash)

    def keep(self, arguments_hash: str, result: ToolResult) -> None:
        """A no of the other system is an answer too; that it was away is none."""
        if result.code not in _TRANSIENT:
            self._results[arguments_hash] = result

    def count(self) -> bool:
        """Count a call; False when this turn has made too many."""
        self._calls += 1
        return self._calls <= MOST_READS
