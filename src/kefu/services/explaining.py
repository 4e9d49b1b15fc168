"""Why a turn did what it did: its trace, with sentences for people."""

from kefu.domain.conversation import Language
from kefu.domain.turn import EventType, Turn, TurnState
from kefu.insight.why import Explainer
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.services.conversations import get_own
from kefu.services.principal import Visitor
from kefu.storage.database import Database
from kefu.storage.unit import Unit


class ExplainingService:
    """Reads; a turn that did not finish is explained as far as it came."""

    def __init__(self, database: Database, *, explainer: Explainer) -> None:
        self._database = database
        self._explainer = explainer

    async def explain(self, workspace_id: str, turn_id: str, *, language: Language | None) -> JsonObject:
        """For people of the workspace; without a language in that of the conversation. Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            return await self._explain(unit, await unit.turns.get(turn_id), language)

    async def explain_own(self, visitor: Visitor, turn_id: str, *, language: Language | None) -> JsonObject:
        """For the contact whose conversation it is. Raises NotFoundError."""
        async with self._database.read(visitor.workspace_id) as unit:
            turn = await unit.turns.get(turn_id)
            await get_own(unit, visitor, turn.conversation_id, hidden=("turn", turn_id))
            return await self._explain(unit, turn, language)

    async def _explain(self, unit: Unit, turn: Turn, language: Language | None) -> JsonObject:
        conversation = await unit.conversations.get(turn.conversation_id)
        trace = await _find_trace(unit, turn)
        spoken: Language = language or conversation.language or "zh"
        return {
            "id": turn.id,
            "conversation_id": turn.conversation_id,
            "state": turn.state.value,
            "decision": None if turn.decision is None else turn.decision.value,
            "confidence": turn.confidence,
            "started_at": turn.started_at.isoformat(),
            "finished_at": None if turn.finished_at is None else turn.finished_at.isoformat(),
            "trace": trace,
            "why": [*self._explainer.explain(trace, turn.state, language=spoken)],
        }


async def _find_trace(unit: Unit, turn: Turn) -> JsonObject | None:
    """That of the last event; of a turn that did not finish, what it had decided when it ended."""
    if turn.state is not TurnState.FINISHED:
        notes = await unit.turns.find_tape(turn.id)
        return None if notes is None or "trace" not in notes else as_object(notes["trace"])
    events = await unit.events.list_of_turn(turn.id)
    ending = next((event for event in events if event.type is EventType.TURN_FINISHED), None)
    return None if ending is None else as_object(ending.data["trace"])
