"""Which plugins a workspace uses, and how."""

from sqlalchemy import Row, bindparam

from kefu.domain.action import PluginState
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import plugin_states as table
from kefu.storage.tables import workspaces

_IS_THIS = table.c.plugin == bindparam("of_plugin")
_ADD = Repository.insert(table)
_FIND = Repository.select(table).where(_IS_THIS)
_LIST = Repository.select(table).order_by(table.c.plugin)
_BUMP_VERSION = Repository.update_own(workspaces).values(plugin_version=workspaces.c.plugin_version + 1)
_REMOVE = Repository.delete(table).where(_IS_THIS)


class PluginStateRepository(Repository):
    async def find(self, plugin: str) -> PluginState | None:
        row = (await self._execute(_FIND, of_plugin=plugin)).one_or_none()
        return None if row is None else _to_state(row)

    async def list_all(self) -> list[PluginState]:
        return [_to_state(row) for row in await self._execute(_LIST)]

    async def put(self, state: PluginState) -> None:
        """Store it in the place of what was said before; every process looks at it in its next turn."""
        await self._execute(_REMOVE, of_plugin=state.plugin)
        row = {
            "id": new_id("plug"),
            "plugin": state.plugin,
            "is_enabled": state.is_enabled,
            "settings": state.settings,
            "closed_tools": list(state.closed_tools),
            "is_open_to_models": state.is_open_to_models,
            "changed_at": self._clock.now(),
        }
        await self._add(_ADD, row)
        await self._execute(_BUMP_VERSION)

    async def remove(self, plugin: str) -> None:
        """As if nothing had ever been said of it."""
        await self._execute(_REMOVE, of_plugin=plugin)


def _to_state(row: Row[tuple[object, ...]]) -> PluginState:
    return PluginState(
        workspace_id=row.workspace_id,
        plugin=row.plugin,
        is_enabled=row.is_enabled,
        settings=row.settings,
        closed_tools=tuple(row.closed_tools),
        changed_at=row.changed_at,
        is_open_to_models=row.is_open_to_models,
    )
