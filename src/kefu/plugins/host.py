"""The host: finds plugins, refuses broken ones in a sentence each, and runs their code cut off from the rest."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import structlog
from pydantic import ValidationError

from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.plugin_tables import to_tables
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.plugins.errors import PluginError
from kefu.plugins.guests import Guests
from kefu.plugins.isolation import PluginFailure, PluginThread
from kefu.plugins.manifest import Plugin
from kefu.plugins.models import PluginSettings
from kefu.plugins.sources import import_problems
from kefu.plugins.spec import Tool
from kefu.plugins.strings import load_strings
from kefu.plugins.tables import NO_TABLES, OwnTables
from kefu.plugins.validation import problems_of

GROUP = "kefu.plugins"
_IMPORT_SECONDS = 30.0
TablesOf = Callable[[str, Plugin], OwnTables]
"""``(workspace_id, plugin)``: where the plugin's rows of that workspace are."""
log = structlog.get_logger(__name__)


class Lane(StrEnum):
    """Each has a thread of its own, so that long work of a plugin keeps no customer of the same plugin waiting."""

    TURN = "turn"
    DELIVERY = "delivery"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """An entry point that gave no plugin, with why in one sentence."""

    name: str
    reason: str


class PluginHost:
    """The plugins of this process. Which of them a workspace uses is the gate's question."""

    def __init__(self, plugins: Iterable[Plugin], *, broken: Iterable[BrokenPlugin] = ()) -> None:
        self._plugins: dict[str, Plugin] = {}
        self._tools: dict[str, tuple[Plugin, Tool]] = {}
        self._strings: dict[str, Strings] = {}
        self.broken: tuple[BrokenPlugin, ...] = tuple(broken)
        for plugin in plugins:
            self._admit(plugin)
        self.guests = Guests()
        self._threads: dict[tuple[str, Lane], PluginThread] = {}
        self._tables_of: TablesOf | None = None

    @classmethod
    def discover(cls, *, builtin: Sequence[Plugin] = (), seconds: float = _IMPORT_SECONDS) -> "PluginHost":
        """All plugins that are installed, after those that come with kefu. A broken one stops nothing."""
        plugins, broken = list(builtin), []
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
            try:
                plugins.append(load(point, seconds=seconds))
            except PluginError as error:
                broken.append(BrokenPlugin(point.name, error.detail))
        return cls(plugins, broken=broken)

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        return tuple(self._plugins.values())

    def get_plugin(self, name: str) -> Plugin:
        """Raises NotFoundError."""
        plugin = self._plugins.get(name) or self.guests.find_plugin(name)
        if plugin is None:
            raise NotFoundError("plugin", name)
        return plugin

    def find_tool(self, name: str, *, workspace_id: str | None = None) -> tuple[Plugin, Tool] | None:
        """A tool with the plugin that brings it; with a workspace also one of its guests."""
        found = self._tools.get(name)
        return found or (None if workspace_id is None else self.guests.find_tool(name, workspace_id=workspace_id))

    async def look_for_tool(self, name: str, *, workspace_id: str) -> tuple[Plugin, Tool] | None:
        """As ``find_tool``; one that is not known is looked for: another process may have given it to the workspace."""
        if self.find_tool(name, workspace_id=workspace_id) is None:
            await self.guests.load(workspace_id)
        return self.find_tool(name, workspace_id=workspace_id)

    def find_plugin(self, name: str) -> Plugin | None:
        return self._plugins.get(name)

    def keep_tables(self, tables_of: TablesOf) -> None:
        """Say where plugins' own tables are; until then a plugin's tables cannot be used."""
        self._tables_of = tables_of

    def tables_for(self, workspace_id: str, plugin: Plugin) -> OwnTables:
        """The plugin's own tables, bound to a workspace."""
        if not plugin.tables or self._tables_of is None:
            return NO_TABLES
        return self._tables_of(workspace_id, plugin)

    def find_strings(self, plugin: str) -> Strings | None:
        """The texts of a plugin; None when it has none."""
        return self._strings.get(plugin)

    def to_settings(self, plugin: str, values: JsonObject) -> PluginSettings | None:
        """Stored settings as the plugin's own model. Raises InvalidInputError that names what does not fit."""
        model = self.get_plugin(plugin).settings
        if model is None:
            if values:
                raise InvalidInputError(f"{plugin} has no settings.", field="settings")
            return None
        try:
            return model.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise InvalidInputError(f"The setting {place} of {plugin}: {first['msg']}.", field=place) from error

    async def call(
        self, plugin: str, function: Callable[..., Any], *arguments: object, seconds: float, lane: Lane = Lane.TURN
    ) -> Any:
        """Run a function of a plugin. Raises what it may raise (``isolation.PASSED``), and a PluginFailure otherwise."""
        thread = self._threads.setdefault((plugin, lane), PluginThread(f"{plugin}-{lane}"))
        try:
            return await thread.run(function, *arguments, seconds=seconds)
        except PluginFailure as failure:
            name = getattr(function, "__qualname__", "")
            log.warning(
                "plugin_failed", plugin=plugin, function=name, reason=failure.reason, exc_info=failure.__cause__
            )
            raise

    async def aclose(self) -> None:
        for thread in self._threads.values():
            await thread.aclose()

    def _admit(self, plugin: Plugin) -> None:
        problem = next(iter(problems_of(plugin)), None) or self._clash(plugin)
        if problem is not None:
            self.broken = (*self.broken, BrokenPlugin(plugin.name, problem))
            return
        self._plugins[plugin.name] = plugin
        self._tools |= {tool.name: (plugin, tool) for tool in plugin.tools}
        if plugin.strings is not None:
            self._strings[plugin.name] = load_strings(plugin.strings)

    def _clash(self, plugin: Plugin) -> str | None:
        if plugin.name in self._plugins:
            return f"Another plugin is called {plugin.name} too."
        for tool in plugin.tools:
            if tool.name in self._tools:
                return f"The plugin {self._tools[tool.name][0].name} has a tool {tool.name} too."
        for other in self._plugins.values():
            for kind in sorted({one.name for one in plugin.slot_types} & {one.name for one in other.slot_types}):
                return f"The plugin {other.name} has a slot type {kind} too."
            for name in sorted(_table_names(plugin) & _table_names(other)):
                return f"The plugin {other.name} has a table {name} too."
        return None


def _table_names(plugin: Plugin) -> set[str]:
    return {table.full_name for table in to_tables(plugin.name, plugin.tables).values()}


def load(point: EntryPoint, *, seconds: float = _IMPORT_SECONDS) -> Plugin:
    """The plugin that an entry point names. Raises PluginError, in one sentence, whatever its code does."""
    found: list[object] = []
    errors: list[BaseException] = []
    worker = threading.Thread(target=_import, args=(point, found, errors), name=f"import-{point.name}", daemon=True)
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        raise PluginError(f"{point.value} was not imported within {seconds:g} s.")
    if errors:
        raise PluginError(f"{point.value} cannot be imported: {type(errors[0]).__name__}: {errors[0]}") from errors[0]
    plugin = found[0]
    if not isinstance(plugin, Plugin):
        raise PluginError(f"{point.value} is a {type(plugin).__name__}, not a kefu.plugins.Plugin.")
    if plugin.name != point.name:
        raise PluginError(f"The entry point is called {point.name}, the manifest says {plugin.name}.")
    for problem in import_problems(point.module, uses=plugin.manifest.uses):
        raise PluginError(problem)
    return plugin


def _import(point: EntryPoint, found: list[object], errors: list[BaseException]) -> None:
    try:
        found.append(point.load())
    except BaseException as error:  # noqa: BLE001 - whatever it raises, SystemExit too, is this plugin's own trouble
        errors.append(error)
