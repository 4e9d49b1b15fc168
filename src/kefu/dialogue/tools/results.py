"""What the gate gives back, and what it did, for events and the trace."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.spec import Effect

Status = Literal["succeeded", "failed", "unknown"]


class Refusal(StrEnum):
    """Why the gate, not a tool, said no. A flow branches on these as on the codes of its tools."""

    UNKNOWN_TOOL = "unknown_tool"
    WRONG_EFFECT = "wrong_effect"
    TOOL_DISABLED = "tool_disabled"
    SETTINGS_INVALID = "settings_invalid"
    INVALID_ARGUMENTS = "invalid_arguments"
    CALLER_NOT_ALLOWED = "caller_not_allowed"
    NOT_IDENTIFIED = "not_identified"
    NOT_VERIFIED = "not_verified"
    NOT_OWNER = "not_owner"
    TOO_MANY_CALLS = "too_many_calls"
    KEY_REUSED = "key_reused"
    """The key was used for another write or by another contact."""
    APPROVAL_PENDING = "approval_pending"
    APPROVAL_DECLINED = "approval_declined"
    TOOL_CRASHED = "tool_crashed"
    TOOL_HUNG = "tool_hung"
    TOOL_NOT_CALLED = "tool_not_called"
    INVALID_RESULT = "invalid_result"
    IN_PROGRESS = "in_progress"
    """Another worker is carrying it out, or died with it."""
    NOT_DONE = "not_done"
    """The other system has no trace of it."""
    NOT_COMPENSABLE = "not_compensable"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """How a call ended. ``unknown`` is neither done nor not done: nobody says either to a customer."""

    status: Status
    value: JsonObject
    code: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A write that waits for the customer's confirmation of exactly these arguments."""

    id: str
    tool: str
    arguments: JsonObject
    arguments_hash: str
    preview: JsonObject
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What a flow, its linter or a model may know of a tool. ``arguments`` and ``result`` are JSON Schemas."""

    name: str
    effect: Effect
    arguments: JsonObject = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    needs_confirmation: bool = False
    fresh_for: timedelta | None = None
    description: str = ""
    result: JsonObject = field(default_factory=dict)
    hide: frozenset[str] = frozenset()
    compensate: str = ""


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool was called, or what it had given before was used again. Hidden fields are left out."""

    tool: str
    effect: Effect
    status: Status
    code: str
    arguments: JsonObject
    facts: JsonObject
    entry_id: str | None
    """Of a write: its row in the ledger."""
    is_recorded: bool
    """Whether this is an earlier result, without a call now."""
    action_id: str | None = None
    """Of a write that was confirmed: the pending action that the customer said yes to."""
    decided_by: str | None = None
    """Who approved it, or said what had become of it, beside the customer."""


@dataclass(frozen=True, slots=True)
class ConfirmationRequested:
    pending: Pending


@dataclass(frozen=True, slots=True)
class Refused:
    tool: str
    code: str
    detail: str
    """For the trace: which check, without the values."""


GateFact = ToolCalled | ConfirmationRequested | Refused
