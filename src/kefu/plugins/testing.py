"""For a plugin's own tests, in any test runner: what kefu relies on, as assertions that say what is wrong."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from kefu.domain.action import AuthLevel
from kefu.domain.conversation import Language
from kefu.domain.errors import JobCancelledError
from kefu.domain.job import JobProblem
from kefu.domain.turn import DeltaKind
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.plugins.channels import Inbound, WebhookRequest
from kefu.plugins.context import TextContext, ToolContact, ToolContext, WorkContext
from kefu.plugins.guards import ACTIONS, GuardAction
from kefu.plugins.knowledge import SourceEntry
from kefu.plugins.manifest import Plugin
from kefu.plugins.memory_tables import MemoryTables
from kefu.plugins.models import Arguments, Result
from kefu.plugins.spec import Preview, Tool
from kefu.plugins.strings import load_strings
from kefu.plugins.validation import problems_of

__all__ = [
    "NOW",
    "assert_channel",
    "assert_guard",
    "assert_job",
    "assert_plugin",
    "assert_slot_type",
    "assert_source",
    "assert_tool",
    "make_context",
    "make_text_context",
    "make_work_context",
]
_LANGUAGES: tuple[Language, ...] = ("zh", "en")
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def make_context(
    plugin: Plugin,
    *,
    contact: str | None = "ann",
    key: str = "key-1",
    language: Language = "zh",
    settings: JsonObject | None = None,
) -> ToolContext:
    """A context as the gate makes it; ``contact`` is the shop's own id, None for somebody who is not known."""
    auth = AuthLevel.ANONYMOUS if contact is None else AuthLevel.VERIFIED
    return ToolContext(
        workspace_id="ws_test",
        conversation_id="conv_test",
        contact=ToolContact("cont_test", contact, auth),
        now=NOW,
        language=language,
        idempotency_key=key,
        settings=None if plugin.settings is None else plugin.settings.model_validate(settings or {}),
        tables=MemoryTables.of(plugin.name, plugin.tables),
    )


def make_text_context(
    plugin: Plugin,
    *,
    language: Language = "zh",
    settings: JsonObject | None = None,
    values: Any = None,
    is_asked: bool = False,
    kind: DeltaKind | None = None,
    notes: Mapping[str, JsonObject] | None = None,
) -> TextContext:
    """A context as types of slots, recognisers and guards get it. ``values`` are settings that are a model already."""
    return TextContext(
        workspace_id="ws_test",
        conversation_id="conv_test",
        contact=ToolContact("cont_test", None, AuthLevel.ANONYMOUS),
        now=NOW,
        language=language,
        settings=_to_settings(plugin, settings, values),
        tables=MemoryTables.of(plugin.name, plugin.tables),
        is_asked=is_asked,
        kind=kind,
        notes=notes or {},
    )


def make_work_context(plugin: Plugin, *, settings: JsonObject | None = None, values: Any = None) -> WorkContext:
    """A context as sources, channels and jobs get it, with tables in memory."""
    tables = MemoryTables.of(plugin.name, plugin.tables)
    return WorkContext("ws_test", NOW, _to_settings(plugin, settings, values), tables)


def _to_settings(plugin: Plugin, settings: JsonObject | None, values: Any) -> Any:
    if values is not None or plugin.settings is None or settings is None:
        return values
    return plugin.settings.model_validate(settings)


def assert_plugin(plugin: Plugin) -> None:
    """All parts fit together; the host would load it."""
    problems = problems_of(plugin)
    assert not problems, "\n".join(problems)


async def assert_tool(
    plugin: Plugin,
    name: str,
    arguments: JsonObject,
    *,
    contact: str | None = "ann",
    key: str = "key-1",
    settings: JsonObject | None = None,
) -> Any:
    """Call a tool as the gate does, with arguments that must succeed, and hold it to its contract; its result.

    Unknown fields are refused; the contact owns the thing, and a stranger does not; the pre-conditions agree; the preview
    has texts in both languages and shows nothing hidden; the result is what the tool says; a second call with the same
    key is no second deed; ``find`` finds it by its key; what undoes it takes what ``undo`` gives.
    """
    tool = next((each for each in plugin.tools if each.name == name), None)
    assert tool is not None, f"{plugin.name} has no tool {name}."
    context = make_context(plugin, contact=contact, key=key, settings=settings)
    checked = _check_arguments(tool, arguments)
    async with asyncio.timeout(10 * tool.spec.timeout):
        await _check_questions(plugin, tool, checked, context)
        result = await tool(checked, context)
        _check_result(tool, result)
        if tool.spec.effect == "write":
            await _check_write(plugin, tool, checked, context, result=result)
    return result


def _check_arguments(tool: Tool, arguments: JsonObject) -> Arguments:
    try:
        tool.spec.arguments.model_validate({**arguments, "no_such_field": 1}, extra="forbid")
    except ValidationError:
        return tool.spec.arguments.model_validate(arguments, extra="forbid")
    raise AssertionError(f"{tool.name} takes fields that it does not know.")


async def _check_questions(plugin: Plugin, tool: Tool, arguments: Arguments, context: ToolContext) -> None:
    if tool.hooks.owner is not None:
        owner = await tool.hooks.owner(arguments, context)
        assert owner == context.contact.external_id, f"{tool.name}: the {tool.spec.owned} belongs to {owner!r}."
        stranger = make_context(plugin, contact="somebody-else", key=context.idempotency_key)
        asked = await tool.hooks.owner(arguments, stranger)
        assert asked != "somebody-else", f"{tool.name}: its owner function says yes to whoever asks."
    for check in tool.hooks.pre:
        code = await check(arguments, context)
        assert code is None, f"{tool.name}: {check.__name__} says {code}."
    if tool.hooks.preview is not None:
        _check_preview(plugin, tool, await tool.hooks.preview(arguments, context))


def _check_preview(plugin: Plugin, tool: Tool, preview: Preview) -> None:
    hidden = tool.spec.hide & preview.facts.keys()
    assert not hidden, f"{tool.name}: its preview shows {', '.join(sorted(hidden))}, which is hidden."
    orjson.dumps(preview.facts)
    if plugin.strings is not None and preview.text:
        strings = load_strings(plugin.strings)
        for language in ("zh", "en"):
            assert strings.get(preview.text, language, **preview.facts), f"{preview.text} is empty in {language}."


def _check_result(tool: Tool, result: Result) -> None:
    assert isinstance(result, tool.spec.result), f"{tool.name} gave a {type(result).__name__}."
    orjson.dumps(result.model_dump(mode="json"))


async def _check_write(
    plugin: Plugin, tool: Tool, arguments: Arguments, context: ToolContext, *, result: Result
) -> None:
    if tool.hooks.find is not None:
        assert await tool.hooks.find(arguments, context) == result, f"{tool.name}: find does not find it by its key."
        other = make_context(plugin, contact=context.contact.external_id, key="a key that was never used")
        assert await tool.hooks.find(arguments, other) is None, f"{tool.name}: find finds what was never done."
        assert await tool(arguments, context) == result, f"{tool.name}: the same key gave another result."
    if tool.hooks.undo is not None:
        undoing = next(each for each in plugin.tools if each.name == tool.spec.compensate)
        undoing.spec.arguments.model_validate(tool.hooks.undo(arguments, result), extra="forbid")


async def assert_slot_type(
    plugin: Plugin,
    name: str,
    finds: Mapping[str, JsonValue],
    *,
    refuses: Collection[str] = (),
    nothing_in: Collection[str] = (),
    settings: JsonObject | None = None,
) -> None:
    """Hold a type with a ``parse`` to its contract.

    ``finds`` are texts with the one value in each, ``refuses`` texts whose value is not valid, and ``nothing_in`` texts
    without one. Places are in the text, each call keeps its time, and refusals have texts in both languages.
    """
    kind = next((each for each in plugin.slot_types if each.name == name), None)
    assert kind is not None, f"{plugin.name} has no type {name}."
    assert kind.parse is not None, f"{name} has no parse: its values are what recognisers mark."
    context = make_text_context(plugin, settings=settings, is_asked=True)
    for text in (*finds, *refuses, *nothing_in):
        async with asyncio.timeout(kind.seconds):
            found = [*await kind.parse(text, context)]
        assert all(0 <= one.start < one.end <= len(text) for one in found), f"{name}: a place is outside {text!r}."
        assert all(0 <= one.probability <= 1 for one in found), f"{name}: a probability is none."
        if text in nothing_in:
            assert not found, f"{name}: {text!r} has no value, it found {found[0].value!r}."
            continue
        assert found, f"{name}: it finds nothing in {text!r}."
        orjson.dumps([one.value for one in found])
        key = None if kind.validate is None else await kind.validate(found[0].value, context)
        if text in refuses:
            assert key is not None, f"{name}: {found[0].value!r} should be refused."
            _check_text(plugin, key, value=found[0].display)
        else:
            assert key is None, f"{name}: {found[0].value!r} is refused: {key}."
            assert found[0].value == finds[text], f"{name}: {text!r} is {found[0].value!r}."


async def assert_guard(
    plugin: Plugin,
    name: str,
    says: Mapping[str, GuardAction],
    *,
    kind: DeltaKind | None = None,
    settings: JsonObject | None = None,
) -> None:
    """Each text gets its verdict, within the guard's time, with a rule and texts in both languages."""
    guard = next((each for each in plugin.guards if each.name == name), None)
    assert guard is not None, f"{plugin.name} has no guard {name}."
    for text, action in says.items():
        context = make_text_context(plugin, settings=settings, kind=kind)
        async with asyncio.timeout(guard.seconds):
            verdict = await guard.check(text, context)
        assert verdict.action in ACTIONS[guard.place], f"{name}: {verdict.action} is not for an {guard.place}."
        assert verdict.action is action, f"{name}: {verdict.action} for {text!r} ({verdict.rule})."
        assert action is GuardAction.ALLOW or verdict.rule, f"{name}: a verdict names its rule."
        if verdict.text:
            _check_text(plugin, verdict.text, **{"sentence": text, **verdict.fields})


async def assert_source(
    plugin: Plugin, name: str, address: str = "", *, settings: JsonObject | None = None
) -> list[str]:
    """List and fetch everything, twice; the keys. The list ends, names each entry once, and does not change by itself."""
    source = next((each for each in plugin.sources if each.name == name), None)
    assert source is not None, f"{plugin.name} has no source {name}."
    context = make_work_context(plugin, settings=settings)
    lists: list[dict[str, str]] = []
    for _ in range(2):
        entries: list[SourceEntry] = []
        cursor: str | None = None
        for _page in range(1_000):
            page = await source.list_entries(address, cursor, context)
            entries += page.entries
            cursor = page.next_cursor
            if cursor is None:
                break
        assert cursor is None, f"{name}: its list does not end."
        assert len({entry.key for entry in entries}) == len(entries), f"{name}: an entry is listed twice."
        lists.append({entry.key: entry.version for entry in entries})
    assert lists[0] == lists[1], f"{name}: nothing has changed, and the list is another one."
    for key in lists[0]:
        document = await source.fetch(address, key, context)
        assert document is None or (document.name and isinstance(document.content, bytes)), f"{name}: {key} is no file."
    return [*lists[0]]


async def assert_channel(
    plugin: Plugin, name: str, request: WebhookRequest, *, settings: JsonObject | None = None
) -> Inbound:
    """A call that is signed is taken, one whose body was changed or whose headers are gone is not; what it brings.

    The same call gives the same messages: kefu tells by their ids that it has them already.
    """
    channel = next((each for each in plugin.channels if each.name == name), None)
    assert channel is not None, f"{plugin.name} has no channel {name}."
    context = make_work_context(plugin, settings=settings)
    assert await channel.verify(request, context) is True, f"{name}: it refuses a call that is signed."
    for forged in (replace(request, body=request.body + b" "), replace(request, headers={})):
        assert await channel.verify(forged, context) is False, f"{name}: it takes a call that is not signed."
    first, second = [await channel.receive(request, context) for _ in range(2)]
    assert [each.id for each in first.messages] == [each.id for each in second.messages], f"{name}: ids change."
    assert all(each.id and each.peer for each in first.messages), f"{name}: a message has an id and a peer."
    return first


async def assert_job(
    plugin: Plugin, name: str, payload: JsonObject | None = None, *, settings: JsonObject | None = None
) -> JsonObject:
    """Run a job to its end, in its time, again from each cursor that it reports, and stop it; its result."""
    job = next((each for each in plugin.jobs if each.name == name), None)
    assert job is not None, f"{plugin.name} has no job {name}."
    context = make_work_context(plugin, settings=settings)
    run = _JobRun(context, payload or {})
    async with asyncio.timeout(job.seconds):
        result = await job.run(run)
    orjson.dumps(result)
    for cursor in run.cursors:
        async with asyncio.timeout(job.seconds):
            await job.run(_JobRun(context, payload or {}, cursor))
    if run.reports:
        stopped = _JobRun(context, payload or {}, is_stopped=True)
        try:
            await job.run(stopped)
        except JobCancelledError:
            return result or {}
        raise AssertionError(f"{name}: it goes on after it was stopped.")
    return result or {}


class _JobRun:
    def __init__(
        self, context: WorkContext, payload: JsonObject, cursor: JsonObject | None = None, *, is_stopped: bool = False
    ) -> None:
        self.context = context
        self.payload = payload
        self.cursor: JsonObject = cursor or {}
        self.cursors: list[JsonObject] = []
        self.reports = 0
        self._is_stopped = is_stopped

    async def report(
        self, *, done: int, total: int, cursor: JsonObject | None = None, problems: Iterable[JobProblem] = ()
    ) -> None:
        assert min(done, total) >= 0, "done and total are counts."
        tuple(problems)
        self.reports += 1
        if cursor is not None:
            orjson.dumps(cursor)
            self.cursors.append(cursor)
        if self._is_stopped:
            raise JobCancelledError


def _check_text(plugin: Plugin, key: str, **fields: str) -> None:
    assert plugin.strings is not None, f"{plugin.name} has no texts, and needs {key}."
    strings = load_strings(plugin.strings)
    for language in _LANGUAGES:
        assert strings.get(key, language, **fields), f"{key} is empty in {language}."
