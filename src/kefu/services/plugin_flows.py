"""The flows of the plugins that a workspace has switched on, and the settings that flows read."""

from collections.abc import Iterable, Mapping

import structlog

from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.findings import Catalogue
from kefu.dialogue.flows.lint import check_files
from kefu.dialogue.tools.gate import to_facts
from kefu.domain.action import PluginState
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import PluginHost
from kefu.plugins.manifest import Plugin

log = structlog.get_logger(__name__)


class PluginFlows:
    """Files are read once; flows that do not load are left out and logged."""

    def __init__(self, host: PluginHost) -> None:
        self._host = host
        self._loaded: dict[str, Mapping[str, Flow]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no plugin of this process has any flow."""
        return not any(plugin.flows for plugin in self._host.plugins)

    def of(self, states: Iterable[PluginState]) -> tuple[dict[str, Flow], JsonObject]:
        """Of the enabled ones among ``states``: flows by name (of two with one name the first), and their settings."""
        flows: dict[str, Flow] = {}
        policy: JsonObject = {}
        plugins = {plugin.name: plugin for plugin in self._host.plugins}
        for state in states:
            plugin = plugins.get(state.plugin)
            if plugin is not None and state.is_enabled:
                flows |= {name: flow for name, flow in self._flows_of(plugin).items() if name not in flows}
                policy |= self._policy_of(plugin, state)
        return flows, policy

    def _flows_of(self, plugin: Plugin) -> Mapping[str, Flow]:
        if plugin.flows is None:
            return {}
        if plugin.name not in self._loaded:
            self._loaded[plugin.name] = self._load(plugin)
        return self._loaded[plugin.name]

    def _load(self, plugin: Plugin) -> Mapping[str, Flow]:
        """The flows of a plugin that have no error; what is wrong with the others is logged for who runs the server."""
        catalogue = Catalogue({tool.name: to_facts(tool.spec) for one in self._host.plugins for tool in one.tools})
        flows, findings = check_files([plugin.flows] if plugin.flows is not None else [], catalogue)
        wrong = [finding for finding in findings if finding.severity == "error"]
        for finding in wrong:
            log.error("flow_left_out", plugin=plugin.name, file=finding.file, line=finding.line, reason=finding.message)
        bad = {finding.file for finding in wrong}
        return {flow.name: flow for flow in flows if flow.file not in bad}

    def _policy_of(self, plugin: Plugin, state: PluginState) -> JsonObject:
        """A plugin's settings, as flows read them."""
        settings = self._host.to_settings(plugin.name, state.settings)
        return {} if settings is None else settings.model_dump(mode="json")
