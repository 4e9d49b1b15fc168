"""What a flow needs of tools. All writes go through one gate behind this port, whoever asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from kefu.kit.jsonvalue import JsonObject


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What a flow and its linter know of a tool. ``arguments`` is a JSON Schema; ``facts`` are the names in its result
    and ``codes`` the reasons of its failures; an empty one is not declared.
    """

    name: str
    effect: Literal["read", "write"]
    arguments: JsonObject = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    needs_confirmation: bool = False
    """Whether the gate asks the customer before it writes."""
    fresh_for: timedelta | None = None
    """After this time a read is done again; None: it holds while the flow runs."""


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
