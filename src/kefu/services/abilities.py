"""What each workspace's assistant can do: flows of its enabled plugins, and the classifier that starts them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.propose.slot_types import ChoiceMatcher
from kefu.dialogue.tools.gate import Gate
from kefu.domain.action import PluginState
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError, UnavailableError
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.plugins.host import PluginHost
from kefu.services.flow_training import FlowClassifiers, examples_of
from kefu.services.intent_serving import IntentServing
from kefu.services.plugin_flows import PluginFlows
from kefu.storage.database import Database

_FRESH_SECONDS = 1.0
"""How long a process may go on without looking whether a plugin was switched."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """``looked_at`` is on the monotonic clock; ``fingerprint`` says of which switches and files it was made."""

    looked_at: float
    fingerprint: str
    abilities: Abilities | None


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

    async def of(self, workspace_id: str) -> Abilities | None:
        """None: no enabled plugin has a flow. Takes effect within a second in every process."""
        known = self._known.get(workspace_id)
        if known is not None and self._clock.monotonic() - known.looked_at < _FRESH_SECONDS:
            return self._with_own_model(workspace_id, known.abilities)
        if self._flows.is_empty:
            return None
        async with self._locks.setdefault(workspace_id, asyncio.Lock()):
            return self._with_own_model(workspace_id, await self._look(workspace_id))

    def _with_own_model(self, workspace_id: str, abilities: Abilities | None) -> Abilities | None:
        """A model that the workspace has trained, which has learned from the flows too, takes the place of theirs alone."""
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

    async def _look(self, workspace_id: str) -> Abilities | None:
        async with self._database.read(workspace_id) as unit:
            states = [state for state in await unit.plugin_states.list_all() if state.is_enabled]
        fingerprint = sha256_of([[state.plugin, state.changed_at.isoformat()] for state in states])
        known = self._known.get(workspace_id)
        abilities = known.abilities if known is not None and known.fingerprint == fingerprint else None
        if known is None or known.fingerprint != fingerprint:
            abilities = await self._make(workspace_id, states)
        self._known[workspace_id] = _Known(self._clock.monotonic(), fingerprint, abilities)
        return abilities

    async def _make(self, workspace_id: str, states: list[PluginState]) -> Abilities | None:
        flows, policy = self._flows.of(states)
        if not flows:
            return None
        has_own = self._serving.version_of(workspace_id) is not None
        return Abilities(
            flows=FlowEngine(flows, strings=self._strings, matcher=ChoiceMatcher()),
            gate=self._gate,
            classifier=None if has_own else await self._classifier(flows),
            policy=policy,
            texts=PluginTexts(self._host),
        )

    async def _classifier(self, flows: Mapping[str, Flow]) -> IntentClassifier | None:
        """Beside the turns of others: a first training takes seconds."""
        try:
            return await asyncio.to_thread(self._classifiers.get, examples_of(flows))
        except InvalidInputError as error:
            log.warning("flows_without_examples", detail=error.detail)
            return None
