"""What a plugin finds in customers' words: values of slots of its own types, and marks on the text."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kefu.kit.jsonvalue import JsonValue
from kefu.plugins.context import TextContext

READ_SECONDS = 0.5
MOST_READ_SECONDS = 2.0
"""A customer waits while words are read."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A value found in a text: ``text[start:end]`` (code points) says it; ``display`` is how it is said back.

    ``probability``: how sure it is, from 0 to 1. Below 0.6 it counts only as the answer to a question that was asked.
    """

    start: int
    end: int
    value: JsonValue
    display: str
    probability: float = 1.0


ParseText = Callable[[str, TextContext], Awaitable[Sequence[Recognised]]]
"""All values of the type in the text of one message; ``ctx.is_asked``: the open question is one of this type."""
ValidateValue = Callable[[JsonValue, TextContext], Awaitable[str | None]]
"""None when the value may be taken; else the key of the plugin's text that says why not (``{value}`` is the value)."""


@dataclass(frozen=True, slots=True)
class SlotType:
    """A type of slots of one's own, which flows name as ``type: NAME``.

    Without ``parse`` its values are what recognisers mark as this kind.
    """

    name: str
    parse: ParseText | None = None
    validate: ValidateValue | None = None
    seconds: float = READ_SECONDS


@dataclass(frozen=True, slots=True)
class Marked:
    """A thing that is named in a text: ``text[start:end]`` is one of this ``kind``. Without a value its words are it."""

    kind: str
    start: int
    end: int
    value: JsonValue = None
    display: str = ""
    probability: float = 1.0


FindMarks = Callable[[str, TextContext], Awaitable[Sequence[Marked]]]


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Marks things of several ``kinds`` in one pass over a text.

    Words of the kinds in ``personal`` are masked before the text reaches a model, a search or a list of questions.
    """

    name: str
    find: FindMarks
    kinds: frozenset[str]
    personal: frozenset[str] = frozenset()
    seconds: float = READ_SECONDS
