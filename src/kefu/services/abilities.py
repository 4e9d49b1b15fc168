"""What each workspace's assistant can do: flows of its enabled plugins, and the classifier that starts them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.extending.extensions import Enabled, Extensions
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.findings import Catalogue
from kefu.dialogue.flows.lint import check_files
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.propose.slot_types import ChoiceMatcher
from kefu.dialogue.tools.gate import Gate, to_facts
from kefu.domain.action import PluginState
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError, UnavailableError
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.knowledge.embedding import Embedder
from kefu.plugins.host import PluginHost
from kefu.plugins.manifest import Intent, Plugin
from kefu.plugins.models import PluginSettings
from kefu.services.flow_training import examples_of, train_for
from kefu.services.intent_serving import IntentServing
from kefu.storage.database import Database

_FRESH_SECONDS = 1.0
"""How long a process may go on without looking whether a plugin was switched."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """``looked_at`` is on the monotonic clock; ``fingerprint`` says of which switches and files it was made, and
    ``version`` at which version of the workspace's plugins.
    """

    looked_at: float
    fingerprint: str
    version: int | None
    abilities: Abilities | None
    extensions: Extensions | None


class PluginTexts:
    """The texts of plugins by the tools that they are for (``flows.speaking.ToolTexts``)."""

    def __init__(self, host: PluginHost) -> None:
        self._host = host

    def text(self, tool: str, key: str, *, language: Language, fields: Mapping[str, str]) -> str:
        """Empty when the plugin has no such text, or a field of it is missing."""
        found = self._host.find_tool(tool)
        strings = None if found is None else self._host.find_strings(found[0].name)
        if strings is None:
            return ""
        try:
            return strings.get(key, language, **fields)
        except KeyError:
            log.warning("plugin_text_missing", tool=tool, key=key)
            return ""


class AbilityService:
    """Made when first needed, kept until a plugin is switched. Flows that do not load are left out and logged."""

    def __init__(
        self,
        database: Database,
        *,
        host: PluginHost,
        gate: Gate,
        embedder: Embedder,
        serving: IntentServing,
        strings: Strings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._host = host
        self._gate = gate
        self._embedder = embedder
        self._serving = serving
        self._strings = strings
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._classifiers: dict[str, IntentClassifier | None] = {}
        self._flows: dict[str, Mapping[str, Flow]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._preparing: asyncio.Task[None] | None = None

    async def of(self, workspace_id: str, *, version: int | None = None) -> Abilities | None:
        """None: no enabled plugin has a flow. ``version`` is that of the workspace's plugins, which a turn has read with
        its inbox: what was switched anywhere is in force with the next turn. Without it, within a second.
        """
        known = self._known.get(workspace_id)
        if known is not None and self._is_fresh(known, version):
            return self._with_own_model(workspace_id, known.abilities)
        if not any(plugin.flows is not None or _extends(plugin) for plugin in self._host.plugins):
            return None
        async with self._locks.setdefault(workspace_id, asyncio.Lock()):
            return self._with_own_model(workspace_id, await self._look(workspace_id, version))

    def _is_fresh(self, known: _Known, version: int | None) -> bool:
        if version is not None:
            return known.version == version
        return self._clock.monotonic() - known.looked_at < _FRESH_SECONDS

    def extensions_of(self, workspace_id: str) -> Extensions | None:
        """What its plugins add to a turn beside flows, as ``of`` has just found it."""
        known = self._known.get(workspace_id)
        return None if known is None else known.extensions

    def _with_own_model(self, workspace_id: str, abilities: Abilities | None) -> Abilities | None:
        """A model that the workspace has trained takes the place of the one from the flows' own examples."""
        if abilities is None or self._serving.version_of(workspace_id) is None:
            return abilities
        return replace(abilities, classifier=self._serving.classifier_of(workspace_id))

    def start(self) -> None:
        """Make those of all workspaces beside the first turns, so that none has to wait for a training."""
        self._preparing = asyncio.create_task(self._prepare(), name="abilities")

    async def aclose(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)

    async def _prepare(self) -> None:
        try:
            async with self._database.platform_view() as platform:
                workspaces = await platform.list_workspaces()
            for workspace in workspaces:
                await self.of(workspace.id)
        except UnavailableError as error:
            log.warning("abilities_not_prepared", detail=error.detail)

    async def _look(self, workspace_id: str, version: int | None) -> Abilities | None:
        async with self._database.read(workspace_id) as unit:
            states = [state for state in await unit.plugin_states.list_all() if state.is_enabled]
        fingerprint = sha256_of([[state.plugin, state.changed_at.isoformat()] for state in states])
        known = self._known.get(workspace_id)
        if known is not None and known.fingerprint == fingerprint:
            self._known[workspace_id] = replace(known, looked_at=self._clock.monotonic(), version=version)
            return known.abilities
        abilities, extensions = await self._make(states), self._extensions(states)
        self._known[workspace_id] = _Known(self._clock.monotonic(), fingerprint, version, abilities, extensions)
        return abilities

    def _extensions(self, states: list[PluginState]) -> Extensions | None:
        """None: no plugin reads or guards anything."""
        enabled: list[Enabled] = []
        for state in states:
            plugin = self._host.find_plugin(state.plugin)
            if plugin is None or not _extends(plugin):
                continue
            enabled.append(Enabled(plugin, self._settings_of(plugin, state)))
        return Extensions(self._host, tuple(enabled)) if enabled else None

    async def _make(self, states: list[PluginState]) -> Abilities | None:
        flows: dict[str, Flow] = {}
        policy: JsonObject = {}
        intents: list[Intent] = []
        for state in states:
            plugin = self._host.find_plugin(state.plugin)
            if plugin is not None:
                flows |= {name: flow for name, flow in self._flows_of(plugin).items() if name not in flows}
                policy |= self._policy_of(plugin, state)
                intents += plugin.intents
        if not flows:
            return None
        classifier = await self._classifier(flows, intents)
        return Abilities(
            flows=FlowEngine(flows, strings=self._strings, matcher=ChoiceMatcher()),
            gate=self._gate,
            classifier=classifier,
            policy=policy,
            texts=PluginTexts(self._host),
        )

    def _flows_of(self, plugin: Plugin) -> Mapping[str, Flow]:
        if plugin.flows is None:
            return {}
        if plugin.name not in self._flows:
            self._flows[plugin.name] = self._load(plugin)
        return self._flows[plugin.name]

    def _load(self, plugin: Plugin) -> Mapping[str, Flow]:
        """The flows of a plugin that have no error; what is wrong with the others is logged for who runs the server."""
        catalogue = catalogue_of(self._host.plugins)
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

    async def _classifier(self, flows: Mapping[str, Flow], intents: Sequence[Intent]) -> IntentClassifier | None:
        """Trained once for the same examples: some seconds, beside the turns of others."""
        examples = examples_of(flows, intents=intents)
        key = sha256_of(sorted([one.text, one.intent or ""] for one in examples))
        if key not in self._classifiers:
            try:
                self._classifiers[key] = await asyncio.to_thread(train_for, examples, embedder=self._embedder)
            except InvalidInputError as error:
                log.warning("flows_without_examples", detail=error.detail)
                self._classifiers[key] = None
        return self._classifiers[key]


def catalogue_of(plugins: Iterable[Plugin]) -> Catalogue:
    """What flows may name: the tools and types of slots of all plugins."""
    every = tuple(plugins)
    return Catalogue(
        tools={tool.name: to_facts(tool.spec) for one in every for tool in one.tools},
        slot_types=frozenset(kind.name for one in every for kind in one.slot_types),
    )


def _extends(plugin: Plugin) -> bool:
    return bool(plugin.slot_types or plugin.recognisers or plugin.guards)
