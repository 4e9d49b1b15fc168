"""What a slot may hold, what is known while it is read, and what was found in a text."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonValue

SlotKind = Literal[
    "order_id",
    "email",
    "mobile",
    "money",
    "quantity",
    "percent",
    "date",
    "time",
    "datetime",
    "duration",
    "height",
    "weight",
    "length",
    "address",
    "name",
    "bool",
    "enum",
    "choice",
    "choices",
    "text",
    "attachment",
    "own",
]
Direction = Literal["past", "future", "any"]
Problem = Literal["", "too_small", "too_large", "refused"]

EXACT = 1.0
"""Has a mark of its own: a unit, an @, a pattern, the whole label."""
CLEAR = 0.95
"""Follows a grammar that leaves one reading: 上周三, the second one."""
BARE = 0.9
"""Only a number or a word, accepted because it was asked for."""
LIKELY = 0.8
"""One of two readings, the likelier; words that mostly mean it."""
GUESS = 0.6
"""The other reading; words that often mean it."""
VAGUE = 0.5
"""Said on purpose without a number: 前几天, a few days ago."""
MARGIN = 0.1
"""Two findings nearer than this are both possible: ask."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the customer's own things, or a member of an enum. ``words`` are further names for it in any language."""

    id: str
    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlotType:
    """What a slot holds.

    ``pattern`` is a workspace's regular expression for ``order_id``; a group ``id`` in it is the value. ``minimum`` and
    ``maximum`` bound the number (of choices, for ``choices``); a value outside is found with a problem. ``direction``
    says on which side of now a day lies that its words leave open. ``is_exact`` refuses ranges (上周, over 3 years).
    ``own`` names a plugin's type, whose values are among the context's marks.
    """

    kind: SlotKind
    pattern: str | None = None
    choices: tuple[Choice, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    direction: Direction = "any"
    is_exact: bool = False
    own: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that a plugin has found in a message: ``text`` from ``start`` to ``end``. One that is refused is not taken;
    ``refusal`` is why, as the customer reads it.
    """

    type: str
    text: str
    start: int
    end: int
    value: JsonValue
    display: str
    probability: float
    is_refused: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class SlotContext:
    """``now`` is aware, in the workspace's zone. ``shown`` are the choices last shown, in order; ``taken`` the ids that
    the customer has chosen before, which 其余的 and "the rest" leave out. ``marks`` are what plugins have found.
    """

    now: datetime
    language: Language
    shown: tuple[Choice, ...] = ()
    taken: tuple[str, ...] = ()
    currency: str = "CNY"
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A value with the words that said it: code points ``start`` to ``end`` of the original text.

    ``index`` is the place of its slot in the sequence that was asked for. ``display`` is in the context's language.
    """

    value: JsonValue
    display: str
    start: int
    end: int
    probability: float
    rule: str
    index: int = 0
    problem: Problem = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding while it is being read: its span is one of the text in digits, or of the normalised text."""

    value: JsonValue
    start: int
    end: int
    probability: float
    rule: str
    is_plain: bool = False
