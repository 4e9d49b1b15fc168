"""What a model proposed, made into commands of our own or dropped with a reason: nothing in a proposal is believed.

Words have to be the customer's, of this turn; flows, slots and choices have to be among those that were offered; a value
is read from the words by our own grammar. How sure a command is does not come from the model: it is one figure for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.dialogue.commands import Action, AskKB, Cancel, Command, Deny, Handoff, SetSlot, Skip, Span, StartFlow
from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.hearing import Heard
from kefu.dialogue.propose.left_over import ASKED
from kefu.dialogue.propose.opened import SURE_OF_NAME, read_value
from kefu.dialogue.propose.proposals import Proposal
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.slot_types import to_types
from kefu.dialogue.slots import Found, find_sensitive
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.text import normalise

PRIOR = 0.7
"""How sure a command of a model is, whatever the model says of itself: below what a strict flow takes (0.95)."""
_LISTS = frozenset({"choices"})
_NOT_READ = frozenset({"attachment", "bool"})
"""Files are sent, and a yes or no is read from the customer's own words or not at all."""


class NotProposableError(Exception):
    """A proposal cannot be used; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Checked:
    """``dropped``: what was proposed, and why it is not used."""

    commands: tuple[Command, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Offer:
    """What may be proposed: flows that can start, and slots of those that are open or start now."""

    heard: Heard
    situation: Situation
    slots: Mapping[str, SlotSpec]


def check(proposals: tuple[Proposal, ...], heard: Heard, situation: Situation, *, started: tuple[str, ...]) -> Checked:
    """``started`` are flows that the rules start in this turn."""
    flows = situation.flows
    starting = [
        one.flow for one in proposals if one.do == "start_flow" and one.flow in flows and not situation.is_strict
    ]
    slots: dict[str, SlotSpec] = {spec.name: spec for spec in situation.slots()}
    for flow in (*started, *starting):
        slots = {**flows[flow].slots, **slots}
    expected = situation.expectation
    if expected is not None and expected.spec is not None:
        slots[expected.spec.name] = expected.spec
    offer = _Offer(heard, situation, slots)
    commands: list[Command] = []
    dropped: list[tuple[str, str]] = []
    for proposal in proposals:
        try:
            command = _to_command(proposal, offer)
        except NotProposableError as error:
            dropped.append((proposal.shown, str(error)))
        else:
            if not any(one.action == command.action for one in commands):
                commands.append(command)
    return Checked(tuple(commands), tuple(dropped))


def _to_command(proposal: Proposal, offer: _Offer) -> Command:
    span, words = _find_words(proposal.words, offer.heard)
    action, sure, rule = _to_action(proposal, words, offer)
    return Command(action, source="model", rule=rule, span=span, probability=min(PRIOR, sure))


def _find_words(words: str, heard: Heard) -> tuple[Span, str]:
    """Where the words stand, in the newest message that has them, and as they stand there."""
    wanted = normalise(words).text.strip()
    if not wanted:
        raise NotProposableError("it names no words of the customer's")
    for number in reversed(range(len(heard.messages))):
        text = heard.messages[number].text
        start = text.text.find(wanted)
        if start >= 0:
            place = text.to_source(start, start + len(wanted))
            return Span(number, *place), text.source[place[0] : place[1]]
    raise NotProposableError("these are not the customer's words")


def _to_action(proposal: Proposal, words: str, offer: _Offer) -> tuple[Action, float, str]:
    if proposal.do == "set_slot":
        return _to_slot(proposal, words, offer)
    return _to_plain(proposal, words, offer.situation), 1.0, ASKED if proposal.do == "ask" else proposal.do


def _to_plain(proposal: Proposal, words: str, situation: Situation) -> Action:
    expected, problem = situation.expectation, "no question is open for it"
    found: Action | None = None
    match proposal.do:
        case "start_flow":
            found = StartFlow(_checked_flow(proposal.flow, situation))
        case "ask":
            found = AskKB(words)
        case "handoff":
            found = Handoff(HandoffReason.CUSTOMER_REQUEST)
        case "cancel":
            found = Cancel() if situation.open_flows else None
        case "deny":
            found = None if expected is None else Deny()
        case "skip":
            found = Skip() if expected is not None and expected.can_skip else None
        case "affirm" | "confirm" | "yes":
            problem = "only the customer's own words say yes"
        case _:
            problem = "there is no such command"
    if found is None:
        raise NotProposableError(problem)
    return found


def _checked_flow(flow: str, situation: Situation) -> str:
    if flow not in situation.flows:
        raise NotProposableError("there is no such flow")
    if situation.is_strict:
        raise NotProposableError("the open flow lets no other one begin")
    if situation.open_flows and situation.open_flows[0].name == flow:
        raise NotProposableError("the flow is open already")
    return flow


def _to_slot(proposal: Proposal, words: str, offer: _Offer) -> tuple[SetSlot, float, str]:
    expected = offer.situation.expectation
    is_asked = expected is not None and expected.slot.partition("[")[0] == proposal.slot
    name = expected.slot if expected is not None and is_asked else proposal.slot
    spec = offer.slots.get(proposal.slot)
    if spec is None:
        raise NotProposableError("no open flow has this slot")
    if spec.type in _NOT_READ or (spec.per and not is_asked):
        raise NotProposableError("a model may give no value for it")
    if find_sensitive(normalise(words)):
        raise NotProposableError("secrets are not kept")
    shown = expected.choices if expected is not None and is_asked else offer.situation.shown.get(spec.name, ())
    if proposal.choices:
        chosen = _chosen(spec, shown, proposal.choices)
        _require_same(chosen, read_value(spec, normalise(words), offer.situation, shown=shown))
        return SetSlot(name, words, chosen), PRIOR, "choice"
    return _read(spec, name, words, shown=shown, offer=offer)


def _chosen(spec: SlotSpec, shown: tuple[Shown, ...], choices: tuple[str, ...]) -> JsonValue:
    """The ids of choices that were listed, and only those."""
    listed = {one.id for one in shown} or {option.value for option in spec.values}
    strange = [one for one in choices if one not in listed]
    if strange:
        raise NotProposableError(f"no listed choice: {strange[0][:60]}")
    if spec.type in _LISTS:
        return list(dict.fromkeys(choices))
    if len(set(choices)) > 1:
        raise NotProposableError("one choice is wanted, not several")
    return choices[0]


def _require_same(chosen: JsonValue, read: list[Found]) -> None:
    """Words that are the name of a choice mean that one, and not another."""
    if read and read[0].probability >= SURE_OF_NAME and read[0].value != chosen:
        raise NotProposableError("the words name another choice")


def _read(
    spec: SlotSpec, name: str, words: str, *, shown: tuple[Shown, ...], offer: _Offer
) -> tuple[SetSlot, float, str]:
    """The value that our grammar reads in the words; words that a tool's choices will be compared with stay words."""
    if spec.type == "text":
        return SetSlot(name, words, words, words), PRIOR, "text"
    found = read_value(spec, normalise(words), offer.situation, shown=shown)
    if found:
        best = found[0]
        display = "" if spec.parse is not None or spec.choices is not None else best.display
        return SetSlot(name, words, best.value, display), best.probability, f"words:{best.rule}"
    is_named_later = spec.choices is not None and not shown
    if not is_named_later or not to_types(spec, shown, offer.situation.context.language):
        raise NotProposableError("no value can be read from these words")
    return SetSlot(name, words, None), PRIOR, "may_name"
