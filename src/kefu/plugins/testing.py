"""For a plugin's own tests, in any test runner: what kefu relies on, as assertions that say what is wrong."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from kefu.domain.action import AuthLevel
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import ToolContact, ToolContext
from kefu.plugins.manifest import Plugin
from kefu.plugins.models import Arguments, Result
from kefu.plugins.spec import Preview, Tool
from kefu.plugins.strings import load_strings
from kefu.plugins.validation import problems_of

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
    )


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
