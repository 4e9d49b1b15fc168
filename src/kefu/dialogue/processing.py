"""Step 6: commands are validated, conflicts resolved, the rest dropped with a reason."""

from dataclasses import replace

from kefu.dialogue.commands import (
    Action,
    Affirm,
    AskKB,
    CannotHandle,
    Command,
    Deny,
    Dropped,
    Handoff,
    Plan,
    Repeat,
    SetLanguage,
    SmallTalk,
    SmallTalkKind,
)
from kefu.dialogue.handoff import PolicyRule
from kefu.dialogue.state import State
from kefu.domain.trace import DropReason
from kefu.domain.turn import HandoffReason

OFFER_HANDOFF = "offer_handoff"
"""The open question «shall I get a person?»."""

_ORDER: tuple[type[Action], ...] = (SetLanguage, Repeat, AskKB, Deny, SmallTalk, Handoff, CannotHandle)
_KNOWN = frozenset({*_ORDER, Affirm})


def process(commands: tuple[Command, ...], state: State, *, policy: PolicyRule | None = None) -> Plan:
    """Return what to do, in order. A customer's own request for a person always wins, alone and at once; a message
    that falls under a policy class comes next.
    """
    requested = next((command for command in commands if isinstance(command.action, Handoff)), None)
    if requested is not None:
        rest = tuple(Dropped(other, DropReason.PERSON_REQUESTED) for other in commands if other is not requested)
        assert isinstance(requested.action, Handoff)
        action = Handoff(requested.action.reason, policy.policy if policy else None)
        return Plan((replace(requested, action=action),), rest)
    if policy is not None:
        action = Handoff(HandoffReason.POLICY_RESTRICTION, policy.policy)
        command = Command(action, source="rule", rule=policy.name, span=None, probability=1.0)
        return Plan((command,), tuple(Dropped(other, DropReason.LEFT_TO_PEOPLE) for other in commands))
    commands, forged = without_forged_yes(commands)
    known = tuple(command for command in commands if type(command.action) in _KNOWN)
    useless = (*forged, *(Dropped(command, DropReason.NO_OPEN_FLOW) for command in commands if command not in known))
    kept, dropped = _resolve(tuple(_interpret(command, state) for command in known))
    return Plan(tuple(sorted(kept, key=lambda command: _ORDER.index(type(command.action)))), (*useless, *dropped))


def without_forged_yes(commands: tuple[Command, ...]) -> tuple[tuple[Command, ...], tuple[Dropped, ...]]:
    """A model says no yes for a customer (law 1), wherever it came from."""
    forged = tuple(one for one in commands if isinstance(one.action, Affirm) and one.source == "model")
    left = tuple(one for one in commands if one not in forged)
    return left, tuple(Dropped(one, DropReason.FORGED_YES) for one in forged)


def _interpret(command: Command, state: State) -> Command:
    """Yes and no mean what the open question asked; without one they are only courtesy."""
    is_offered = state.open_question == OFFER_HANDOFF
    match command.action:
        case Affirm() if is_offered or command.source == "payload":
            return _replaced(command, Handoff(HandoffReason.MISSING_KNOWLEDGE), "affirmed_offer")
        case Affirm():
            return _replaced(command, SmallTalk(SmallTalkKind.ACKNOWLEDGED), "affirm_without_question")
        case Deny() if not (is_offered or command.source == "payload"):
            return _replaced(command, SmallTalk(SmallTalkKind.ACKNOWLEDGED), "deny_without_question")
    return command


def _replaced(command: Command, action: Action, rule: str) -> Command:
    return Command(action, command.source, f"{command.rule}>{rule}", command.span, command.probability)


def _resolve(commands: tuple[Command, ...]) -> tuple[list[Command], list[Dropped]]:
    has_substance = any(not isinstance(command.action, SmallTalk | CannotHandle) for command in commands)
    kept: list[Command] = []
    dropped: list[Dropped] = []
    for command in commands:
        if has_substance and isinstance(command.action, SmallTalk):
            dropped.append(Dropped(command, DropReason.COURTESY_BESIDE_REQUEST))
        elif isinstance(command.action, SmallTalk) and any(isinstance(other.action, SmallTalk) for other in kept):
            dropped.append(Dropped(command, DropReason.SECOND_COURTESY))
        elif any(other.action == command.action for other in kept):
            dropped.append(Dropped(command, DropReason.SAID_BEFORE))
        else:
            kept.append(command)
    return kept, dropped
