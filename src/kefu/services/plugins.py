"""Which plugins a workspace uses: switched at run time, in force with the next call of a tool, in every process."""

from collections.abc import Sequence
from dataclasses import dataclass

from kefu.domain.action import PluginState
from kefu.domain.errors import InvalidInputError
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import BrokenPlugin, PluginHost
from kefu.plugins.manifest import Plugin
from kefu.storage.database import Database


@dataclass(frozen=True, slots=True)
class PluginView:
    """A plugin of this process, and what the workspace says of it."""

    plugin: Plugin
    state: PluginState


class PluginService:
    def __init__(self, database: Database, host: PluginHost, *, clock: Clock) -> None:
        self._database = database
        self._host = host
        self._clock = clock

    @property
    def broken(self) -> tuple[BrokenPlugin, ...]:
        return self._host.broken

    async def list_all(self, workspace_id: str) -> list[PluginView]:
        async with self._database.read(workspace_id) as unit:
            states = {state.plugin: state for state in await unit.plugin_states.list_all()}
        off = [self._off(workspace_id, plugin.name) for plugin in self._host.plugins]
        return [PluginView(self._host.get_plugin(state.plugin), states.get(state.plugin, state)) for state in off]

    async def enable(
        self,
        workspace_id: str,
        name: str,
        *,
        settings: JsonObject | None = None,
        closed_tools: Sequence[str] | None = None,
        is_open_to_models: bool | None = None,
    ) -> PluginState:
        """Switch it on; what is not given stays as it was. Raises NotFoundError, InvalidInputError."""
        plugin = self._host.get_plugin(name)
        unknown = set(closed_tools or ()) - {tool.name for tool in plugin.tools}
        if unknown:
            raise InvalidInputError(f"{name} has no tool {', '.join(sorted(unknown))}.", field="closed_tools")
        async with self._database.write(workspace_id) as unit:
            known = await unit.plugin_states.find(name) or self._off(workspace_id, name)
            state = PluginState(
                workspace_id=workspace_id,
                plugin=name,
                is_enabled=True,
                settings=known.settings if settings is None else settings,
                closed_tools=known.closed_tools if closed_tools is None else tuple(closed_tools),
                changed_at=self._clock.now(),
                is_open_to_models=known.is_open_to_models if is_open_to_models is None else is_open_to_models,
            )
            self._host.to_settings(name, state.settings)
            await unit.plugin_states.put(state)
        return state

    async def disable(self, workspace_id: str, name: str) -> PluginState:
        """Switch it off; its settings stay. A plugin that is gone can be switched off too."""
        async with self._database.write(workspace_id) as unit:
            known = await unit.plugin_states.find(name)
            if known is None:
                self._host.get_plugin(name)
                known = self._off(workspace_id, name)
            state = PluginState(
                workspace_id=workspace_id,
                plugin=name,
                is_enabled=False,
                settings=known.settings,
                closed_tools=known.closed_tools,
                changed_at=self._clock.now(),
                is_open_to_models=known.is_open_to_models,
            )
            await unit.plugin_states.put(state)
        return state

    def _off(self, workspace_id: str, name: str) -> PluginState:
        return PluginState(
            workspace_id, name, is_enabled=False, settings={}, closed_tools=(), changed_at=self._clock.now()
        )
