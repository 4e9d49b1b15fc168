"""What a flow needs of tools. All writes go through one gate behind this port, whoever asks."""

from typing import Protocol

from kefu.dialogue.tools.results import Pending, ToolFacts, ToolResult
from kefu.kit.jsonvalue import JsonObject

__all__ = ["Pending", "ToolFacts", "ToolPort", "ToolResult"]


class ToolPort(Protocol):
    def describe(self, tool: str) -> ToolFacts | None:
        """None: there is no such tool here."""
        ...

    async def read(self, tool: str, arguments: JsonObject) -> ToolResult: ...

    async def write(self, tool: str, arguments: JsonObject, *, key: str) -> ToolResult | Pending:
        """Pending until the customer has confirmed exactly these arguments in a later turn; then it is done once, and
        the same key gives the recorded result.
        """
        ...
