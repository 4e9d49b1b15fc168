"""What plugins answered in a turn, kept and given again: guards, types of slots, recognisers."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, cast

import orjson

from kefu.dialogue.extending.extensions import Enabled, Extensions, PluginPort
from kefu.dialogue.taping.tape import Channel, Tape, TapePlayer, key_of
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object
from kefu.kit.strings import Strings
from kefu.plugins.guards import GuardAction, Verdict
from kefu.plugins.host import PluginHost
from kefu.plugins.isolation import PASSED, PluginCrashedError, PluginFailure
from kefu.plugins.manifest import Plugin
from kefu.plugins.reading import Marked, Recognised
from kefu.plugins.tables import NO_TABLES, OwnTables

_PLUGINS = "plugins"


def record_extensions(extensions: Extensions, tape: Tape) -> Extensions:
    """Those of one turn, which write down what was answered."""
    tape.constants[_PLUGINS] = [one.plugin.name for one in extensions.enabled]
    return replace(extensions, host=_RecordingHost(extensions.host, tape))


def play_extensions(tape: Tape, player: TapePlayer, host: PluginHost) -> Extensions | None:
    """The plugins that took part, none of which is called. One that is not installed any more is left out."""
    if _PLUGINS not in tape.constants:
        return None
    found = (host.find_plugin(str(name)) for name in as_list(tape.constants[_PLUGINS]))
    enabled = tuple(Enabled(plugin, None) for plugin in found if plugin is not None)
    return Extensions(_PlayedHost(player, host), enabled)


def _channel(plugin: str, function: Callable[..., Any], key: str) -> str:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{Channel.PLUGINS}:{plugin}:{name}:{key}"


class _RecordingHost(PluginPort):
    def __init__(self, host: PluginPort, tape: Tape) -> None:
        self._host = host
        self._tape = tape

    async def call(self, plugin: str, function: Callable[..., Any], *arguments: object, seconds: float) -> Any:
        key = key_of(arguments[0])
        channel = _channel(plugin, function, key)
        try:
            answer = await self._host.call(plugin, function, *arguments, seconds=seconds)
        except PASSED as error:
            self._tape.write(channel, key, {"failure": f"it raised {type(error).__name__}"})
            raise
        except PluginFailure as failure:
            self._tape.write(channel, key, {"failure": failure.reason})
            raise
        self._tape.write(channel, key, _to_json(answer))
        return answer

    def find_strings(self, plugin: str) -> Strings | None:
        return self._host.find_strings(plugin)

    def tables_for(self, workspace_id: str, plugin: Plugin) -> OwnTables:
        return self._host.tables_for(workspace_id, plugin)


class _PlayedHost(PluginPort):
    """Plugins' texts are those of now: a version that differs is named."""

    def __init__(self, player: TapePlayer, host: PluginHost) -> None:
        self._player = player
        self._host = host

    async def call(self, plugin: str, function: Callable[..., Any], *arguments: object, seconds: float) -> Any:
        del seconds
        key = key_of(arguments[0])
        found = as_object(self._player.take(_channel(plugin, function, key), key))
        if "failure" in found:
            raise PluginCrashedError(str(found["failure"]))
        return _from_json(found)

    def find_strings(self, plugin: str) -> Strings | None:
        return self._host.find_strings(plugin)

    def tables_for(self, workspace_id: str, plugin: Plugin) -> OwnTables:
        del workspace_id, plugin
        return NO_TABLES


def _to_json(answer: object) -> JsonObject:
    """What is none of the answers that there are keeps its type's name: it will be refused again."""
    match answer:
        case None | str():
            return {"text": answer}
        case Verdict(action=action, rule=rule, text=text, fields=fields, notes=notes):
            verdict: JsonObject = {"action": action.value, "rule": rule, "text": text, "fields": {**fields}}
            return {"verdict": {**verdict, "notes": {**notes}}}
        case list() | tuple():
            return {"list": [_item_to_json(one) for one in answer]}
        case _:
            return {"other": type(answer).__name__}


def _item_to_json(one: object) -> JsonValue:
    if not isinstance(one, Recognised | Marked):
        return {"other": type(one).__name__}
    try:
        values = cast("JsonObject", orjson.loads(orjson.dumps(asdict(one))))
    except (orjson.JSONEncodeError, TypeError):
        values = {"start": 0, "end": 0}  # it was refused for its value, and will be for its place
    return {type(one).__name__: values}


def _from_json(found: JsonObject) -> object:
    if "text" in found:
        return found["text"]
    if "verdict" in found:
        raw = as_object(found["verdict"])
        return Verdict(
            action=GuardAction(str(raw["action"])),
            rule=str(raw["rule"]),
            text=str(raw["text"]),
            fields={name: str(value) for name, value in as_object(raw["fields"]).items()},
            notes=as_object(raw["notes"]),
        )
    if "list" in found:
        return [_item_from_json(as_object(one)) for one in as_list(found["list"])]
    return _other(found)


def _item_from_json(one: JsonObject) -> object:
    for kind in (Recognised, Marked):
        if kind.__name__ in one:
            values: dict[str, Any] = {"value": None, "kind": "", **as_object(one[kind.__name__])}
            return kind(**{name: value for name, value in values.items() if name in kind.__slots__})
    return _other(one)


def _other(found: JsonObject) -> object:
    return type(str(found["other"]), (), {})()
