"""What the plugins that a workspace has switched on bring to its turns: flows with their settings, types, guards."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import structlog

from kefu.dialogue.extending.extensions import Enabled, Extensions
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.findings import Catalogue
from kefu.dialogue.flows.lint import check_files
from kefu.dialogue.tools.gate import to_facts
from kefu.dialogue.tools.results import ToolFacts
from kefu.domain.action import PluginState
from kefu.domain.errors import InvalidInputError
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import PluginHost
from kefu.plugins.manifest import Intent, Plugin
from kefu.plugins.models import PluginSettings

log = structlog.get_logger(__name__)


class PluginFlows:
    """Files are read once; flows that do not load are left out and logged."""

    def __init__(self, host: PluginHost) -> None:
        self._host = host
        self._loaded: dict[tuple[str, str], Mapping[str, Flow]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no plugin of this process has anything for a turn."""
        return not any(plugin.flows is not None or _extends(plugin) for plugin in self._host.plugins)

    def of(self, states: Iterable[PluginState]) -> tuple[dict[str, Flow], JsonObject]:
        """Of the enabled ones among ``states``: flows by name (of two with one name the first), and their settings.

        Flows may name tools of the workspace's guests, as those were last loaded.
        """
        flows: dict[str, Flow] = {}
        policy: JsonObject = {}
        for state in states:
            plugin = self._host.find_plugin(state.plugin)
            if plugin is not None and state.is_enabled:
                flows |= {
                    name: flow for name, flow in self._flows_of(plugin, state.workspace_id).items() if name not in flows
                }
                policy |= self._policy_of(plugin, state)
        return flows, policy

    def intents_of(self, states: Iterable[PluginState]) -> list[Intent]:
        """What the enabled ones give as examples beside their flows."""
        plugins = (self._host.find_plugin(state.plugin) for state in states if state.is_enabled)
        return [intent for plugin in plugins if plugin is not None for intent in plugin.intents]

    def extensions_of(self, states: Iterable[PluginState]) -> Extensions | None:
        """None: no enabled plugin reads or guards anything."""
        enabled: list[Enabled] = []
        for state in states:
            plugin = self._host.find_plugin(state.plugin)
            if plugin is not None and state.is_enabled and _extends(plugin):
                enabled.append(Enabled(plugin, self._settings_of(plugin, state)))
        return Extensions(self._host, tuple(enabled)) if enabled else None

    def _flows_of(self, plugin: Plugin, workspace_id: str) -> Mapping[str, Flow]:
        if plugin.flows is None:
            return {}
        guests = {tool.name: to_facts(tool.spec) for tool in self._host.guests.tools_of(workspace_id)}
        known = {name: [one.arguments, one.effect, *one.facts, *one.codes] for name, one in guests.items()}
        key = plugin.name, sha256_of(known)
        if key not in self._loaded:
            self._loaded[key] = self._load(plugin, guests)
        return self._loaded[key]

    def _load(self, plugin: Plugin, guests: Mapping[str, ToolFacts]) -> Mapping[str, Flow]:
        """The flows of a plugin that have no error; what is wrong with the others is logged for who runs the server."""
        installed = catalogue_of(self._host.plugins)
        catalogue = replace(installed, tools={**guests, **(installed.tools or {})})
        flows, findings = check_files([plugin.flows] if plugin.flows is not None else [], catalogue)
        wrong = [finding for finding in findings if finding.severity == "error"]
        for finding in wrong:
            log.error("flow_left_out", plugin=plugin.name, file=finding.file, line=finding.line, reason=finding.message)
        bad = {finding.file for finding in wrong}
        return {flow.name: flow for flow in flows if flow.file not in bad}

    def _policy_of(self, plugin: Plugin, state: PluginState) -> JsonObject:
        """A plugin's settings, as flows read them."""
        settings = self._settings_of(plugin, state)
        return {} if settings is None else settings.model_dump(mode="json")

    def _settings_of(self, plugin: Plugin, state: PluginState) -> PluginSettings | None:
        """None: it has none, or those that are stored fit its present version no more, which is logged."""
        try:
            return self._host.to_settings(plugin.name, state.settings)
        except InvalidInputError as error:
            log.warning("plugin_settings_unfit", plugin=plugin.name, workspace=state.workspace_id, detail=error.detail)
            return None


def catalogue_of(plugins: Iterable[Plugin]) -> Catalogue:
    """What flows may name: the tools and types of slots of all plugins."""
    every = tuple(plugins)
    return Catalogue(
        tools={tool.name: to_facts(tool.spec) for one in every for tool in one.tools},
        slot_types=frozenset(kind.name for one in every for kind in one.slot_types),
    )


def _extends(plugin: Plugin) -> bool:
    return bool(plugin.slot_types or plugin.recognisers or plugin.guards)
