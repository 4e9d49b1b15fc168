"""The choices of a slot: the values of an enum, or the rows of a tool."""

import re
from collections.abc import Mapping

from kefu.dialogue.flows.definition import LANGUAGES, ChoiceSource, SlotSpec, Wording
from kefu.dialogue.flows.errors import ExpressionError
from kefu.dialogue.flows.expr import Scope, parse
from kefu.dialogue.flows.scope import RowScope
from kefu.dialogue.flows.slot_types import Matcher, to_shown
from kefu.dialogue.flows.state import Shown, SlotValue
from kefu.dialogue.flows.templates import fields_of, fill, show
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonObject, JsonValue

MAX_CHOICES = 50
_NAMES = ("label", "name", "title")
_STANDS = frozenset({"status", "state"})
_TECHNICAL = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]|$)|https?://")
MULTIPLE = "choices"
"""The type whose value is a list."""


def to_choices(source: ChoiceSource, result: JsonObject, *, scope: Scope, known: frozenset[str]) -> tuple[Shown, ...]:
    """The rows that ``where`` leaves, as choices. Raises ExpressionError when the result has not the shape."""
    shown: list[Shown] = []
    for row in _rows(source, result):
        fields = row if isinstance(row, dict) else {"id": row}
        inner = RowScope(fields, scope, known)
        if source.where is None or source.where.evaluate(inner):
            id_ = _identity(source, fields)
            label = _label(source, fields, inner, id_)
            shown.append(Shown(id_, label, tuple(sorted(set(_words(fields, source))))))
    return tuple(shown[:MAX_CHOICES])


def _rows(source: ChoiceSource, result: JsonObject) -> list[JsonValue]:
    """The list at ``path``; without one, the only list that the result has."""
    if source.path:
        found = result.get(source.path)
        if isinstance(found, list):
            return found
    else:
        lists = [value for value in result.values() if isinstance(value, list)]
        if len(lists) == 1:
            return lists[0]
    raise ExpressionError(source.tool, f"the result has no list {source.path or 'of its own'}")


def _identity(source: ChoiceSource, row: Mapping[str, JsonValue]) -> str:
    names = (source.identity,) if source.identity else ("id", f"{source.path.removesuffix('s')}_id")
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
    raise ExpressionError(source.tool, f"a row has no {' or '.join(names)}")


def _label(source: ChoiceSource, row: Mapping[str, JsonValue], scope: Scope, id_: str) -> Wording:
    return Wording(*(_label_in(source, row, scope, language) or id_ for language in LANGUAGES))


def _label_in(source: ChoiceSource, row: Mapping[str, JsonValue], scope: Scope, language: Language) -> str:
    if source.label:
        shown = {path: show(parse(path).evaluate(scope), language) for path in fields_of(source.label)}
        return fill(source.label, shown)
    return show(next((row[name] for name in _NAMES if row.get(name)), None), language)


def _words(row: Mapping[str, JsonValue], source: ChoiceSource) -> list[str]:
    """What else a customer may call a row: the texts in it. How it stands (shipped, pending), what ``where`` judges it
    by, moments and addresses of pages are no names.
    """
    judged = frozenset() if source.where is None else source.where.names
    texts: list[str] = []
    for name, value in row.items():
        if name in _STANDS or name in judged or (isinstance(value, str) and _TECHNICAL.match(value)):
            continue
        if isinstance(value, str) and value:
            texts.append(value)
        elif isinstance(value, dict):
            texts.extend(entry for entry in value.values() if isinstance(entry, str) and entry)
    return texts


def static_choices(spec: SlotSpec) -> tuple[Shown, ...]:
    return tuple(to_shown(option) for option in spec.values)


def is_among(value: JsonValue, choices: tuple[Shown, ...]) -> bool:
    """Whether a value, or each of a list, is one of the choices."""
    ids = {choice.id for choice in choices}
    chosen = value if isinstance(value, list) else [value]
    return all(isinstance(entry, str | int) and str(entry) in ids for entry in chosen)


def display_of(value: JsonValue, choices: tuple[Shown, ...], language: Language) -> str:
    labels = {choice.id: choice.label.get(language) for choice in choices}
    chosen = value if isinstance(value, list) else [value]
    return ", ".join(labels.get(str(entry), str(entry)) for entry in chosen)


def resolve(
    spec: SlotSpec, value: SlotValue, *, choices: tuple[Shown, ...], matcher: Matcher | None, language: Language
) -> JsonValue:
    """The value behind words that were said before the choices were known; None when they name none or several."""
    ids = (
        matcher.match(spec, value.raw, choices=choices, language=language)
        if matcher is not None
        else _by_name(value.raw, choices)
    )
    if spec.type == MULTIPLE:
        return list(ids) or None
    return ids[0] if len(ids) == 1 else None


def _by_name(raw: str, choices: tuple[Shown, ...]) -> tuple[str, ...]:
    """Without a matcher only the exact id or label counts."""
    return tuple(choice.id for choice in choices if raw in {choice.id, choice.label.zh, choice.label.en})
