"""What each workspace's assistant can do: flows of its enabled plugins, and the classifier that starts them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.extending.extensions import Extensions
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.intents.training import Example
from kefu.dialogue.propose.slot_types import ChoiceMatcher
from kefu.dialogue.tools.gate import Gate
from kefu.domain.action import PluginState
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError, UnavailableError
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.plugins.host import PluginHost
from kefu.plugins.manifest import Plugin
from kefu.services.flow_training import FlowClassifiers, examples_of
from kefu.services.intent_serving import IntentServing
from kefu.services.plugin_flows import PluginFlows
from kefu.storage.database import Database

_HASH = 12
_FRESH_SECONDS = 1.0
"""How long a process may go on without looking whether a plugin was switched."""
_OPTIONAL_TEXTS = ("fact_", "value_")
"""Words of a plugin for what its tools give; without them the names themselves are shown."""
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
        if strings is None or (key.startswith(_OPTIONAL_TEXTS) and key not in strings):
            return ""
        try:
            return strings.get(key, language, **fields)
        except KeyError:
            log.warning("plugin_text_missing", tool=tool, key=key)
            return ""


class AbilityService:
    """Made when first needed, kept until a plugin is switched."""

    def __init__(
        self,
        database: Database,
        *,
        host: PluginHost,
        flows: PluginFlows,
        gate: Gate,
        classifiers: FlowClassifiers,
        serving: IntentServing,
        strings: Strings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._host = host
        self._flows = flows
        self._gate = gate
        self._classifiers = classifiers
        self._serving = serving
        self._strings = strings
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._preparing: asyncio.Task[None] | None = None

    async def of(self, workspace_id: str, *, version: int | None = None) -> Abilities | None:
        """None: no enabled plugin has a flow. ``version`` is that of the workspace's plugins, which a turn has read with
        its inbox: what was switched anywhere is in force with the next turn. Without it, within a second.
        """
        known = self._known.get(workspace_id)
        if known is not None and self._is_fresh(known, version):
            return self._with_own_model(workspace_id, known.abilities)
        if self._flows.is_empty:
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
        """A model that the workspace has trained, which has learned from the flows too, takes the place of theirs alone."""
        if abilities is None or self._serving.version_of(workspace_id) is None:
            return abilities
        return replace(
            abilities,
            classifier=self._serving.classifier_of(workspace_id),
            versions={**abilities.versions, "intents": f"own {self._serving.version_of(workspace_id)}"},
        )

    async def untrained(self, workspace_id: str) -> Abilities | None:
        """Those of now without a classifier: for a replay, which is told what it said."""
        abilities = await self._make(workspace_id, await self._enabled(workspace_id), is_trained=False)
        async with self._database.read(workspace_id) as unit:
            own = await unit.intent_models.active_version()
        if abilities is None or own is None:
            return abilities
        return replace(abilities, versions={**abilities.versions, "intents": f"own {own}"})

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
        states = await self._enabled(workspace_id)
        fingerprint = sha256_of([[state.plugin, state.changed_at.isoformat()] for state in states])
        known = self._known.get(workspace_id)
        if known is not None and known.fingerprint == fingerprint:
            self._known[workspace_id] = replace(known, looked_at=self._clock.monotonic(), version=version)
            return known.abilities
        await self._host.guests.load(workspace_id)
        abilities, extensions = await self._make(workspace_id, states), self._flows.extensions_of(states)
        self._known[workspace_id] = _Known(self._clock.monotonic(), fingerprint, version, abilities, extensions)
        return abilities

    async def _enabled(self, workspace_id: str) -> list[PluginState]:
        async with self._database.read(workspace_id) as unit:
            return [state for state in await unit.plugin_states.list_all() if state.is_enabled]

    async def _make(self, workspace_id: str, states: list[PluginState], *, is_trained: bool = True) -> Abilities | None:
        flows, policy = self._flows.of(states)
        if not flows:
            return None
        examples = examples_of(flows, intents=self._flows.intents_of(states))
        has_own = self._serving.version_of(workspace_id) is not None
        return Abilities(
            flows=FlowEngine(flows, strings=self._strings, matcher=ChoiceMatcher()),
            gate=self._gate,
            classifier=await self._classifier(examples) if is_trained and not has_own else None,
            policy=policy,
            texts=PluginTexts(self._host),
            versions=_versions_of(flows, policy, self._host.plugins, examples),
            is_open_to_models=any(state.is_open_to_models for state in states),
        )

    async def _classifier(self, examples: Sequence[Example]) -> IntentClassifier | None:
        """Beside the turns of others: a first training takes seconds."""
        try:
            return await asyncio.to_thread(self._classifiers.get, examples)
        except InvalidInputError as error:
            log.warning("flows_without_examples", detail=error.detail)
            return None


def _name_of(examples: Sequence[Example]) -> str:
    return sha256_of(sorted([one.text, one.intent or ""] for one in examples))


def _versions_of(
    flows: Mapping[str, Flow], policy: JsonObject, plugins: Sequence[Plugin], examples: Sequence[Example]
) -> dict[str, str]:
    """What a trace says of them: hashes, for a plugin's settings are nobody else's business."""
    return {
        "flows": sha256_of({name: flow.content_hash for name, flow in flows.items()})[:_HASH],
        "policy": sha256_of(policy)[:_HASH],
        "plugins": " ".join(sorted(f"{one.name}@{one.manifest.version}" for one in plugins)),
        "intents": f"flows {_name_of(examples)[:_HASH]}",
    }
