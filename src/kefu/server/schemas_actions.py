"""Bodies of what agents see of writes: pending actions and the ledger. Hidden arguments are left out."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kefu.domain.action import LedgerStatus, PendingActionState
from kefu.server.schemas_desk import CaseLineBody
from kefu.services.actions import MAX_REASON, ActionFile, ActionView, WriteView


class ActionResponse(BaseModel):
    """A write that waits, or has waited, for a yes. ``preview`` is what the customer was shown."""

    id: str
    conversation_id: str
    contact_id: str
    customer: str | None
    tool: str
    arguments: dict[str, Any]
    preview: dict[str, Any]
    state: PendingActionState
    amount: Decimal | None
    needs_approval: bool
    decided_by: str | None
    reason: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, view: ActionView) -> "ActionResponse":
        action = view.action
        return cls(
            id=action.id,
            conversation_id=action.conversation_id,
            contact_id=action.contact_id,
            customer=view.customer,
            tool=action.tool,
            arguments=view.arguments,
            preview=action.preview,
            state=action.state,
            amount=action.amount,
            needs_approval=action.needs_approval,
            decided_by=action.decided_by,
            reason=action.reason,
            created_at=action.created_at,
            expires_at=action.expires_at,
        )


class ActionFileResponse(BaseModel):
    """What an agent needs to decide. ``evidence`` stands on events of the conversation, in their order; ``earlier`` are
    others of the same contact, the newest first.
    """

    action: ActionResponse
    evidence: list[CaseLineBody]
    earlier: list[ActionResponse]
    decided_by_name: str | None

    @classmethod
    def of(cls, file: ActionFile) -> "ActionFileResponse":
        return cls(
            action=ActionResponse.of(file.view),
            evidence=[CaseLineBody(kind=line.kind, text=line.text, seq=line.seq) for line in file.evidence],
            earlier=[ActionResponse.of(view) for view in file.earlier],
            decided_by_name=file.decided_by_name,
        )


class DecisionRequest(BaseModel):
    """``reason`` is for colleagues; the customer is never shown it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=MAX_REASON)


class ActionListResponse(BaseModel):
    actions: list[ActionResponse]


class WriteResponse(BaseModel):
    """A row of the ledger. ``check_at`` is when the other system is asked next; null while unknown: only a person can say."""

    id: str
    conversation_id: str
    contact_id: str
    action_id: str | None
    tool: str
    arguments: dict[str, Any]
    status: LedgerStatus
    code: str
    detail: str
    decided_by: str | None
    started_at: datetime
    check_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, view: WriteView) -> "WriteResponse":
        entry = view.entry
        return cls(
            id=entry.id,
            conversation_id=entry.conversation_id,
            contact_id=entry.contact_id,
            action_id=entry.action_id,
            tool=entry.tool,
            arguments=view.arguments,
            status=entry.status,
            code=entry.code,
            detail=entry.detail,
            decided_by=entry.decided_by,
            started_at=entry.started_at,
            check_at=entry.check_at,
            finished_at=entry.finished_at,
        )


class WriteListResponse(BaseModel):
    writes: list[WriteResponse]


class ReconcileRequest(BaseModel):
    """Without ``outcome`` the other system is asked now; with it, a person says what became of the write."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["succeeded", "failed"] | None = None
    note: str = Field(default="", max_length=500)
