"""Tools that answer what a dialogue file says, as a plugin: they go through the real gate."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import ConfigDict, create_model

from kefu.kit.jsonvalue import JsonObject
from kefu.plugins import Arguments, Manifest, Plugin, Result, Tool, ToolContext, ToolError, tool
from kefu.services.evaluation.dialogues.files import ScriptedAnswer, ScriptedTool

PLUGIN = "scripted"


class ScriptedResult(Result):
    """Whatever the file gives."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ScriptedBackEnd:
    """The other system. ``writes`` is what it was really asked to do, in order."""

    def __init__(self, tools: Mapping[str, ScriptedTool]) -> None:
        self.writes: list[tuple[str, JsonObject]] = []
        self._tools = tools

    def to_plugin(self) -> Plugin:
        manifest = Manifest(PLUGIN, "1.0.0", {"zh": "scripted", "en": "scripted"})
        return Plugin(manifest, tools=tuple(self._to_tool(name, spec) for name, spec in self._tools.items()))

    def _to_tool(self, name: str, spec: ScriptedTool) -> Tool:
        model = _model_of(name, spec.arguments)
        back_end = self

        async def answer(args: Arguments, ctx: ToolContext) -> ScriptedResult:
            del ctx
            return back_end.answer(name, spec, args.model_dump(mode="json"))

        answer.__name__ = name
        answer.__doc__ = f"Answers what the file says for {name}."
        answer.__annotations__ = {"args": model, "ctx": ToolContext, "return": ScriptedResult}
        return tool(
            effect=spec.effect,
            auth=spec.auth,
            confirm=spec.confirm,
            codes=_codes(spec),
            timeout=2.0,
        )(answer)

    def answer(self, name: str, spec: ScriptedTool, arguments: JsonObject) -> ScriptedResult:
        """Raises ToolError for a scripted failure, TimeoutError where nobody shall know."""
        chosen: ScriptedAnswer = spec
        if spec.by:
            wanted = str(arguments.get(spec.by, ""))
            if wanted not in spec.answers:
                raise ToolError("not_found")
            chosen = spec.answers[wanted]
        if spec.effect == "write" and not chosen.fails:
            self.writes.append((name, arguments))
        if chosen.fails:
            raise ToolError(chosen.fails)
        if chosen.is_unknown:
            raise TimeoutError
        return ScriptedResult.model_validate(chosen.gives or {})


@lru_cache(maxsize=256)
def _model_of(tool: str, arguments: tuple[str, ...]) -> type[Arguments]:
    """One class for all dialogues that share a setup: making one, and its schema, takes longer than a turn."""
    fields: dict[str, Any] = dict.fromkeys(arguments, (Any, None))
    return create_model(f"{tool}_arguments", __base__=Arguments, **fields)


def _codes(spec: ScriptedTool) -> tuple[str, ...]:
    named = [answer.fails for answer in (spec, *spec.answers.values()) if answer.fails]
    found = [*spec.codes, *named, *(["not_found"] if spec.by else [])]
    return tuple(dict.fromkeys(found))
