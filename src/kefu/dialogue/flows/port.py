"""What a flow needs of tools. All writes go through one gate behind this port, whoever asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from kefu.kit.jsonvalue import JsonObject


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What is known of a tool. ``facts`` are the names in its result; empty: they are not declared.

    ``fresh_for`` is the time in seconds after which a read is done again; None: it holds while the flow runs.
    """

    name: str
    effect: Literal["read", "write"]
    arguments: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    is_confirmed: bool = False
    """Whether the gate asks the customer before it writes."""
    fresh_for: float | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """``code`` is the typed reason of a failure; flows branch on it in ``on_error``."""

    status: Literal["succeeded", "failed", "unknown"]
    value: JsonObject
    code: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A write with frozen arguments that waits for the customer's confirmation. ``preview`` holds facts to show."""

    id: str
    tool: str
    arguments: JsonObject
    arguments_hash: str
    preview: JsonObject
    expires_at: datetime


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
