"""What a workspace's turns ask of models."""

from datetime import timedelta

from kefu.domain.turn import TurnUse
from kefu.kit.clock import Clock
from kefu.storage.database import Database


class ModelUseService:
    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_last(self, workspace_id: str, span: timedelta) -> TurnUse:
        """Of the finished turns that began within ``span`` before now."""
        async with self._database.read(workspace_id) as unit:
            return await unit.turns.sum_use(self._clock.now() - span)
