"""Commands of a model beside those of the embedded reading. What customers plainly said stays as they said it."""

from collections.abc import Sequence

from kefu.dialogue.commands import (
    Affirm,
    AskKB,
    Cancel,
    CannotHandle,
    Clarify,
    Command,
    Deny,
    Handoff,
    SetSlot,
    Skip,
    SmallTalk,
    Span,
    StartFlow,
)
from kefu.dialogue.propose.checking import Checked
from kefu.dialogue.propose.hardness import contradicted_slots
from kefu.dialogue.propose.left_over import LEFT_OVER
from kefu.dialogue.propose.situation import Situation

_OWN_WORD = Affirm | Deny | Cancel | Handoff
"""What only its speaker may take back."""
_MAY_CHANGE = frozenset({"confirmation", "review"})
"""Questions beside whose no a value says what is wanted instead."""


def join(own: tuple[Command, ...], checked: Checked, situation: Situation) -> Checked:
    """All commands that are left, and what the model proposed in vain.

    A model's command takes the place of what was left over, of a guess between flows, and of a value that was unclear or
    contradictory. Beside a yes, a no, a cancellation or a wish for a person it adds what they leave room for.
    """
    kept: list[Command] = []
    dropped = list(checked.dropped)
    for command in checked.commands:
        reason = _refuse(command, own, situation)
        if reason:
            dropped.append((command.name, reason))
        else:
            kept.append(command)
    if not kept:
        return Checked(own, tuple(dropped))
    stays = [command for command in own if not _gives_way(command, kept, own)]
    return Checked((*stays, *kept), tuple(dropped))


def _refuse(command: Command, own: tuple[Command, ...], situation: Situation) -> str:  # noqa: PLR0911 - one line a rule
    action = command.action
    if isinstance(action, Affirm):
        return "only the customer's own words say yes"
    words = [one.action for one in own if isinstance(one.action, _OWN_WORD)]
    if any(isinstance(word, Handoff) for word in words):
        return "the customer asked for a person"
    if words and not isinstance(action, SetSlot | AskKB):
        return "the customer has said plainly what is to be done"
    if isinstance(action, SetSlot):
        return _refuse_value(action, own, words, situation)
    if isinstance(action, AskKB) and any(_is_question(one) and _share(one.span, command.span) for one in own):
        return "it is a question already"
    if isinstance(action, Handoff | Cancel | Skip) and any(_is_understood(one) for one in own):
        return "the message was understood without it"
    if isinstance(action, StartFlow) and any(isinstance(one.action, StartFlow) for one in own):
        return "the message starts a flow already"
    return ""


def _refuse_value(action: SetSlot, own: tuple[Command, ...], words: Sequence[object], situation: Situation) -> str:
    kind = "" if situation.expectation is None else situation.expectation.kind
    if any(isinstance(word, Cancel) for word in words):
        return "the customer has taken it back"
    if any(isinstance(word, Deny) for word in words) and kind not in _MAY_CHANGE:
        return "the customer has said no"
    given = [one.action for one in own if isinstance(one.action, SetSlot) and one.action.slot == action.slot]
    values = [one.value for one in given if one.value is not None]
    if values and (len(values) == 1 or action.value not in values):
        return "the value was read already"
    return ""


def _gives_way(command: Command, kept: list[Command], own: tuple[Command, ...]) -> bool:
    match command.action:
        case CannotHandle() | SmallTalk():
            return isinstance(command.action, CannotHandle)
        case Clarify():
            return any(isinstance(one.action, StartFlow) for one in kept)
        case SetSlot(slot, _, value):
            is_open = value is None or slot in contradicted_slots(own)
            return is_open and any(isinstance(one.action, SetSlot) and one.action.slot == slot for one in kept)
        case AskKB():
            return any(_takes_words(one, command) for one in kept)
    return False


def _takes_words(one: Command, question: Command) -> bool:
    """Words that were left over are explained by any command that names some of them; a question only by a wish."""
    is_wish = isinstance(one.action, StartFlow | Cancel | Handoff)
    return _share(one.span, question.span) and (is_wish or question.rule == LEFT_OVER)


def _is_question(command: Command) -> bool:
    return isinstance(command.action, AskKB) and command.rule != LEFT_OVER


def _is_understood(command: Command) -> bool:
    return not isinstance(command.action, AskKB | CannotHandle | SmallTalk) and not (
        isinstance(command.action, SetSlot) and command.action.value is None
    )


def _share(one: Span | None, other: Span | None) -> bool:
    """Whether two commands come from words of the same place; the words left over may spread over several messages."""
    if one is None or other is None:
        return False
    return one.message != other.message or (one.start < other.end and other.start < one.end)
