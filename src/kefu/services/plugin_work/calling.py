"""How work beside turns calls a plugin: only where it is switched on, with its settings, cut off, its errors made ours."""

from collections.abc import Callable
from typing import Any

from kefu.domain.errors import ConflictError, JobCancelledError, JobLostError, UnavailableError
from kefu.kit.clock import Clock
from kefu.plugins.context import WorkContext
from kefu.plugins.errors import PluginFailedError, ToolError
from kefu.plugins.host import Lane, PluginHost
from kefu.plugins.isolation import PluginFailure
from kefu.plugins.manifest import Plugin
from kefu.storage.database import Database

_OURS = (UnavailableError, JobCancelledError, JobLostError)
"""Errors of kefu's own that pass through a plugin's code."""


class PluginCaller:
    def __init__(self, database: Database, host: PluginHost, *, clock: Clock) -> None:
        self._database = database
        self._host = host
        self._clock = clock

    def find_plugin(self, name: str) -> Plugin | None:
        return self._host.find_plugin(name)

    async def open(self, workspace_id: str, name: str) -> tuple[Plugin, WorkContext]:
        """A plugin that the workspace has switched on. Raises NotFoundError, ConflictError, InvalidInputError."""
        plugin = self._host.get_plugin(name)
        async with self._database.read(workspace_id) as unit:
            state = await unit.plugin_states.find(name)
        if state is None or not state.is_enabled:
            raise ConflictError(f"{name} is off in this workspace: `kefu plugin enable {name}`.")
        settings = self._host.to_settings(name, state.settings)
        tables = self._host.tables_for(workspace_id, plugin)
        return plugin, WorkContext(workspace_id, self._clock.now(), settings, tables)

    async def call(
        self, plugin: str, function: Callable[..., Any], *arguments: object, seconds: float, lane: Lane = Lane.WORK
    ) -> Any:
        """What the function gives. Raises PluginFailedError, ChannelError, and our own errors where they come through."""
        try:
            return await self._host.call(plugin, function, *arguments, seconds=seconds, lane=lane)
        except ToolError as error:
            raise PluginFailedError(f"{plugin}: {error.detail}") from error
        except PluginFailure as failure:
            cause = failure.__cause__
            if isinstance(cause, _OURS):
                raise cause from failure
            detail = failure.reason if cause is None else f"{failure.reason}: {cause}"
            raise PluginFailedError(f"{plugin}: {detail}"[:500]) from failure
