"""Whether the parts of a plugin fit together: what the host, ``kefu plugin check`` and a plugin's own tests ask."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import orjson
import yaml

from kefu.plugins.errors import CODE
from kefu.plugins.manifest import API_VERSION, Plugin
from kefu.plugins.models import PluginSettings, schema_of
from kefu.plugins.part_checks import part_problems
from kefu.plugins.spec import Tool

LANGUAGES = frozenset({"zh", "en"})
_NAME = re.compile(r"[a-z][a-z0-9_-]{1,39}")
_VERSION = re.compile(r"\d+(\.\d+)*([.-]?(a|b|rc|dev|post)\.?\d+)*(\+[a-z0-9.]+)?")


def problems_of(plugin: Plugin) -> list[str]:
    """One sentence for each thing that is wrong, for its author; empty when it can be used."""
    checks: tuple[Callable[[Plugin], Iterator[str]], ...] = (
        _manifest_problems,
        _name_problems,
        part_problems,
        _tool_problems,
        _string_problems,
        _flow_problems,
        _intent_problems,
        _settings_problems,
    )
    return [problem for check in checks for problem in check(plugin)]


def _manifest_problems(plugin: Plugin) -> Iterator[str]:
    manifest = plugin.manifest
    if _NAME.fullmatch(manifest.name) is None:
        yield f"The name {manifest.name!r} is not lower-case letters, digits, _ and - (2 to 40)."
    if _VERSION.fullmatch(manifest.version) is None:
        yield f"The version {manifest.version!r} is not like 1.2.0."
    if manifest.api != API_VERSION:
        yield f"It is made for version {manifest.api} of kefu.plugins; this kefu has version {API_VERSION}."
    if set(manifest.title) != LANGUAGES or not all(manifest.title.values()):
        yield "Its title must be there in zh and en."


def _name_problems(plugin: Plugin) -> Iterator[str]:
    named: dict[str, Iterable[str]] = {
        "tool": [each.name for each in plugin.tools],
        "intent": [each.name for each in plugin.intents],
        "slot type": [each.name for each in plugin.slot_types],
        "recogniser": [each.name for each in plugin.recognisers],
        "guard": [each.name for each in plugin.guards],
        "source": [each.name for each in plugin.sources],
        "channel": [each.name for each in plugin.channels],
        "job": [each.name for each in plugin.jobs],
    }
    for kind, names in named.items():
        for name, count in Counter(names).items():
            if count > 1:
                yield f"The {kind} {name} is there {count} times."
            if CODE.fullmatch(name) is None:
                yield f"The {kind} {name!r}: a name is lower-case letters, digits and underscores."


def _tool_problems(plugin: Plugin) -> Iterator[str]:
    tools = {each.name: each for each in plugin.tools}
    for each in plugin.tools:
        undone_by = each.spec.compensate
        if undone_by and (undone_by not in tools or tools[undone_by].spec.effect != "write"):
            yield f"The tool {each.name}: {undone_by}, which undoes it, is no writing tool of this plugin."
        yield from _schema_problems(each)


def _schema_problems(tool: Tool) -> Iterator[str]:
    """A flow and a model read these schemas, so they must exist."""
    for model in (tool.spec.arguments, tool.spec.result):
        try:
            schema_of(model)
        except Exception as error:  # noqa: BLE001 - an author's class may raise anything here
            yield f"The tool {tool.name}: {model.__name__} has no JSON schema ({type(error).__name__})."


def _string_problems(plugin: Plugin) -> Iterator[str]:
    if plugin.strings is None:
        return
    texts: dict[str, dict[str, object]] = {}
    for language in sorted(LANGUAGES):
        file = plugin.strings / f"{language}.json"
        try:
            texts[language] = orjson.loads(file.read_bytes())
        except FileNotFoundError:
            yield f"The texts {file.name} are missing."
        except orjson.JSONDecodeError as error:
            yield f"The texts {file.name} are no JSON: {error}."
    if len(texts) == len(LANGUAGES):
        for key in sorted(texts["zh"].keys() ^ texts["en"].keys()):
            yield f"The text {key} is there in one language only."


def _flow_problems(plugin: Plugin) -> Iterator[str]:
    """Only their form: what a flow means is the linter's business."""
    if plugin.flows is None:
        return
    files = sorted(plugin.flows.glob("*.yaml"))
    if not files:
        yield f"The folder of flows {plugin.flows.name} has no *.yaml."
    for file in files:
        yield from _file_problems(file)


def _file_problems(file: Path) -> Iterator[str]:
    try:
        flow = yaml.safe_load(file.read_bytes())
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        yield f"The flow {file.name} is no YAML{f' (line {place.line + 1})' if place else ''}."
        return
    if not isinstance(flow, dict) or not isinstance(flow.get("flow"), str):
        yield f"The flow {file.name} does not say its name (flow: …)."
    elif set(flow.get("title") or {}) != LANGUAGES:
        yield f"The flow {flow['flow']}: its title must be there in zh and en."


def _intent_problems(plugin: Plugin) -> Iterator[str]:
    for intent in plugin.intents:
        for language in sorted(LANGUAGES):
            if not intent.examples.get(language):  # type: ignore[call-overload]  # any mapping by language
                yield f"The intent {intent.name} has no example in {language}."


def _settings_problems(plugin: Plugin) -> Iterator[str]:
    if plugin.settings is None:
        return
    model: object = plugin.settings
    if not isinstance(model, type) or not issubclass(model, PluginSettings):
        yield "Its settings must be a subclass of kefu.plugins.PluginSettings."
        return
    for name, setting in model.model_fields.items():
        if not setting.description:
            yield f"The setting {name} has no description."
