"""Answers of tools, and what the gate did for them, as JSON and back."""

from datetime import datetime
from typing import get_args

from kefu.dialogue.tools.results import (
    ConfirmationRequested,
    GateFact,
    Pending,
    Refused,
    Status,
    ToolCalled,
    ToolResult,
)
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.plugins.spec import Effect

_STATUSES: dict[str, Status] = {status: status for status in get_args(Status)}
_EFFECTS: dict[str, Effect] = {effect: effect for effect in get_args(Effect)}


def answer_to_json(answer: ToolResult | Pending) -> JsonObject:
    """What a flow was given. Of a pending action the arguments stay in its own table: a flow never reads them."""
    if isinstance(answer, Pending):
        return {"pending": _pending_to(answer)}
    return {"status": answer.status, "value": answer.value, "code": answer.code}


def answer_from_json(data: JsonObject) -> ToolResult | Pending:
    if "pending" in data:
        return _pending_from(as_object(data["pending"]))
    return ToolResult(_STATUSES[str(data["status"])], as_object(data["value"]), str(data["code"]))


def fact_to_json(fact: GateFact) -> JsonObject:
    if isinstance(fact, ConfirmationRequested):
        return {"asked": _pending_to(fact.pending)}
    if isinstance(fact, Refused):
        return {"refused": fact.code, "tool": fact.tool, "detail": fact.detail}
    return {
        "tool": fact.tool,
        "effect": fact.effect,
        "status": fact.status,
        "code": fact.code,
        "arguments": fact.arguments,
        "facts": fact.facts,
        "entry_id": fact.entry_id,
        "is_recorded": fact.is_recorded,
        "action_id": fact.action_id,
        "decided_by": fact.decided_by,
    }


def fact_from_json(data: JsonObject) -> GateFact:
    if "asked" in data:
        return ConfirmationRequested(_pending_from(as_object(data["asked"])))
    if "refused" in data:
        return Refused(str(data["tool"]), str(data["refused"]), str(data["detail"]))
    return ToolCalled(
        tool=str(data["tool"]),
        effect=_EFFECTS[str(data["effect"])],
        status=_STATUSES[str(data["status"])],
        code=str(data["code"]),
        arguments=as_object(data["arguments"]),
        facts=as_object(data["facts"]),
        entry_id=None if data["entry_id"] is None else str(data["entry_id"]),
        is_recorded=bool(data["is_recorded"]),
        action_id=None if data["action_id"] is None else str(data["action_id"]),
        decided_by=None if data["decided_by"] is None else str(data["decided_by"]),
    )


def _pending_to(pending: Pending) -> JsonObject:
    return {
        "id": pending.id,
        "tool": pending.tool,
        "arguments_hash": pending.arguments_hash,
        "preview": pending.preview,
        "expires_at": pending.expires_at.isoformat(),
    }


def _pending_from(data: JsonObject) -> Pending:
    return Pending(
        id=str(data["id"]),
        tool=str(data["tool"]),
        arguments={},
        arguments_hash=str(data["arguments_hash"]),
        preview=as_object(data["preview"]),
        expires_at=datetime.fromisoformat(str(data["expires_at"])),
    )
