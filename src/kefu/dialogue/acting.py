"""Steps 6 and 7 for flows: commands change the dialogue, flows go on, tools are asked through the gate."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kefu.dialogue.abilities import Abilities, GatedTools
from kefu.dialogue.commands import (
    Affirm,
    AskKB,
    Cancel,
    CannotHandle,
    Command,
    Deny,
    Dropped,
    KeepFact,
    SetSlot,
    Skip,
    SmallTalk,
)
from kefu.dialogue.context import TurnContext
from kefu.dialogue.flows.definition import Flow, Wording
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.outputs import Output, Say
from kefu.dialogue.flows.slot_types import OWN, kind_of
from kefu.dialogue.flows.speaking import Speaking, ToolTexts
from kefu.dialogue.flows.state import CONVERSATION, PROFILE, DialogueState, PendingReference, SlotValue, TurnFacts
from kefu.dialogue.flows.state_json import from_json, to_json
from kefu.dialogue.hearing import Heard
from kefu.dialogue.intents.once import OnceClassifier
from kefu.dialogue.intents.port import Recognition
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.slot_types import to_choice
from kefu.dialogue.slots import Mark, SlotContext
from kefu.dialogue.tools.results import GateFact, Pending
from kefu.dialogue.tools.turn import GateTurn
from kefu.dialogue.trace import Trace
from kefu.dialogue.trace_commands import trace_command
from kefu.domain.action import Caller
from kefu.domain.conversation import Language
from kefu.domain.profile import Consent, ContactFact
from kefu.domain.trace import DropReason
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings

_BESIDE = SmallTalk | CannotHandle | Affirm | Deny | Cancel | Skip
"""What is left without a word while a flow speaks."""
_WAIT = "wait"
_CONSENT = "consent:"
"""A segment that begins so says to what the contact has agreed in the other system."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What the flows want said, in order, and what the gate did for them."""

    outputs: tuple[Output, ...]
    facts: tuple[GateFact, ...]
    dialogue: JsonObject | None
    """The flows as they are left; None: there was nothing, and there is nothing."""
    kept: tuple[KeepFact, ...] = ()
    """Values of this turn that flows keep in the contact's profile."""
    withdrawn: tuple[str, ...] = ()
    """Ids of writes that no longer wait for a yes."""


class Acting:
    """The flows of one turn: first ``situation``, then ``apply``, then ``go_on``."""

    def __init__(self, abilities: Abilities, context: TurnContext, heard: Heard) -> None:
        self._abilities = abilities
        self._context = context
        self._heard = heard
        stored = context.state.dialogue
        self._state = DialogueState() if stored is None else from_json(stored)
        self._acknowledged: tuple[Output, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._classifier = None if abilities.classifier is None else OnceClassifier(abilities.classifier)
        self._confirmed: PendingReference | None = None
        self._voided: tuple[str, ...] = ()

    @property
    def is_busy(self) -> bool:
        """Whether a flow is open or a question of one waits."""
        return bool(self._state.stack) or self._state.open is not None

    @property
    def flows(self) -> Mapping[str, Flow]:
        """All that may be started."""
        return self._abilities.flows.flows

    @property
    def recognised(self) -> Mapping[str, Recognition]:
        """What the classifier was asked about, in order."""
        return {} if self._classifier is None else self._classifier.known

    @property
    def is_open_to_models(self) -> bool:
        """Whether a model may look things up with tools of this workspace."""
        return self._abilities.is_open_to_models

    @property
    def texts(self) -> ToolTexts | None:
        return self._abilities.texts

    def subject(self, language: Language) -> str:
        """What the uppermost flow is called; empty: none is open."""
        top = self._state.stack[-1].flow if self._state.stack else ""
        flow = self._abilities.flows.flows.get(top)
        return "" if flow is None else flow.title.get(language)

    def tools_for_model(self, language: Language) -> GatedTools:
        """The gate for a model: nothing that was confirmed counts there, and nothing can be written."""
        return self._abilities.gate.for_turn(replace(self._gate_turn(language), caller=Caller.MODEL))

    def speaking(self, strings: Strings) -> Speaking:
        """How outputs of these flows are worded."""
        return Speaking(strings, self._abilities.flows.flows, self._abilities.texts)

    def own_types(self) -> frozenset[str]:
        """Types of slots of these flows that plugins read."""
        slots = (spec for flow in self._abilities.flows.flows.values() for spec in flow.slots.values())
        return frozenset(spec.type for spec in slots if kind_of(spec.type) == OWN)

    def asked_type(self) -> str:
        """The type of the slot that is asked for; empty when none is."""
        expected = self._abilities.flows.expectation(self._state)
        return expected.spec.type if expected is not None and expected.spec is not None else ""

    def situation(self, marks: tuple[Mark, ...] = ()) -> Situation:
        """What the turn's messages fall into; ``marks`` are what plugins have found in them."""
        self._marks = marks
        flows, state = self._abilities.flows.flows, self._state
        opened = tuple(flows[frame.flow] for frame in reversed(state.stack) if frame.flow in flows)
        expected = self._abilities.flows.expectation(state)
        scopes = [*(frame.id for frame in state.stack[:-1]), CONVERSATION, *(frame.id for frame in state.stack[-1:])]
        known = {name: one.value for scope in scopes for name, one in state.slots.get(scope, {}).items()}
        return Situation(
            flows=flows,
            open_flows=opened,
            expectation=expected,
            values=known,
            shown=state.stack[-1].shown if state.stack else {},
            context=replace(_slot_context(self._context, self._heard.language, expected), marks=marks),
            classifier=self._classifier,
            done=state.amendable,
        )

    def apply(self, commands: tuple[Command, ...], trace: Trace) -> tuple[tuple[Command, ...], tuple[Dropped, ...]]:
        """Carry out what is about flows; the commands that are left, and those dropped with a reason."""
        commands, hesitant = _without_hasty_yes(commands)
        refused = self._refusals(commands)
        applied = self._abilities.flows.apply(commands, self._state, self._turn(self._heard.language))
        self._state, self._acknowledged = applied.state, (*applied.outputs, *refused)
        self._confirmed, self._voided = applied.confirmed, applied.voided
        dropped = [one.command for one in applied.dropped]
        for command in commands:
            if command not in applied.rest and command not in dropped:
                trace_command(trace, command)
        if not self.is_busy and not applied.outputs:
            return applied.rest, (*hesitant, *applied.dropped)
        has_question = any(isinstance(command.action, AskKB) for command in applied.rest)
        left = tuple(one for one in applied.rest if not isinstance(one.action, _BESIDE))
        reason = DropReason.COURTESY_BESIDE_REQUEST if has_question else DropReason.COURTESY_BESIDE_FLOW
        beside = tuple(Dropped(one, reason) for one in applied.rest if one not in left)
        return left, (*hesitant, *applied.dropped, *beside)

    async def go_on(self, language: Language) -> Acted:
        """Go on with the flows until the first question, preview or hand-off. Raises FlowTooLongError."""
        turn = self._turn(language)
        gate = self._gate(language)
        evaluation = await self._abilities.flows.evaluate(self._state, gate, turn=turn)
        self._state = evaluation.state
        is_empty = self._context.state.dialogue is None and not self.is_busy and not evaluation.state.slots
        dialogue = None if is_empty else to_json(evaluation.state)
        outputs = (*self._acknowledged, *evaluation.outputs)
        return Acted(outputs, gate.log, dialogue, self._kept(), self._withdrawn(evaluation.voided))

    def _withdrawn(self, voided: tuple[str, ...]) -> tuple[str, ...]:
        """What was taken back and is not asked for again. A new preview has replaced what waited before it."""
        pending = self._state.pending
        is_new = pending is not None and pending.turn_id == self._context.turn_id
        kept = "" if pending is None else pending.id
        return () if is_new else tuple(one for one in dict.fromkeys((*self._voided, *voided)) if one != kept)

    def _refusals(self, commands: tuple[Command, ...]) -> tuple[Output, ...]:
        """Why the answer to the open question was not taken, in the words of the plugin whose type it has."""
        expected = self._abilities.flows.expectation(self._state)
        if expected is None or any(
            isinstance(one.action, SetSlot) and one.action.slot == expected.slot for one in commands
        ):
            return ()
        asked = self.asked_type()
        reasons = dict.fromkeys(mark.refusal for mark in self._marks if mark.type == asked and mark.refusal)
        return tuple(Say("", Wording("{reason}", "{reason}"), "", {"reason": reason}) for reason in reasons)

    def _kept(self) -> tuple[KeepFact, ...]:
        slots = self._state.slots.get(CONVERSATION, {})
        names = {
            spec.name
            for flow in self._abilities.flows.flows.values()
            for spec in flow.slots.values()
            if spec.keep == "profile"
        }
        return tuple(
            KeepFact(name, slots[name].value, slots[name].display)
            for name in sorted(names & set(slots))
            if slots[name].is_resolved and not slots[name].is_skipped and slots[name].turn_id == self._context.turn_id
        )

    def _gate(self, language: Language) -> GatedTools:
        confirmed = self._confirmed
        turn = self._gate_turn(language)
        if confirmed is not None:
            turn = replace(turn, confirmed_hash=confirmed.arguments_hash, pending=_to_pending(confirmed))
        return self._abilities.gate.for_turn(turn)

    def _gate_turn(self, language: Language) -> GateTurn:
        """Without anything confirmed."""
        context = self._context
        return GateTurn(
            workspace_id=context.workspace_id,
            conversation_id=context.conversation_id,
            turn_id=context.turn_id,
            contact=context.contact,
            now=context.now,
            language=language,
            lease=context.lease,
        )

    def _turn(self, language: Language) -> TurnFacts:
        context = self._context
        return TurnFacts(
            turn_id=context.turn_id,
            now=context.local_now,
            language=language,
            auth=context.contact.auth.value,
            consents=_consents(context),
            policy=self._abilities.policy,
            profile={fact.name: _to_slot(fact) for fact in context.profile.facts},
        )


def _without_hasty_yes(commands: tuple[Command, ...]) -> tuple[tuple[Command, ...], tuple[Dropped, ...]]:
    """A yes beside a «wait» is none (确认，等等)."""
    if not any(command.rule == _WAIT for command in commands):
        return commands, ()
    yes = tuple(command for command in commands if isinstance(command.action, Affirm))
    return tuple(one for one in commands if one not in yes), tuple(Dropped(one, DropReason.HASTY_YES) for one in yes)


def _consents(context: TurnContext) -> frozenset[str]:
    """What the contact has agreed to: here, or in the other system, which says so by segments of the signed identity."""
    told = (one.removeprefix(_CONSENT) for one in context.contact.segments if one.startswith(_CONSENT))
    return frozenset((*told, *((PROFILE,) if context.profile.consent is Consent.GIVEN else ())))


def _to_slot(fact: ContactFact) -> SlotValue:
    return SlotValue(fact.value, fact.display, PROFILE, 1.0, fact.turn_id)


def _to_pending(reference: PendingReference) -> Pending:
    """What the log says was shown; its arguments are the gate's own."""
    return Pending(reference.id, reference.tool, {}, reference.arguments_hash, {}, reference.expires_at)


def _slot_context(context: TurnContext, language: Language, expected: Expectation | None) -> SlotContext:
    shown = () if expected is None else tuple(to_choice(one, language) for one in expected.choices)
    return SlotContext(context.local_now, language, shown=shown)
