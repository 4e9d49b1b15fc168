"""The slots of a flow file, and the questions of a questionnaire, which are slots in short form."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from kefu.dialogue.flows.definition import ChoiceSource, Option, Parse, SlotSpec
from kefu.dialogue.flows.fields import to_arguments, to_expression, to_name, to_wording, to_words
from kefu.dialogue.flows.nodes import Node
from kefu.dialogue.flows.values import to_number
from kefu.dialogue.slots.types import Direction
from kefu.domain.conversation import Language

_SLOT_KEYS = (
    "type", "ask", "when", "choices", "values", "pattern", "min", "max", "skip", "auto_if_single", "keep", "per", "title",
    "direction",
)  # fmt: skip
_KEPT: Mapping[str, Literal["flow", "conversation", "profile"]] = {
    "flow": "flow", "conversation": "conversation", "profile": "profile",
}  # fmt: skip
_DIRECTIONS: Mapping[str, Direction] = {"past": "past", "future": "future"}
_CHOICE_KEYS = ("tool", "args", "where", "path", "id", "label")


def read_slots(node: Node) -> dict[str, SlotSpec]:
    return {
        to_name(Node(spec.file, spec.line, text=name), "the slot"): _read_slot(name, spec)
        for name, spec in node.mapping("slots").items()
    }


def _read_slot(name: str, node: Node) -> SlotSpec:
    fields = node.mapping(f"the slot {name}", *_SLOT_KEYS)
    if "type" not in fields:
        raise node.error(f"the slot {name} has no type")
    kept = fields["keep"].one_of("keep", *_KEPT) if "keep" in fields else "flow"
    side = fields["direction"].one_of("direction", *_DIRECTIONS) if "direction" in fields else ""
    return SlotSpec(
        name=name,
        type=to_name(fields["type"], "type"),
        ask=to_wording(fields["ask"], "ask") if "ask" in fields else None,
        line=node.line,
        title=to_wording(fields["title"], "title") if "title" in fields else None,
        when=to_expression(fields["when"], "when") if "when" in fields else None,
        choices=_read_choices(fields["choices"]) if "choices" in fields else None,
        values=_read_values(fields["values"]) if "values" in fields else (),
        pattern=fields["pattern"].string("pattern") if "pattern" in fields else None,
        minimum=fields["min"].integer("min") if "min" in fields else None,
        maximum=fields["max"].integer("max") if "max" in fields else None,
        direction=_DIRECTIONS.get(side, "any"),
        skip=to_wording(fields["skip"], "skip") if "skip" in fields else None,
        is_auto_if_single="auto_if_single" in fields and fields["auto_if_single"].boolean("auto_if_single"),
        keep=_KEPT[kept],
        per=to_name(fields["per"], "per") if "per" in fields else "",
    )


def _read_choices(node: Node) -> ChoiceSource:
    fields = node.mapping("choices", *_CHOICE_KEYS)
    if "tool" not in fields:
        raise node.error("choices name no tool")
    return ChoiceSource(
        tool=to_name(fields["tool"], "tool"),
        arguments=to_arguments(fields["args"].mapping("args")) if "args" in fields else {},
        where=to_expression(fields["where"], "where") if "where" in fields else None,
        path=to_name(fields["path"], "path") if "path" in fields else "",
        identity=to_name(fields["id"], "id") if "id" in fields else "",
        label=fields["label"].string("label") if "label" in fields else "",
    )


def _read_values(node: Node) -> tuple[Option, ...]:
    return tuple(Option(value, to_words(words, value)) for value, words in node.mapping("values").items())


def read_question(node: Node) -> SlotSpec:
    """One entry of ``questions``: options with points, or a yes-or-no question with points for each."""
    fields = node.mapping("a question", "id", "ask", "options", "parse", "type", "score")
    for key in ("id", "ask"):
        if key not in fields:
            raise node.error(f"the question has no `{key}`")
    options = fields["options"].list("options") if "options" in fields else ()
    if not options and not ("type" in fields and fields["type"].text == "bool"):
        raise node.error("a question has options, or the type bool")
    return SlotSpec(
        name=to_name(fields["id"], "id"),
        type="enum" if options else "bool",
        ask=to_wording(fields["ask"], "ask"),
        line=node.line,
        values=tuple(_read_option(option) for option in options),
        parse=_read_parse(fields["parse"]) if "parse" in fields else None,
        scores=_read_scores(fields["score"].mapping("score", "yes", "no")) if "score" in fields else {},
    )


def _read_option(node: Node) -> Option:
    fields = node.mapping("an option", "v", "score", "zh", "en", "words")
    if "v" not in fields:
        raise node.error("the option has no `v`")
    words: dict[Language, tuple[str, ...]] = {}
    more = to_words(fields["words"], "words") if "words" in fields else {}
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        if language in fields:
            words[language] = (fields[language].string("an option"), *more.get(language, ()))
    score = _to_points(fields["score"]) if "score" in fields else None
    return Option(to_name(fields["v"], "v"), words, score)


def _read_parse(node: Node) -> Parse:
    fields = node.mapping("parse", "type", "map")
    if set(fields) != {"type", "map"}:
        raise node.error("parse needs `type` and `map`")
    pairs = [entry.list("map") for entry in fields["map"].list("map")]
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004 - a limit and an option
        raise node.error("each entry of map is a limit and an option")
    limits = tuple((limit.string("map"), to_name(option, "map")) for limit, option in pairs)
    return Parse(fields["type"].one_of("type", "duration", "percent", "number"), limits)


def _read_scores(fields: Mapping[str, Node]) -> dict[str, Decimal]:
    return {answer: _to_points(node) for answer, node in fields.items()}


def _to_points(node: Node) -> Decimal:
    value = node.scalar
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise node.error("a score must be a number")
    return to_number(value)
