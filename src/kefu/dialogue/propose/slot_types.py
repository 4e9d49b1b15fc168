"""Slots of flows as the types by which the slots' grammars read them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.flows.slot_types import DATED, KINDS, OWN, kind_of, to_shown
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.slots import Choice, SlotContext, SlotType, read_anywhere
from kefu.domain.conversation import Language
from kefu.kit.text import normalise

UNREADABLE = frozenset({"text", "attachment"})
"""Types that no grammar finds in the middle of a message."""
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Names of choices do not depend on the time."""


def to_choice(shown: Shown, language: Language, *, is_own: bool = True) -> Choice:
    """A choice by its label in the conversation's language; the other one is a further name for it.

    The id of what is the customer's own is a name too; that of a flow's value is the author's (``mind``).
    """
    other = shown.label.en if language == "zh" else shown.label.zh
    label = shown.label.get(language) or other
    names = (*shown.words, *((shown.id,) if is_own else ()), *((other,) if other != label else ()))
    return Choice(shown.id, label, tuple(dict.fromkeys(names)))


def to_types(spec: SlotSpec, shown: tuple[Shown, ...], language: Language) -> tuple[SlotType, ...]:
    """The ways in which a slot may be said: as one of its choices, and as what it is (an order id, a duration)."""
    return tuple(_types(spec, shown or tuple(map(to_shown, spec.values)), language))


def _types(spec: SlotSpec, shown: tuple[Shown, ...], language: Language) -> Iterator[SlotType]:
    choices = tuple(to_choice(one, language, is_own=not spec.values) for one in shown)
    kind = kind_of(spec.type)
    if kind == OWN:
        yield SlotType(OWN, own=spec.type)
        return
    if choices:
        yield SlotType("choices" if kind == "choices" else "enum" if spec.values else "choice", choices=choices)
    if spec.parse is not None:
        yield SlotType(KINDS[spec.parse.type])
    if not choices or kind == "order_id":
        yield SlotType(
            kind,
            pattern=spec.pattern,
            minimum=_decimal(spec.minimum),
            maximum=_decimal(spec.maximum),
            direction=spec.direction,
            is_exact=spec.type in DATED,
        )


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


class ChoiceMatcher:
    """Finds choices in words that were said before the choices were known (``flows.slot_types.Matcher``)."""

    def match(self, spec: SlotSpec, raw: str, *, choices: tuple[Shown, ...], language: Language) -> tuple[str, ...]:
        """The ids that the words name; none when they name none, or could name several of which one is wanted."""
        known = tuple(to_choice(one, language) for one in choices)
        context = SlotContext(_ANY_TIME, language, shown=known if spec.type == "choices" else ())
        found = read_anywhere([SlotType("choices", choices=known)], normalise(raw), context)
        values = [str(id_) for one in found if isinstance(one.value, list) for id_ in one.value]
        return tuple(dict.fromkeys(values))
