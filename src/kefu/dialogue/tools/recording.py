"""What the gate did, as the data of events: facts as tools name them, nothing hidden, no frozen arguments."""

from kefu.dialogue.tools.results import ConfirmationRequested, Refused, Status, ToolCalled
from kefu.domain.turn import EventType
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.spec import Effect

Recorded = tuple[EventType, JsonObject]


def to_event(fact: ToolCalled | ConfirmationRequested) -> Recorded:
    """The event of a fact of ``TurnTools.log``; a refusal has none, it belongs into the trace."""
    if isinstance(fact, ConfirmationRequested):
        pending = fact.pending
        return EventType.CONFIRMATION_REQUESTED, {
            "action_id": pending.id,
            "tool": pending.tool,
            "arguments_hash": pending.arguments_hash,
            "preview": pending.preview,
            "expires_at": pending.expires_at.isoformat(),
        }
    return called(
        fact.tool, effect=fact.effect, status=fact.status, code=fact.code, facts=fact.facts, write_id=fact.entry_id
    )


def called(
    tool: str,
    *,
    effect: Effect,
    status: Status,
    code: str,
    facts: JsonObject,
    write_id: str | None = None,
    action_id: str | None = None,
) -> Recorded:
    """``tool_called``; ``write_id`` is the row of the ledger."""
    return EventType.TOOL_CALLED, {
        "tool": tool,
        "effect": effect,
        "status": status,
        "code": code,
        "facts": facts,
        "write_id": write_id,
        "action_id": action_id,
    }


def to_trace(fact: ToolCalled | Refused) -> JsonObject:
    """Facts for an entry of the trace, stage ``gate``: for engineers, still without what is hidden."""
    if isinstance(fact, Refused):
        return {"tool": fact.tool, "refused": fact.code, "detail": fact.detail}
    return {
        "tool": fact.tool,
        "status": fact.status,
        "code": fact.code,
        "arguments": fact.arguments,
        "is_recorded": fact.is_recorded,
    }
