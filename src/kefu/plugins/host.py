"""The host: finds plugins, refuses broken ones in a sentence each, and runs their code cut off from the rest."""

import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import structlog
from pydantic import ValidationError

from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.plugins.errors import PluginError
from kefu.plugins.isolation import PluginFailure, PluginThread
from kefu.plugins.manifest import Plugin
from kefu.plugins.models import PluginSettings
from kefu.plugins.sources import import_problems
from kefu.plugins.spec import Tool
from kefu.plugins.strings import load_strings
from kefu.plugins.validation import problems_of

GROUP = "kefu.plugins"
_IMPORT_SECONDS = 30.0
log = structlog.get_logger(__name__)

LoadGuests = Callable[[str], Awaitable[Sequence[Plugin]]]
"""The plugins that one workspace has beside the installed ones, as they are now."""


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
        self._threads = {name: PluginThread(name) for name in self._plugins}
        self._guests: dict[str, tuple[Plugin, ...]] = {}
        self._guest_tools: dict[str, dict[str, tuple[Plugin, Tool]]] = {}
        self._load_guests: LoadGuests | None = None

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
        guests = (guest for guests in self._guests.values() for guest in guests if guest.name == name)
        plugin = self._plugins.get(name) or next(guests, None)
        if plugin is None:
            raise NotFoundError("plugin", name)
        return plugin

    def find_tool(self, name: str, *, workspace_id: str | None = None) -> tuple[Plugin, Tool] | None:
        """A tool with the plugin that brings it; with a workspace also one of its guests."""
        guests = {} if workspace_id is None else self._guest_tools.get(workspace_id, {})
        return self._tools.get(name) or guests.get(name)

    async def look_for_tool(self, name: str, *, workspace_id: str) -> tuple[Plugin, Tool] | None:
        """As ``find_tool``; one that is not known is looked for: another process may have given it to the workspace."""
        if self.find_tool(name, workspace_id=workspace_id) is None:
            await self.load_guests(workspace_id)
        return self.find_tool(name, workspace_id=workspace_id)

    def tools_of(self, workspace_id: str) -> list[Tool]:
        """Those of all installed plugins, and of the workspace's guests as they were last loaded."""
        guests = self._guest_tools.get(workspace_id, {})
        return [tool for _, tool in ({**guests, **self._tools}).values()]

    def invite(self, load: LoadGuests) -> None:
        """Where the guests of a workspace come from."""
        self._load_guests = load

    async def load_guests(self, workspace_id: str) -> None:
        """Look again at what a workspace has beside the installed plugins. A name that is taken stays the plugin's."""
        if self._load_guests is None:
            return
        guests = tuple(await self._load_guests(workspace_id))
        left = {guest.name for guest in self._guests.get(workspace_id, ())} - {guest.name for guest in guests}
        self._guests[workspace_id] = guests
        self._guest_tools[workspace_id] = {tool.name: (guest, tool) for guest in guests for tool in guest.tools}
        for guest in guests:
            self._threads.setdefault(guest.name, PluginThread(guest.name))
        for name in left:
            await self._threads.pop(name).aclose()

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

    async def call(self, plugin: str, function: Callable[..., Any], *arguments: object, seconds: float) -> Any:
        """Run a function of a plugin. Raises ToolError as the plugin did, and a PluginFailure otherwise."""
        try:
            return await self._threads[plugin].run(function, *arguments, seconds=seconds)
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
        return None


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
