"""``{fields}`` in wordings: found and filled; nothing in braces is ever run."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from kefu.domain.conversation import Language

_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)\}")


def fields_of(text: str) -> tuple[str, ...]:
    """The paths in braces, in order."""
    return tuple(_FIELD.findall(text))


def fill(text: str, fields: Mapping[str, str]) -> str:
    """The text with its fields. Raises KeyError for a field that is missing."""
    return _FIELD.sub(lambda match: fields[match[1]], text)


def show(value: object, language: Language) -> str:
    """A value as a customer reads it: lists and objects by their entries, ``{"zh", "en"}`` in the language."""
    if value is None:
        return ""
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            return show(value[language], language)
        return " ".join(filter(None, (show(entry, language) for entry in value.values())))
    if isinstance(value, list):
        return ", ".join(filter(None, (show(entry, language) for entry in value)))
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
