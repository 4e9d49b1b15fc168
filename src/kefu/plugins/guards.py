"""Checks of what comes in and what goes out, and what they may say."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from kefu.domain.turn import DeltaKind
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import TextContext

GUARD_SECONDS = 0.5
MOST_GUARD_SECONDS = 2.0
GuardPlace = Literal["input", "output"]
OnFailure = Literal["allow", "refuse", "hand_off", "quote", "abstain"]
FAILURES: Mapping[GuardPlace, tuple[OnFailure, ...]] = {
    "input": ("allow", "refuse", "hand_off"),
    "output": ("abstain", "quote"),
}
"""What a guard may declare for the case that it fails; the first is the default."""


class GuardAction(StrEnum):
    """``refuse``, ``hand_off`` and ``annotate`` are for messages, ``replace`` and ``block`` for sentences."""

    ALLOW = "allow"
    ANNOTATE = "annotate"
    REFUSE = "refuse"
    HAND_OFF = "hand_off"
    REPLACE = "replace"
    BLOCK = "block"


ACTIONS: Mapping[GuardPlace, frozenset[GuardAction]] = {
    "input": frozenset({GuardAction.ALLOW, GuardAction.ANNOTATE, GuardAction.REFUSE, GuardAction.HAND_OFF}),
    "output": frozenset({GuardAction.ALLOW, GuardAction.REPLACE, GuardAction.BLOCK}),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guard says, with the id of the rule that it follows. ``text`` is the key of one of the plugin's texts."""

    action: GuardAction
    rule: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    notes: JsonObject = field(default_factory=dict)

    @classmethod
    def allow(cls) -> "Verdict":
        """Nothing against it."""
        return cls(GuardAction.ALLOW)

    @classmethod
    def annotate(cls, rule: str, **notes: str | float | bool | None) -> "Verdict":
        """Let a message pass with notes: for the trace, and for guards of the sentences that answer it."""
        return cls(GuardAction.ANNOTATE, rule, notes=dict(notes))

    @classmethod
    def refuse(cls, rule: str, *, text: str = "", **fields: str) -> "Verdict":
        """End the turn with this text (without one, with kefu's own)."""
        return cls(GuardAction.REFUSE, rule, text, fields)

    @classmethod
    def hand_off(cls, rule: str, *, text: str = "", **fields: str) -> "Verdict":
        """Say this text and get a person."""
        return cls(GuardAction.HAND_OFF, rule, text, fields)

    @classmethod
    def replace(cls, rule: str, *, text: str, **fields: str) -> "Verdict":
        """Say this text in the sentence's place; ``{sentence}`` in it is the sentence."""
        return cls(GuardAction.REPLACE, rule, text, fields)

    @classmethod
    def block(cls, rule: str) -> "Verdict":
        """Do not say it: a quote stands in for a model's sentence, and where nothing is left the assistant abstains."""
        return cls(GuardAction.BLOCK, rule)


CheckText = Callable[[str, TextContext], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class Guard:
    """A check of each message (``input``) or of each sentence before it leaves (``output``).

    ``on_failure`` is what counts when it raises or hangs. Of a message: ``allow`` (the default), ``refuse``, ``hand_off``.
    Of a sentence: ``abstain`` (the default: only kefu's and flows' own texts leave), ``quote`` (what a model has worded
    does not leave). ``kinds``: which sentences it is asked about, by where they come from.
    """

    name: str
    place: GuardPlace
    check: CheckText
    on_failure: OnFailure | None = None
    kinds: frozenset[DeltaKind] = frozenset(DeltaKind)
    seconds: float = GUARD_SECONDS

    @property
    def when_failed(self) -> OnFailure:
        return self.on_failure or FAILURES[self.place][0]
