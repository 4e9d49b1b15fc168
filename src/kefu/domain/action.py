"""Writes on other systems: what waits for a yes, what was carried out, and what nobody knows the end of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from kefu.kit.jsonvalue import JsonObject


class AuthLevel(StrEnum):
    """How sure we are who a contact is; each level includes those before it."""

    ANONYMOUS = "anonymous"
    IDENTIFIED = "identified"
    """The shop has vouched for the contact with a signed identity."""
    VERIFIED = "verified"
    """The contact has proved it again in this conversation, for example with a code."""

    def reaches(self, wanted: "AuthLevel") -> bool:
        order = list(AuthLevel)
        return order.index(self) >= order.index(wanted)


class Caller(StrEnum):
    """Who asks for a tool. All pass the same gate; a tool may be closed to some of them."""

    FLOW = "flow"
    MODEL = "model"
    AGENT = "agent"


class PendingActionState(StrEnum):
    WAITING = "waiting"
    """For the customer's confirmation."""
    APPROVAL = "approval"
    """Confirmed; its amount asks for an agent's approval too."""
    APPROVED = "approved"
    DONE = "done"
    """It has a row in the ledger, which says how it ended."""
    DECLINED = "declined"
    REPLACED = "replaced"
    """Something in it changed, so the customer was asked anew."""
    WITHDRAWN = "withdrawn"
    """The customer said no to it, or left it."""
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        return self in OPEN_STATES

    @property
    def is_agents(self) -> bool:
        """The customer has said yes, and was told that an agent decides."""
        return self in AGENTS_STATES


AGENTS_STATES = frozenset({PendingActionState.APPROVAL, PendingActionState.APPROVED})
OPEN_STATES = AGENTS_STATES | {PendingActionState.WAITING}


@dataclass(frozen=True, slots=True)
class PendingAction:
    """A write with frozen arguments. ``arguments_hash`` is what a confirmation is bound to."""

    id: str
    workspace_id: str
    conversation_id: str
    contact_id: str
    auth: AuthLevel
    """How sure we were of the contact when the write was asked for."""
    caller: Caller
    tool: str
    key: str
    """The ledger's key: one key, one write."""
    arguments: JsonObject
    arguments_hash: str
    preview: JsonObject
    state: PendingActionState
    amount: Decimal | None
    needs_approval: bool
    shown_turn: str
    """The turn that showed the preview; only a later one can confirm it."""
    created_at: datetime
    expires_at: datetime
    decided_by: str | None = None
    """Id of the API key of the agent who approved or declined it."""
    reason: str = ""
    """Why, in their words; for colleagues, never shown to the customer."""

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


class LedgerStatus(StrEnum):
    EXECUTING = "executing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The other system said no, or has no trace of it: nothing was done."""
    UNKNOWN = "unknown"
    """Nobody knows: it is never tried again blindly and never called done."""

    @property
    def is_settled(self) -> bool:
        return self in (LedgerStatus.SUCCEEDED, LedgerStatus.FAILED)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One write, stored before it is carried out. ``key`` is unique in its workspace."""

    id: str
    workspace_id: str
    key: str
    tool: str
    conversation_id: str
    contact_id: str
    turn_id: str
    action_id: str | None
    arguments: JsonObject
    arguments_hash: str
    status: LedgerStatus
    result: JsonObject
    code: str
    detail: str
    """For engineers; never shown to a customer."""
    decided_by: str | None
    """Who approved it, or said what had become of it."""
    attempts: int
    """How often the other system was asked what had become of it."""
    started_at: datetime
    check_at: datetime | None
    """When to ask the other system; None when there is nothing to ask, or only a person can say."""
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerOutcome:
    """How a write ended."""

    status: LedgerStatus
    result: JsonObject
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CallRate:
    """At most ``count`` writes of one tool for one contact within ``per``."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class PluginState:
    """What a workspace says of a plugin. Without a row a plugin is off."""

    workspace_id: str
    plugin: str
    is_enabled: bool
    settings: JsonObject
    closed_tools: tuple[str, ...]
    """Tools of it that this workspace does not want to be called."""
    changed_at: datetime
    is_open_to_models: bool = False
    """Whether a model may call its reading tools in a loop of its own."""
