"""Turns: the index of the log by what caused its events."""

from datetime import datetime

from sqlalchemy import Row, bindparam, case, func

from kefu.domain.errors import NotFoundError
from kefu.domain.model import ModelUse
from kefu.domain.turn import Decision, Turn, TurnState, TurnUse
from kefu.kit.jsonvalue import JsonObject
from kefu.storage.repository import Repository
from kefu.storage.tables import turns

_IS_THIS = turns.c.id == bindparam("of_id")
_ADD = Repository.insert(turns)
_COLUMNS = [column for column in turns.c if column.name != "tape"]
_GET = Repository.select(turns, *_COLUMNS).where(_IS_THIS)
_GET_TAPE = Repository.select(turns, turns.c.tape).where(_IS_THIS)
_LIST_RUNNING = Repository.select(turns, *_COLUMNS).where(
    turns.c.conversation_id == bindparam("of_conversation"), turns.c.state == TurnState.RUNNING
)
_CLOSE = (
    Repository.update(turns)
    .where(_IS_THIS)
    .values(
        state=bindparam("to_state"),
        decision=bindparam("to_decision"),
        confidence=bindparam("to_confidence"),
        is_hard=bindparam("to_is_hard"),
        model_calls=bindparam("to_model_calls"),
        prompt_tokens=bindparam("to_prompt_tokens"),
        completion_tokens=bindparam("to_completion_tokens"),
        model_ms=bindparam("to_model_ms"),
        finished_at=bindparam("now"),
        tape=bindparam("to_tape", type_=turns.c.tape.type),
    )
)
_SUM_USE = Repository.select(
    turns,
    func.count().label("turns"),
    func.sum(case((turns.c.is_hard, 1), else_=0)).label("hard"),
    func.sum(case((turns.c.model_calls > 0, 1), else_=0)).label("asked"),
    func.sum(turns.c.model_calls).label("calls"),
    func.sum(turns.c.prompt_tokens).label("prompt_tokens"),
    func.sum(turns.c.completion_tokens).label("completion_tokens"),
    func.sum(turns.c.model_ms).label("ms"),
).where(turns.c.state == TurnState.FINISHED, turns.c.started_at >= bindparam("since", type_=turns.c.started_at.type))
NO_MODEL = ModelUse()


class TurnRepository(Repository):
    async def open(self, turn_id: str, conversation_id: str, *, through_seq: int) -> None:
        values = {
            "id": turn_id,
            "conversation_id": conversation_id,
            "state": TurnState.RUNNING,
            "through_seq": through_seq,
            "started_at": self._clock.now(),
        }
        await self._add(_ADD, values)

    async def close(
        self,
        turn_id: str,
        state: TurnState,
        *,
        decision: Decision | None = None,
        confidence: float | None = None,
        tape: JsonObject | None = None,
        use: ModelUse = NO_MODEL,
    ) -> None:
        """``tape``: what the turn was given from outside (``dialogue.taping``)."""
        await self._execute(
            _CLOSE,
            of_id=turn_id,
            to_state=state,
            to_decision=decision,
            to_confidence=confidence,
            to_tape=tape,
            to_is_hard=use.is_hard,
            to_model_calls=use.calls,
            to_prompt_tokens=use.prompt_tokens,
            to_completion_tokens=use.completion_tokens,
            to_model_ms=use.ms,
            now=self._clock.now(),
        )

    async def get(self, turn_id: str) -> Turn:
        row = (await self._execute(_GET, of_id=turn_id)).one_or_none()
        if row is None:
            raise NotFoundError("turn", turn_id)
        return _to_turn(row)

    async def find_tape(self, turn_id: str) -> JsonObject | None:
        """None: the turn is running, or its worker died with it."""
        found: JsonObject | None = (await self._execute(_GET_TAPE, of_id=turn_id)).scalar_one_or_none()
        return found

    async def sum_use(self, since: datetime) -> TurnUse:
        """What the turns that were finished since then asked of models."""
        row = (await self._execute(_SUM_USE, since=since)).one()
        return TurnUse(*(int(value or 0) for value in row))

    async def list_running(self, conversation_id: str) -> list[Turn]:
        """Turns without an end: at most one is alive, others died with their worker."""
        return [_to_turn(row) for row in await self._execute(_LIST_RUNNING, of_conversation=conversation_id)]


def _to_turn(row: Row[tuple[object, ...]]) -> Turn:
    return Turn(
        id=row.id,
        conversation_id=row.conversation_id,
        state=TurnState(row.state),
        through_seq=row.through_seq,
        decision=None if row.decision is None else Decision(row.decision),
        confidence=row.confidence,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
