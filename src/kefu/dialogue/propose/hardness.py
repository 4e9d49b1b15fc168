"""Step 5, after rules and classifier: whether they have read a turn well enough, or a model should read it too.

Only what they measured counts: words that nothing explains, probabilities below or close to a threshold, values that no
grammar could read, commands that contradict each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kefu.dialogue.commands import (
    Affirm,
    AskKB,
    Clarify,
    Command,
    Deny,
    Handoff,
    SetSlot,
    StartFlow,
)
from kefu.dialogue.hearing import Heard
from kefu.dialogue.propose.clauses import split_clauses
from kefu.dialogue.propose.left_over import LEFT_OVER
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.wishes import likely_flows

LEAST_LIKELY = 0.25
"""A flow that is less likely than this is not what was meant."""
_SHORTEST = 2
"""Characters of words that are left over: fewer (哦, ok) say nothing."""


class Reason(StrEnum):
    """Why a turn is hard."""

    LEFT_OVER = "left_over"
    """Words that nothing explains, while a flow is open."""
    UNANSWERED = "unanswered"
    """The knowledge base has no answer: perhaps it was no question."""
    UNSURE = "unsure"
    """A flow seems to be wanted, but not surely enough to start it."""
    NEAR = "near"
    """Two flows are too close to each other."""
    UNREAD = "unread_value"
    """A value was given that could not be read, or could be several."""
    CONTRADICTORY = "contradictory"
    """What was read says two things at once."""


@dataclass(frozen=True, slots=True)
class Hardness:
    """``pending``: questions, and words taken for one; the turn is hard too when the knowledge base does not answer them."""

    reasons: tuple[Reason, ...] = ()
    pending: tuple[Command, ...] = ()

    @property
    def is_hard(self) -> bool:
        return bool(self.reasons)


def find_hardness(commands: tuple[Command, ...], heard: Heard, situation: Situation) -> Hardness:
    """What the embedded reading leaves open. Pressed buttons say what they say, and who asks for a person gets one."""
    if any(command.source == "payload" or isinstance(command.action, Handoff) for command in commands):
        return Hardness()
    left = tuple(command for command in commands if _is_left_over(command))
    is_busy = situation.is_busy or any(isinstance(command.action, StartFlow) for command in commands)
    reasons = list(_reasons(commands, heard, situation))
    is_unexplained = bool(left) and is_busy and not any(_may_name(command) for command in commands)
    if is_unexplained or _says_again(commands, situation):
        reasons.insert(0, Reason.LEFT_OVER)
    asked = tuple(one for one in commands if isinstance(one.action, AskKB) and not (is_busy and one.rule == LEFT_OVER))
    return Hardness(tuple(dict.fromkeys(reasons)), asked)


def _reasons(commands: tuple[Command, ...], heard: Heard, situation: Situation) -> Iterator[Reason]:
    if any(isinstance(command.action, Clarify) for command in commands):
        yield Reason.NEAR
    if not any(isinstance(command.action, StartFlow | Clarify) for command in commands) and any(
        _is_unsure(command, heard, situation) for command in commands
    ):
        yield Reason.UNSURE
    if any(
        isinstance(command.action, SetSlot)
        and command.action.value is None
        and command.source != "mention"
        and not _is_reckoned(command.action.slot, situation)
        for command in commands
    ):
        yield Reason.UNREAD
    if any(not _is_reckoned(slot, situation) for slot in contradicted_slots(commands)) or _says_both(commands):
        yield Reason.CONTRADICTORY


def _says_again(commands: tuple[Command, ...], situation: Situation) -> bool:
    """Whether all that was read is the wish for the flow that is open already: then the rest of the words says more."""
    top = situation.open_flows[0].name if situation.open_flows else ""
    return bool(commands) and all(one.action == StartFlow(top) for one in commands)


def _may_name(command: Command) -> bool:
    """Words that are left over where a flow starts may name a choice that only its tool knows."""
    return isinstance(command.action, SetSlot) and command.source == "mention"


def _is_reckoned(slot: str, situation: Situation) -> bool:
    """Whether a flow makes the value of a quantity (两年 → 1 to 3 years): it reads what the grammar left open."""
    expected = situation.expectation
    spec = expected.spec if expected is not None and expected.slot == slot else None
    return spec is not None and spec.parse is not None


def _is_left_over(command: Command) -> bool:
    if command.rule != LEFT_OVER or not isinstance(command.action, AskKB):
        return False
    return sum(map(str.isalnum, command.action.query)) >= _SHORTEST


def _is_unsure(command: Command, heard: Heard, situation: Situation) -> bool:
    """Whether a clause that became a question, or is left over, may be a wish after all. Each was classified before."""
    span, classifier = command.span, situation.classifier
    if not isinstance(command.action, AskKB) or span is None or classifier is None or situation.is_strict:
        return False
    clauses = split_clauses(heard.messages[span.message], span.message)
    inside = [clause for clause in clauses if span.start <= clause.span.start and clause.span.end <= span.end]
    likely = (likely_flows(clause.text, situation.flows, classifier)[:1] for clause in inside)
    return any(sure >= LEAST_LIKELY and not situation.is_open(flow) for found in likely for flow, sure in found)


def contradicted_slots(commands: tuple[Command, ...]) -> frozenset[str]:
    """Slots that were given two values by one message."""
    given: dict[str, list[SetSlot]] = {}
    for command in commands:
        if isinstance(command.action, SetSlot) and command.source != "mention":
            given.setdefault(command.action.slot, []).append(command.action)
    return frozenset(slot for slot, actions in given.items() if any(one.value != actions[0].value for one in actions))


def _says_both(commands: tuple[Command, ...]) -> bool:
    kinds = {type(command.action) for command in commands}
    return {Affirm, Deny} <= kinds
