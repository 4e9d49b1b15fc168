"""Which plugins a workspace uses: switched at run time, in force with the next call of a tool, in every process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from kefu.domain.action import PluginState
from kefu.domain.errors import ConflictError, InvalidInputError
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import BrokenPlugin, PluginHost
from kefu.plugins.manifest import Plugin
from kefu.services.intents import INTENT_TRAINING
from kefu.services.jobs import order_in
from kefu.services.plugin_work.tables import PluginTables
from kefu.storage.database import Database
from kefu.storage.unit import Unit

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PluginView:
    """A plugin of this process, and what the workspace says of it."""

    plugin: Plugin
    state: PluginState


class PluginService:
    def __init__(self, database: Database, host: PluginHost, *, tables: PluginTables, clock: Clock) -> None:
        self._database = database
        self._host = host
        self._tables = tables
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
        """Switch it on; settings and closed tools that are not given stay. Its own tables are there afterwards.

        Raises NotFoundError, InvalidInputError, and ConflictError when released steps of its tables were changed.
        """
        plugin = self._host.get_plugin(name)
        unknown = set(closed_tools or ()) - {tool.name for tool in plugin.tools}
        if unknown:
            raise InvalidInputError(f"{name} has no tool {', '.join(sorted(unknown))}.", field="closed_tools")
        if plugin.tables:
            await self._tables.ensure(plugin)
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
            await _put(unit, state, due=self._due(plugin))
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
            await _put(unit, state, due={})
        return state

    async def refresh(self, workspace_id: str) -> None:
        """What a newer version of a plugin that is on here brings: steps of its tables, jobs that are due by themselves.

        A plugin whose tables cannot be brought up is logged and stays as it is.
        """
        async with self._database.read(workspace_id) as unit:
            states = [state for state in await unit.plugin_states.list_all() if state.is_enabled]
        for plugin in filter(None, (self._host.find_plugin(state.plugin) for state in states)):
            if plugin.tables:
                await self._bring_up(plugin)
            async with self._database.write(workspace_id) as unit:
                await unit.plugin_schedules.keep(plugin.name, self._due(plugin))

    async def _bring_up(self, plugin: Plugin) -> None:
        try:
            await self._tables.ensure(plugin)
        except ConflictError as error:
            log.error("plugin_tables_unfit", plugin=plugin.name, detail=error.detail)  # noqa: TRY400 - a sentence says it

    def _due(self, plugin: Plugin) -> dict[str, datetime]:
        now = self._clock.now()
        return {job.name: job.schedule.next_after(now) for job in plugin.jobs if job.schedule is not None}

    def _off(self, workspace_id: str, name: str) -> PluginState:
        return PluginState(
            workspace_id, name, is_enabled=False, settings={}, closed_tools=(), changed_at=self._clock.now()
        )


async def _put(unit: Unit, state: PluginState, *, due: Mapping[str, datetime]) -> None:
    """``due``: its jobs by name, each with when it is to run next."""
    await unit.plugin_states.put(state)
    await unit.plugin_schedules.keep(state.plugin, due)
    if await unit.intent_models.active_version() is not None:
        await order_in(unit, INTENT_TRAINING)  # a workspace's own model has learned from the flows too
