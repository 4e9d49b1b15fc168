"""Servers of the Model Context Protocol whose tools a workspace uses, and what an operator has said of each tool."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kefu.domain.action import AuthLevel
from kefu.kit.jsonvalue import JsonObject

GUEST = "mcp:"
"""What the plugin that stands for a server is called begins with; the server's id follows."""


class McpToolState(StrEnum):
    """Only an accepted tool can be called."""

    NEW = "new"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    """The server says something else of it than an operator has accepted: closed, also when the server takes it back."""
    GONE = "gone"
    """The server does not list it any more."""
    UNSUPPORTED = "unsupported"
    """Its definition is not one that kefu can hold a call to; ``reason`` says which part."""


class BoundTo(StrEnum):
    """What kefu itself puts into an argument; neither the model nor the customer ever sets it."""

    CONTACT = "contact"
    """The contact's ``external_id``, which the shop has vouched for."""
    KEY = "key"
    """The key of the write, so that the server can tell a second call from a second deed."""


@dataclass(frozen=True, slots=True)
class McpTerms:
    """What an operator has accepted of a tool, beside its definition. ``facts`` and ``hide`` name fields."""

    effect: str = "write"
    """``read`` or ``write``: the operator's word, not the server's hint."""
    confirm: str = "always"
    auth: AuthLevel = AuthLevel.IDENTIFIED
    bind: dict[str, BoundTo] = field(default_factory=dict)
    """Arguments by name that kefu sets."""
    is_shared: bool = False
    """What it reads or does is nobody's own, so that no argument needs to say whose it is."""
    facts: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    seconds: float = 8.0
    errors_mean_not_done: bool = False
    """Of a write: the operator vouches that an error of the tool says that nothing was done."""


@dataclass(frozen=True, slots=True)
class McpDefinition:
    """What a server says of one of its tools. ``fingerprint`` covers all of it: any other word is another tool."""

    name: str
    description: str
    arguments: JsonObject
    """JSON Schema."""
    result: JsonObject | None
    """JSON Schema; None when it only gives text."""
    annotations: JsonObject
    fingerprint: str

    @property
    def is_said_to_read(self) -> bool:
        return self.annotations.get("readOnlyHint") is True


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool of a server. ``found`` is what the server last said, ``accepted`` what an operator has said yes to."""

    id: str
    workspace_id: str
    server_id: str
    name: str
    """As the server calls it."""
    state: McpToolState
    reason: str
    found: McpDefinition
    accepted: McpDefinition | None
    terms: McpTerms | None
    tool: str | None
    """As flows call it; None until it is accepted."""
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class McpServer:
    """A server that a workspace uses. ``url`` empty: the operator's file says how to reach the one of this name."""

    id: str
    workspace_id: str
    name: str
    url: str
    created_at: datetime
    checked_at: datetime | None
    problem: str
    """Why its tools could not be listed the last time; empty when they could."""

    @property
    def plugin(self) -> str:
        """The name under which it stands among the plugins."""
        return f"{GUEST}{self.id}"
