"""The plugins that a workspace has switched on, and how a turn asks one of them something."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from kefu.dialogue.context import TurnContext
from kefu.dialogue.trace import Trace
from kefu.domain.conversation import Language
from kefu.domain.trace import Stage
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.plugins.context import TextContext
from kefu.plugins.isolation import PASSED, PluginCrashedError, PluginFailure
from kefu.plugins.manifest import Plugin
from kefu.plugins.models import PluginSettings
from kefu.plugins.tables import OwnTables

CUT_OFF = "cut_off"
"""In a trace: a plugin raised, hung, or gave what cannot be."""


class PluginPort(Protocol):
    """What a turn needs of the plugin host (``kefu.plugins.host``)."""

    async def call(self, plugin: str, function: Callable[..., Any], *arguments: object, seconds: float) -> Any:
        """What the function gives. Raises one of ``PASSED``, or PluginFailure."""
        ...

    def find_strings(self, plugin: str) -> Strings | None: ...

    def tables_for(self, workspace_id: str, plugin: Plugin) -> OwnTables: ...


@dataclass(frozen=True, slots=True)
class Enabled:
    """A plugin with its settings in the workspace."""

    plugin: Plugin
    settings: PluginSettings | None


@dataclass(frozen=True, slots=True)
class Extensions:
    """Of one workspace at one moment; a turn keeps the ones that it began with. ``enabled`` in the order of names."""

    host: PluginPort
    enabled: tuple[Enabled, ...]


class Asking:
    """Asks the plugins of one turn. What raises or hangs is traced, and counts as no answer."""

    def __init__(self, extensions: Extensions, context: TurnContext, language: Language, trace: Trace) -> None:
        self.enabled = extensions.enabled
        self.language = language
        self.trace = trace
        self._host = extensions.host
        self._context = context

    def context(self, one: Enabled, **more: Any) -> TextContext:
        """What a function of this plugin is told."""
        turn = self._context
        return TextContext(
            workspace_id=turn.workspace_id,
            conversation_id=turn.conversation_id,
            contact=turn.contact,
            now=turn.local_now,
            language=self.language,
            settings=one.settings,
            tables=self._host.tables_for(turn.workspace_id, one.plugin),
            **more,
        )

    async def call(
        self, one: Enabled, stage: Stage, part: str, function: Callable[..., Any], *arguments: object, seconds: float
    ) -> Any:
        """What the function gives. Raises PluginFailure after it was traced."""
        try:
            return await self._host.call(one.plugin.name, function, *arguments, seconds=seconds)
        except PASSED as error:
            failure: PluginFailure = PluginCrashedError(f"it raised {type(error).__name__}")
            self.note(stage, CUT_OFF, reason=failure.reason, one=one, part=part)
            raise failure from error
        except PluginFailure as failure:
            self.note(stage, CUT_OFF, reason=failure.reason, one=one, part=part)
            raise

    def note(self, stage: Stage, chosen: str, *, reason: str, one: Enabled, part: str, **facts: Any) -> None:
        """One entry of the trace. ``stage``: where the plugin was asked; ``reason`` is the plugin's own, or in its words."""
        about: JsonObject = {"plugin": one.plugin.name, "part": part, "at": stage.value, "why": reason, **facts}
        self.trace.add(Stage.PLUGIN, chosen, reason=f"{one.plugin.name}.{part}", facts=about)

    def text(self, one: Enabled, key: str, **fields: str) -> str:
        """A text of the plugin in the turn's language; empty, and traced, when it is not there."""
        strings = self._host.find_strings(one.plugin.name)
        try:
            return "" if strings is None or not key else strings.get(key, self.language, **fields)
        except (KeyError, IndexError, ValueError) as error:
            why = f"{key}: {type(error).__name__}"
            self.note(Stage.COMPOSE, "text_missing", reason=why, one=one, part="strings")
            return ""
