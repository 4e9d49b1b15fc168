"""The steps of a flow file."""

from collections import Counter
from collections.abc import Mapping

from kefu.dialogue.flows.definition import (
    HANDOFF,
    LANGUAGES,
    AskAgain,
    Call,
    Collect,
    End,
    ForEach,
    Handoff,
    Offer,
    Review,
    Say,
    Step,
    When,
)
from kefu.dialogue.flows.fields import (
    to_arguments,
    to_duration,
    to_expression,
    to_name,
    to_names,
    to_texts,
    to_wording,
)
from kefu.dialogue.flows.nodes import Node
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonValue

ALL = "all"
_INNER = frozenset({"do", "else", "on_error", "then"})
"""Fields that hold other steps: they do not belong to a step's own identity."""
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "call": ("id", "on_error"),
    "collect": ("id",),
    "when": ("id", "do", "else"),
    "for_each": ("id", "do"),
    "ask_again": ("id", "say"),
    "say": ("id", "cite", "then"),
    "offer": ("id", "ask"),
    "offer_flow": ("id", "ask"),
    "handoff": ("id",),
    "end": ("id",),
    "review": ("id",),
}


class StepReader:
    """Reads steps and names them. A step without an ``id`` is named by its content, so that an edit elsewhere leaves
    its name, and with it its place in the journal, as it is.
    """

    def __init__(self, questions: tuple[str, ...]) -> None:
        self._questions = questions
        self._seen: Counter[str] = Counter()

    def read(self, node: Node) -> tuple[Step, ...]:
        """A list of steps; a single one may stand without a list."""
        if node.fields is not None:
            return self._step(node)
        return tuple(step for entry in node.list("steps") for step in self._step(entry))

    def name(self, node: Node | None, kind: str, content: JsonValue) -> str:
        """The explicit id, or one made from the content. Raises FlowInvalidError when an explicit one is there twice."""
        name = to_name(node, "the id") if node is not None else f"{kind}-{sha256_of(content)[:10]}"
        self._seen[name] += 1
        if self._seen[name] == 1:
            return name
        if node is not None:
            raise node.error(f"two steps have the id `{name}`")
        return f"{name}-{self._seen[name]}"

    def _step(self, node: Node) -> tuple[Step, ...]:
        fields = node.mapping("a step")
        kind = next((kind for kind in _FIELDS if kind in fields), None)
        if kind is None:
            raise node.error(f"a step begins with one of {', '.join(_FIELDS)}")
        node.mapping(f"a step `{kind}`", kind, *_FIELDS[kind])
        inner = fields[kind].fields if kind in {"call", "say"} else None
        own = {key: value.source() for key, value in fields.items() if key not in _INNER}
        id_ = self.name(fields.get("id") or (inner or {}).get("id"), kind, own)
        step = self._inner(node, kind, id_)
        return (step, *self.read(fields["then"])) if "then" in fields else (step,)

    def _inner(self, node: Node, kind: str, id_: str) -> Step:  # noqa: PLR0911 - one line a kind of step
        fields = node.mapping("a step")
        value, line = fields[kind], node.line
        match kind:
            case "call":
                return self._call(value, id_, fields.get("on_error"))
            case "collect":
                return Collect(id_, line, to_names(value, "collect"))
            case "when":
                condition = to_expression(value, "when")
                return When(id_, line, condition, self._required(node, "do"), self._optional(node, "else"))
            case "for_each":
                return self._for_each(value, id_, self._required(node, "do"))
            case "ask_again":
                return AskAgain(id_, line, to_names(value, "ask_again"), self._reason(fields.get("say"), id_))
            case "say":
                return self.say(value, id_, cite=fields.get("cite"))
        return self._ending(node, kind, id_)

    def _ending(self, node: Node, kind: str, id_: str) -> Step:
        fields = node.mapping("a step")
        value, line = fields[kind], node.line
        match kind:
            case "offer" | "offer_flow":
                target = to_name(value, kind)
                if kind == "offer_flow" and target == HANDOFF:
                    raise value.error("offer_flow names a flow; a person is offered with `offer: handoff`")
                return Offer(id_, line, target, to_wording(fields["ask"], "ask") if "ask" in fields else None)
            case "handoff":
                return Handoff(id_, line, to_name(value, kind))
            case "end":
                return End(id_, line, to_name(value, kind))
        return Review(id_, line, self._reviewed(value))

    def _reviewed(self, value: Node) -> tuple[str, ...]:
        if value.is_scalar and value.text == ALL:
            if not self._questions:
                raise value.error("`review: all` shows the questions of a questionnaire; name the slots here")
            return self._questions
        return to_names(value, "review")

    def _required(self, node: Node, key: str) -> tuple[Step, ...]:
        fields = node.mapping("a step")
        if key not in fields:
            raise node.error(f"the step has no `{key}`")
        return self.read(fields[key])

    def _optional(self, node: Node, key: str) -> tuple[Step, ...]:
        fields = node.mapping("a step")
        return self.read(fields[key]) if key in fields else ()

    def _call(self, node: Node, id_: str, on_error: Node | None) -> Call:
        fields = node.mapping("call", "id", "tool", "args", "as", "fresh_for")
        if "tool" not in fields:
            raise node.error("call names no tool")
        handlers = on_error.mapping("on_error") if on_error is not None else {}
        return Call(
            id=id_,
            line=node.line,
            tool=to_name(fields["tool"], "tool"),
            arguments=to_arguments(fields["args"].mapping("args")) if "args" in fields else {},
            name=to_name(fields["as"], "as") if "as" in fields else "",
            on_error={code: self.read(steps) for code, steps in handlers.items()},
            fresh_for=to_duration(fields["fresh_for"], "fresh_for") if "fresh_for" in fields else None,
        )

    def _for_each(self, node: Node, id_: str, do: tuple[Step, ...]) -> ForEach:
        fields = node.mapping("for_each", "in", "as", "key")
        for needed in ("in", "as"):
            if needed not in fields:
                raise node.error(f"for_each has no `{needed}`")
        name = to_name(fields["as"], "as")
        key = to_expression(fields.get("key", fields["as"]), "key")
        return ForEach(id_, node.line, to_expression(fields["in"], "in"), name, key, do)

    def _reason(self, node: Node | None, id_: str) -> Say | None:
        return self.say(node, f"{id_}-say") if node is not None else None

    def say(self, node: Node, id_: str, *, cite: Node | None = None) -> Say:
        """A key alone, or a text with the facts that it shows."""
        if node.is_scalar:
            shown = cite.string("cite") if cite is not None else ""
            return Say(id_, node.line, None, to_name(node, "say"), cite=shown)
        fields = node.mapping("say", "id", "facts", "cite", "card", *LANGUAGES)
        texts = {language: fields[language].string("say") for language in LANGUAGES if language in fields}
        wording = to_wording(Node(node.file, node.line, fields={key: fields[key] for key in texts}), "say")
        source = cite or fields.get("cite")
        return Say(
            id=id_,
            line=node.line,
            text=wording,
            key="",
            facts=to_texts(fields["facts"], "facts") if "facts" in fields else (),
            cite=source.string("cite") if source is not None else "",
            card=to_expression(fields["card"], "card") if "card" in fields else None,
        )
