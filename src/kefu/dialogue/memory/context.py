"""What a model sees of the past, within a budget of tokens: whole utterances and facts, the weightiest first."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from kefu.dialogue.state import Utterance
from kefu.domain.conversation import Author
from kefu.domain.model import Tier
from kefu.kit.numerals import with_digits
from kefu.kit.text import normalise
from kefu.models.tokens import PER_MESSAGE, Meter, count_tokens

MOST_KNOWN = 40
_RECENT_SHARE = 4
"""One part in so many of the budget is for the newest, whatever else there is: without them nothing can be followed."""
_MARK = re.compile(r"\[\d{1,2}\]")
_STRONG = re.compile(r"\d{3}|\d[.,:/-]\d|[\u00a5\uffe5$\u20ac\u00a3]\s?\d|[A-Za-z]\d\d|[\w.+-]+@[\w-]+\.\w")
"""Numbers that name one thing: ids, dates, amounts, addresses."""
_DIGIT = re.compile(r"\d")


class Weight(IntEnum):
    """What is kept before what."""

    OPEN = 0
    """The open question, and the preview that waits for a yes."""
    KNOWN = 1
    """Values of slots, facts of the profile, lines of a case card."""
    EXACT = 2
    """What has numbers in it that no document has."""
    CITED = 3
    """Answers with a source: what they say can be looked up again."""
    REST = 4


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known when a turn begins. ``known`` are facts, the weightiest first; ``is_open``: a question waits."""

    history: tuple[Utterance, ...] = ()
    known: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is left of a past: whole, unchanged, in its order. ``tokens`` is counted for the model in use."""

    utterances: tuple[Utterance, ...] = ()
    known: tuple[str, ...] = ()
    tokens: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Item:
    weight: Weight
    order: tuple[int, int, int]
    tokens: int
    place: int
    text: str


class Recall:
    """Chooses for one budget. The same past and the same reports of a model give the same choice."""

    def __init__(self, meter: Meter, *, budget: int) -> None:
        self.meter = meter
        self.budget = budget

    def using(self, meter: Meter) -> "Recall":
        return Recall(meter, budget=self.budget)

    def choose(self, past: Past, *, may_be_seen: Callable[[str], bool], tier: Tier = Tier.STANDARD) -> Recalled:
        """Drop whole utterances and facts until the rest fits. What may not be seen is never in it, at no price."""
        factor = self.meter.factor(tier)
        items = [*_facts(past.known[:MOST_KNOWN], factor), *_utterances(past, factor)]
        kept = _fill(items, self.budget, may_be_seen)
        facts = {item.place for item in kept if item.weight is Weight.KNOWN}
        said = {item.place for item in kept if item.weight is not Weight.KNOWN}
        return Recalled(
            utterances=tuple(one for place, one in enumerate(past.history) if place in said),
            known=tuple(one for place, one in enumerate(past.known) if place in facts),
            tokens=sum(item.tokens for item in kept),
            dropped=len(past.known) + len(past.history) - len(kept),
        )


def _facts(known: Sequence[str], factor: float) -> list[_Item]:
    return [
        _Item(Weight.KNOWN, (0, 0, place), count_tokens(text, factor), place, text) for place, text in enumerate(known)
    ]


def _utterances(past: Past, factor: float) -> list[_Item]:
    """The customer's own numbers come before those that were said to them; then the newest first."""
    last = len(past.history) - 1
    items = []
    for place, one in enumerate(past.history):
        weight, rank = _weigh(one)
        weight = Weight.OPEN if past.is_open and place == last else weight
        is_told = weight is Weight.EXACT and one.author is not Author.VISITOR
        tokens = count_tokens(one.text, factor) + PER_MESSAGE
        items.append(_Item(weight, (int(is_told), rank, -place), tokens, place, one.text))
    return items


def _weigh(utterance: Utterance) -> tuple[Weight, int]:
    """The weight, and within it what comes before what: ids, dates and amounts before other numbers."""
    text = utterance.text
    if utterance.author is Author.ASSISTANT and _MARK.search(text):
        return Weight.CITED, 0
    if _STRONG.search(text):
        return Weight.EXACT, 0
    return (Weight.EXACT, 1) if _has_number(text) else (Weight.REST, 0)


def _has_number(text: str) -> bool:
    """In digits, or in words; a lone "one" in words is an article more often than a number."""
    if _DIGIT.search(text):
        return True
    spelled = "".join(_DIGIT.findall(with_digits(normalise(text)).text))
    return bool(spelled.strip("1"))


def _fill(items: Sequence[_Item], budget: int, may_be_seen: Callable[[str], bool]) -> list[_Item]:
    """Take what fits, the weightiest first, then the newest of what is left. What does not fit is left out as a whole;
    a smaller one may still come in.
    """
    kept: list[_Item] = []
    seen: set[int] = set()
    left, reserved = budget, budget // _RECENT_SHARE
    ranked = sorted((item for item in items if item.weight is not Weight.REST), key=lambda one: (one.weight, one.order))
    newest = sorted((item for item in items if item.weight is not Weight.KNOWN), key=lambda one: -one.place)
    for item, kept_free in (*((one, reserved) for one in ranked), *((one, 0) for one in newest)):
        is_light = item.weight in {Weight.EXACT, Weight.CITED}
        room = left - (kept_free if is_light else 0)
        if id(item) not in seen and item.tokens <= room and may_be_seen(item.text):
            seen.add(id(item))
            kept.append(item)
            left -= item.tokens
    return kept
