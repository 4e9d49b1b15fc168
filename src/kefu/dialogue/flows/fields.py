"""Parts that many places of a flow file have: wordings, expressions, arguments, durations, names."""

import re
from collections.abc import Mapping
from datetime import timedelta

from kefu.dialogue.flows.definition import LANGUAGES, Argument, Wording
from kefu.dialogue.flows.errors import ExpressionError
from kefu.dialogue.flows.expr import Expression, parse
from kefu.dialogue.flows.nodes import Node
from kefu.domain.conversation import Language

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DOLLAR = re.compile(r"\$(?=[A-Za-z])")


def to_name(node: Node, what: str) -> str:
    """A name in lower case letters, digits and underscores. Raises FlowInvalidError."""
    found = node.string(what)
    if not NAME.fullmatch(found):
        raise node.error(f"{what} `{found}` must be lower case letters, digits and underscores")
    return found


def to_names(node: Node, what: str) -> tuple[str, ...]:
    """One name or a list of them."""
    if node.is_scalar:
        return (to_name(node, what),)
    return tuple(to_name(entry, what) for entry in node.list(what))


def to_texts(node: Node, what: str) -> tuple[str, ...]:
    """One text or a list of them."""
    return (node.string(what),) if node.is_scalar else tuple(entry.string(what) for entry in node.list(what))


def to_wording(node: Node, what: str) -> Wording:
    fields = node.mapping(what, *LANGUAGES)
    return Wording(**{language: fields[language].string(what) for language in LANGUAGES if language in fields})


def to_words(node: Node, what: str) -> dict[Language, tuple[str, ...]]:
    """Texts by language; a single text may stand without a list."""
    fields = node.mapping(what, *LANGUAGES)
    return {language: to_texts(fields[language], what) for language in LANGUAGES if language in fields}


def to_expression(node: Node, what: str) -> Expression:
    """An expression; ``$`` before a name is allowed and means nothing."""
    try:
        return parse(_DOLLAR.sub("", node.string(what)))
    except ExpressionError as error:
        raise node.error(f"{what} {error.detail}") from error


def to_arguments(fields: Mapping[str, Node]) -> dict[str, Argument]:
    return {name: _to_argument(node, f"the argument {name}") for name, node in fields.items()}


def _to_argument(node: Node, what: str) -> Argument:
    """A text that begins with ``$`` is an expression, with ``$$`` a text that begins with ``$``; all else is literal."""
    if node.is_scalar and node.text.startswith("$$"):
        return Argument(None, node.text[1:])
    if node.is_scalar and node.text.startswith("$"):
        return Argument(to_expression(node, what))
    if not node.is_scalar and "$" in str(node.source()):
        raise node.error(f"{what} has an expression inside a list or a mapping; an expression stands alone")
    return Argument(None, node.plain())


def to_duration(node: Node, what: str) -> timedelta:
    """``45s``, ``30m``, ``2h`` or ``7d``."""
    found = _DURATION.fullmatch(node.string(what))
    if found is None:
        raise node.error(f"{what} must be a time such as 30m, 2h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
