"""What happened to a write outside of a turn, as an event of its conversation."""

from kefu.dialogue.tools.writing import to_result
from kefu.domain.action import LedgerEntry, PendingAction
from kefu.domain.turn import Change, Event, EventDraft, EventType
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.plugins.host import PluginHost
from kefu.storage.unit import Unit


async def append_outcome(unit: Unit, entry: LedgerEntry, host: PluginHost) -> list[Event]:
    """``tool_called`` with how the write stands now; facts as its tool names them, nothing hidden."""
    found, result = host.find_tool(entry.tool), to_result(entry)
    named = () if found is None else found[1].spec.facts
    facts: JsonObject = {name: result.value[name] for name in named if name in result.value}
    data = _data(entry.tool, status=result.status, code=result.code, facts=facts, action_id=entry.action_id)
    return await unit.events.append(entry.conversation_id, [_draft(data)], change=Change())


async def append_refusal(unit: Unit, action: PendingAction, code: str) -> list[Event]:
    """``tool_called`` that did not happen: declined, or no longer allowed."""
    data = _data(action.tool, status="failed", code=code, facts={}, action_id=action.id)
    return await unit.events.append(action.conversation_id, [_draft(data)], change=Change())


def _data(tool: str, *, status: str, code: str, facts: JsonObject, action_id: JsonValue) -> JsonObject:
    return {"tool": tool, "effect": "write", "status": status, "code": code, "facts": facts, "action_id": action_id}


def _draft(data: JsonObject) -> EventDraft:
    return EventDraft(EventType.TOOL_CALLED, data)
