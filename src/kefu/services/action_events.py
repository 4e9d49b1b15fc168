"""What happened to a write outside of a turn, as an event of its conversation."""

from kefu.dialogue.tools.recording import Recorded, called
from kefu.dialogue.tools.writing import to_result
from kefu.domain.action import LedgerEntry, PendingAction
from kefu.domain.turn import Change, Event, EventDraft
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import PluginHost
from kefu.storage.unit import Unit


async def append_outcome(unit: Unit, entry: LedgerEntry, host: PluginHost) -> list[Event]:
    """``tool_called`` with how the write stands now; facts as its tool names them, nothing hidden."""
    found, result = host.find_tool(entry.tool, workspace_id=entry.workspace_id), to_result(entry)
    named = () if found is None else found[1].spec.facts
    facts: JsonObject = {name: result.value[name] for name in named if name in result.value}
    event = called(
        entry.tool,
        effect="write",
        status=result.status,
        code=result.code,
        facts=facts,
        write_id=entry.id,
        action_id=entry.action_id,
    )
    return await _append(unit, entry.conversation_id, event)


async def append_refusal(unit: Unit, action: PendingAction, code: str) -> list[Event]:
    """``tool_called`` that did not happen: declined, or no longer allowed."""
    event = called(action.tool, effect="write", status="failed", code=code, facts={}, action_id=action.id)
    return await _append(unit, action.conversation_id, event)


async def _append(unit: Unit, conversation_id: str, event: Recorded) -> list[Event]:
    return await unit.events.append(conversation_id, [EventDraft(*event)], change=Change())
