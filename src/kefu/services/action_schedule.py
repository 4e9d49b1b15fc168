"""What is due by itself of writes: asking what became of them, and closing what nobody said yes to in time."""

import asyncio

import structlog

from kefu.services.actions import RECONCILE
from kefu.services.jobs import order_in
from kefu.storage.database import Database

_EVERY_S = 10.0
log = structlog.get_logger(__name__)


class ActionSchedule:
    """Runs in every process that runs jobs. However many look, one job a workspace is open at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="action-schedule")

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def order_due(self) -> int:
        """Order the job where something is due now; in how many workspaces that is."""
        async with self._database.platform_view() as platform:
            due = await platform.list_due_actions()
        for workspace_id in due:
            async with self._database.write(workspace_id) as unit:
                await order_in(unit, RECONCILE)
        return len(due)

    async def _watch(self) -> None:
        while True:
            await self._try()
            await asyncio.sleep(_EVERY_S)

    async def _try(self) -> bool:
        """False when the database failed: the next look comes in any case."""
        try:
            await self.order_due()
        except Exception:
            log.exception("actions_not_looked_at")
            return False
        return True
