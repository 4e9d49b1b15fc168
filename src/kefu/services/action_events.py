"""What happened to a write outside of a turn, as events of its conversation: the fact, and a word to the customer.

A turn says itself what its flows came to. These come when no turn runs, and keep the promise that one has made.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from kefu.dialogue.tools.recording import Recorded, called
from kefu.dialogue.tools.writing import to_result
from kefu.domain.action import LedgerEntry, PendingAction, PendingActionState
from kefu.domain.conversation import Author, Conversation, Message
from kefu.domain.desk import DeskEventDraft, DeskEventType
from kefu.domain.turn import Change, Event, EventDraft, EventType
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.plugins.host import PluginHost
from kefu.services.wire import message_to_json
from kefu.storage.unit import Unit


class Told(StrEnum):
    """What the customer is told: keys of ``strings/``."""

    SUCCEEDED = "action_succeeded"
    FAILED = "action_failed"
    UNKNOWN = "action_unknown"
    DECLINED = "action_declined"
    EXPIRED = "action_expired"
    WITHDRAWN = "action_withdrawn"
    WRITE_SUCCEEDED = "write_succeeded"
    WRITE_FAILED = "write_failed"


def outcome_of(entry: LedgerEntry, host: PluginHost) -> Recorded:
    """``tool_called`` with how the write stands now; facts as its tool names them, nothing hidden."""
    found, result = host.find_tool(entry.tool, workspace_id=entry.workspace_id), to_result(entry)
    named = () if found is None else found[1].spec.facts
    facts: JsonObject = {name: result.value[name] for name in named if name in result.value}
    return called(
        entry.tool,
        effect="write",
        status=result.status,
        code=result.code,
        facts=facts,
        write_id=entry.id,
        action_id=entry.action_id,
    )


def refusal_of(action: PendingAction, code: str) -> Recorded:
    """``tool_called`` that did not happen: declined, expired, or no longer allowed."""
    return called(action.tool, effect="write", status="failed", code=code, facts={}, action_id=action.id)


async def append_told(
    unit: Unit, conversation: Conversation, facts: Sequence[Recorded], told: Told, *, strings: Strings, at: datetime
) -> list[Event]:
    """Append facts to a locked conversation, and a message of the system about them in its language."""
    message = Message(
        id=new_id("msg"),
        conversation_id=conversation.id,
        seq=conversation.last_seq + len(facts) + 1,
        client_id=new_id("sys"),
        author=Author.SYSTEM,
        text=strings.get(told, conversation.language or "zh"),
        created_at=at,
    )
    await unit.messages.add(message, body_hash="")
    drafts = [EventDraft(*fact) for fact in facts]
    drafts.append(EventDraft(EventType.MESSAGE_RECEIVED, {"message": message_to_json(message)}))
    return await unit.events.append(conversation.id, drafts, change=Change())


def requested_event(action: PendingAction) -> DeskEventDraft:
    """An action waits for an agent."""
    data: JsonObject = {**_of(action), "expires_at": action.expires_at.isoformat()}
    return DeskEventDraft(DeskEventType.APPROVAL_REQUESTED, action.conversation_id, data)


def decided_event(
    action: PendingAction,
    state: PendingActionState,
    *,
    by: str | None = None,
    name: str | None = None,
    reason: str = "",
) -> DeskEventDraft:
    """An action waits no longer; ``by`` is the key, ``name`` the agent who bears it."""
    data: JsonObject = {**_of(action), "state": state.value, "decided_by": by, "agent_name": name, "reason": reason}
    return DeskEventDraft(DeskEventType.APPROVAL_DECIDED, action.conversation_id, data)


def write_event(kind: DeskEventType, entry: LedgerEntry, *, name: str | None = None) -> DeskEventDraft:
    """A write whose end nobody knows, or one that was settled; ``needs_person``: there is nobody else to ask."""
    data: JsonObject = {
        "write_id": entry.id,
        "tool": entry.tool,
        "status": entry.status.value,
        "code": entry.code,
        "needs_person": not entry.status.is_settled and entry.check_at is None,
        "agent_name": name,
    }
    return DeskEventDraft(kind, entry.conversation_id, data)


def _of(action: PendingAction) -> JsonObject:
    amount = None if action.amount is None else str(action.amount)
    return {"action_id": action.id, "tool": action.tool, "amount": amount}
