"""When jobs of plugins are due in a workspace."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam

from kefu.storage.repository import Repository
from kefu.storage.tables import plugin_schedules as table

_OF_PLUGIN = table.c.plugin == bindparam("of_plugin")
_IS_THIS = (_OF_PLUGIN, table.c.job == bindparam("of_job"))
_ADD = Repository.insert(table)
_LIST = Repository.select(table).where(_OF_PLUGIN)
_FIND = Repository.select(table).where(*_IS_THIS)
_REMOVE = Repository.delete(table).where(*_IS_THIS)
_SET_DUE = Repository.update(table).where(*_IS_THIS).values(due_at=bindparam("new_due_at", type_=table.c.due_at.type))


class PluginScheduleRepository(Repository):
    async def keep(self, plugin: str, due: Mapping[str, datetime]) -> None:
        """Let exactly these jobs of a plugin be due, those that were kept already when they were."""
        known = {row.job: row.due_at for row in await self._execute(_LIST, of_plugin=plugin)}
        for job in known.keys() - due.keys():
            await self._execute(_REMOVE, of_plugin=plugin, of_job=job)
        for job, at in due.items():
            if job not in known:
                await self._add(_ADD, {"plugin": plugin, "job": job, "due_at": at})

    async def find_due(self, plugin: str, job: str) -> datetime | None:
        row = (await self._execute(_FIND, of_plugin=plugin, of_job=job)).one_or_none()
        return None if row is None else row.due_at

    async def set_due(self, plugin: str, job: str, at: datetime) -> None:
        await self._execute(_SET_DUE, of_plugin=plugin, of_job=job, new_due_at=at)
