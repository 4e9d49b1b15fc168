"""A description of tools in a file, so that flows can be checked where the tools are not installed."""

from pathlib import Path

from kefu.dialogue.flows.errors import FlowInvalidError
from kefu.dialogue.flows.fields import to_duration, to_name, to_names
from kefu.dialogue.flows.nodes import Node, read
from kefu.dialogue.flows.port import ToolFacts
from kefu.kit.jsonvalue import JsonObject, JsonValue

_KEYS = ("effect", "arguments", "optional", "facts", "codes", "confirm", "fresh_for")


def read_tools(path: Path) -> dict[str, ToolFacts]:
    """The tools of a YAML file, by name. Raises FlowInvalidError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FlowInvalidError(file=str(path), line=1, reason="cannot be read as UTF-8") from error
    tools = read(text, file=str(path)).mapping("a file of tools")
    return {
        name: _to_tool(to_name(Node(node.file, node.line, text=name), "a tool"), node) for name, node in tools.items()
    }


def _to_tool(name: str, node: Node) -> ToolFacts:
    fields = node.mapping(f"the tool {name}", *_KEYS)

    def names(key: str) -> tuple[str, ...]:
        return to_names(fields[key], key) if key in fields else ()

    needed, optional = names("arguments"), names("optional")
    properties: JsonObject = {argument: {} for argument in (*needed, *optional)}
    required: list[JsonValue] = list(needed)
    effect = fields["effect"].one_of("effect", "read", "write") if "effect" in fields else "write"
    return ToolFacts(
        name=name,
        effect="read" if effect == "read" else "write",
        arguments={"type": "object", "properties": properties, "required": required},
        facts=names("facts"),
        codes=names("codes"),
        needs_confirmation="confirm" not in fields or fields["confirm"].boolean("confirm"),
        fresh_for=to_duration(fields["fresh_for"], "fresh_for") if "fresh_for" in fields else None,
    )
