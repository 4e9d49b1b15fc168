"""The gate's checks before anything is previewed, in their order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from kefu.dialogue.tools.ledger import Ledger
from kefu.dialogue.tools.results import Refusal
from kefu.dialogue.tools.turn import GateTurn
from kefu.domain.action import AuthLevel, Caller, PluginState
from kefu.domain.errors import KefuError
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import ToolContext
from kefu.plugins.errors import CODE, ToolError
from kefu.plugins.host import PluginHost
from kefu.plugins.isolation import PluginFailure, PluginHungError, PluginNotCalledError
from kefu.plugins.manifest import Plugin
from kefu.plugins.models import Arguments, PluginSettings
from kefu.plugins.spec import Effect, Tool, ToolSpec
from kefu.plugins.tables import NO_TABLES, OwnTables


class RefusedError(Exception):
    """A check said no; never leaves the gate, which makes a result of it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call whose tool is known and whose arguments are frozen."""

    plugin: Plugin
    tool: Tool
    arguments: Arguments
    frozen: JsonObject
    arguments_hash: str
    settings: PluginSettings | None
    tables: OwnTables = NO_TABLES

    @property
    def spec(self) -> ToolSpec:
        return self.tool.spec

    def context(self, turn: GateTurn, *, key: str = "") -> ToolContext:
        return ToolContext(
            workspace_id=turn.workspace_id,
            conversation_id=turn.conversation_id,
            contact=turn.contact,
            now=turn.now,
            language=turn.language,
            idempotency_key=key,
            settings=self.settings,
            tables=self.tables,
        )


class Admission:
    """Known tool → enabled → schema → policy → authentication; then, asked of the back end, owner → pre-conditions."""

    def __init__(self, host: PluginHost, ledger: Ledger) -> None:
        self._host = host
        self._ledger = ledger

    async def admit(self, turn: GateTurn, name: str, arguments: JsonObject, *, effect: Effect) -> Admitted:
        """The checks that no plugin's code takes part in. Raises RefusedError."""
        found = await self._host.look_for_tool(name, workspace_id=turn.workspace_id)
        if found is None:
            raise RefusedError(Refusal.UNKNOWN_TOOL, "no plugin brings it")
        plugin, tool = found
        if tool.spec.effect != effect:
            raise RefusedError(Refusal.WRONG_EFFECT, f"it is a {tool.spec.effect}")
        state = await self._ledger.find_plugin_state(turn.workspace_id, plugin.name)
        if state is None or not state.is_enabled:
            raise RefusedError(Refusal.TOOL_DISABLED, f"{plugin.name} is off in this workspace")
        settings = self._settings(state)
        checked, frozen = freeze(tool, arguments)
        if name in state.closed_tools:
            raise RefusedError(Refusal.TOOL_DISABLED, "this workspace has closed it")
        if not may_call(turn.caller, tool.spec, state):
            raise RefusedError(Refusal.CALLER_NOT_ALLOWED, f"closed to {turn.caller}")
        _authenticate(turn, tool.spec)
        tables = self._host.tables_for(turn.workspace_id, plugin)
        return Admitted(plugin, tool, checked, frozen, hash_of(name, frozen), settings, tables)

    async def ask_back_end(self, admitted: Admitted, context: ToolContext) -> None:
        """Whose it is, and whether it may be done now; the arguments are not believed. Raises RefusedError."""
        hooks = admitted.tool.hooks
        if hooks.owner is not None:
            owner = await self.call(admitted, hooks.owner, admitted.arguments, context)
            if owner is None or owner != context.contact.external_id:
                raise RefusedError(Refusal.NOT_OWNER, f"the {admitted.spec.owned} is not the contact's")
        for check in hooks.pre:
            code = await self.call(admitted, check, admitted.arguments, context)
            if code is not None:
                is_code = isinstance(code, str) and CODE.fullmatch(code) is not None
                raise RefusedError(str(code) if is_code else Refusal.TOOL_CRASHED, f"pre-condition {check.__name__}")

    async def call(self, admitted: Admitted, function: Callable[..., Any], *arguments: object) -> Any:
        """What a function around a tool gives. Raises RefusedError: nothing has been done so far."""
        try:
            return await self._host.call(admitted.plugin.name, function, *arguments, seconds=admitted.spec.timeout)
        except ToolError as error:
            raise RefusedError(error.code, error.detail) from error
        except PluginFailure as failure:
            raise RefusedError(code_of(failure), failure.reason) from failure

    def _settings(self, state: PluginState) -> PluginSettings | None:
        try:
            return self._host.to_settings(state.plugin, state.settings)
        except KefuError as error:
            raise RefusedError(Refusal.SETTINGS_INVALID, error.detail) from error


def may_call(caller: Caller, spec: ToolSpec, state: PluginState) -> bool:
    """A model reads only what the workspace has opened to it; what it would write, a customer confirms like any write."""
    if caller is Caller.MODEL and spec.effect == "read" and not state.is_open_to_models:
        return False
    return caller in spec.callers


def freeze(tool: Tool, arguments: JsonObject) -> tuple[Arguments, JsonObject]:
    """Arguments by their schema, unknown fields refused at every depth, and their one JSON form. Raises RefusedError."""
    try:
        checked = tool.spec.arguments.model_validate(arguments, extra="forbid")
        frozen = cast("JsonObject", checked.model_dump(mode="json"))
        sha256_of(frozen)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors(include_url=False))
        raise RefusedError(Refusal.INVALID_ARGUMENTS, f"fields: {fields}") from error
    except (TypeError, ValueError) as error:
        raise RefusedError(Refusal.INVALID_ARGUMENTS, "they are no JSON") from error
    return checked, frozen


def to_value(spec: ToolSpec, found: object) -> JsonObject | None:
    """What a tool gave, as JSON; None when it is not what the tool says that it gives."""
    if not isinstance(found, spec.result):
        return None
    try:
        value = cast("JsonObject", found.model_dump(mode="json"))
        sha256_of(value)
    except (TypeError, ValueError):
        return None
    return value


def hash_of(tool: str, frozen: JsonObject) -> str:
    """What a confirmation is bound to."""
    return sha256_of({"tool": tool, "arguments": frozen})


def code_of(failure: PluginFailure) -> Refusal:
    match failure:
        case PluginHungError():
            return Refusal.TOOL_HUNG
        case PluginNotCalledError():
            return Refusal.TOOL_NOT_CALLED
        case _:
            return Refusal.TOOL_CRASHED


def _authenticate(turn: GateTurn, spec: ToolSpec) -> None:
    contact = turn.contact
    is_known = spec.auth is AuthLevel.ANONYMOUS or contact.external_id is not None
    if is_known and contact.auth.reaches(spec.auth):
        return
    wanted = Refusal.NOT_VERIFIED if spec.auth is AuthLevel.VERIFIED else Refusal.NOT_IDENTIFIED
    raise RefusedError(wanted, f"it needs a contact that is {spec.auth}")
