"""Steps 6 and 7 for flows: commands change the dialogue, flows go on, tools are asked through the gate."""

from dataclasses import dataclass, replace

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.commands import (
    Affirm,
    AskKB,
    Cancel,
    CannotHandle,
    Command,
    Deny,
    Dropped,
    KeepFact,
    Skip,
    SmallTalk,
)
from kefu.dialogue.context import TurnContext
from kefu.dialogue.flows.expectation import Expectation
from kefu.dialogue.flows.outputs import Output
from kefu.dialogue.flows.speaking import Speaking, ToolTexts
from kefu.dialogue.flows.state import CONVERSATION, PROFILE, DialogueState, PendingReference, SlotValue, TurnFacts
from kefu.dialogue.flows.state_json import from_json, to_json
from kefu.dialogue.hearing import Heard
from kefu.dialogue.intents.once import OnceClassifier
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.slot_types import to_choice
from kefu.dialogue.slots import SlotContext
from kefu.dialogue.tools.gate import TurnTools
from kefu.dialogue.tools.results import GateFact, Pending
from kefu.dialogue.tools.turn import GateTurn
from kefu.dialogue.trace import Trace
from kefu.dialogue.trace_commands import trace_command
from kefu.domain.action import Caller
from kefu.domain.conversation import Language
from kefu.domain.profile import ContactFact
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings

_BESIDE = SmallTalk | CannotHandle | Affirm | Deny | Cancel | Skip
"""What is left without a word while a flow speaks."""
_WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Acted:
    """What the flows want said, in order, and what the gate did for them."""

    outputs: tuple[Output, ...]
    facts: tuple[GateFact, ...]
    dialogue: JsonObject | None
    """The flows as they are left; None: there was nothing, and there is nothing."""
    kept: tuple[KeepFact, ...] = ()
    """Values of this turn that flows keep in the contact's profile."""


class Acting:
    """The flows of one turn: first ``situation``, then ``apply``, then ``go_on``."""

    def __init__(self, abilities: Abilities, context: TurnContext, heard: Heard) -> None:
        self._abilities = abilities
        self._context = context
        self._heard = heard
        stored = context.state.dialogue
        self._state = DialogueState() if stored is None else from_json(stored)
        self._acknowledged: tuple[Output, ...] = ()
        self._confirmed: PendingReference | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a flow is open or a question of one waits."""
        return bool(self._state.stack) or self._state.open is not None

    @property
    def is_open_to_models(self) -> bool:
        """Whether a model may look things up with tools of this workspace."""
        return self._abilities.is_open_to_models

    @property
    def texts(self) -> ToolTexts | None:
        return self._abilities.texts

    def tools_for_model(self, language: Language) -> TurnTools:
        """The gate for a model: nothing that was confirmed counts there, and nothing can be written."""
        return self._abilities.gate.for_turn(replace(self._gate_turn(language), caller=Caller.MODEL))

    def speaking(self, strings: Strings) -> Speaking:
        """How outputs of these flows are worded."""
        return Speaking(strings, self._abilities.flows.flows, self._abilities.texts)

    def situation(self) -> Situation:
        """What the turn's messages fall into."""
        flows, state = self._abilities.flows.flows, self._state
        opened = tuple(flows[frame.flow] for frame in reversed(state.stack) if frame.flow in flows)
        expected = self._abilities.flows.expectation(state)
        classifier = self._abilities.classifier
        scopes = [CONVERSATION, *(frame.id for frame in state.stack)]
        known = {name: one.value for scope in scopes for name, one in state.slots.get(scope, {}).items()}
        return Situation(
            flows=flows,
            open_flows=opened,
            expectation=expected,
            values=known,
            shown=state.stack[-1].shown if state.stack else {},
            context=_slot_context(self._context, self._heard.language, expected),
            classifier=None if classifier is None else OnceClassifier(classifier),
        )

    def apply(self, commands: tuple[Command, ...], trace: Trace) -> tuple[tuple[Command, ...], tuple[Dropped, ...]]:
        """Carry out what is about flows; the commands that are left, and those dropped with a reason."""
        commands, hesitant = _without_hasty_yes(commands)
        applied = self._abilities.flows.apply(commands, self._state, self._turn(self._heard.language))
        self._state, self._acknowledged = applied.state, applied.outputs
        self._confirmed = applied.confirmed
        dropped = [one.command for one in applied.dropped]
        for command in commands:
            if command not in applied.rest and command not in dropped:
                trace_command(trace, command)
        if not self.is_busy and not applied.outputs:
            return applied.rest, (*hesitant, *applied.dropped)
        has_question = any(isinstance(command.action, AskKB) for command in applied.rest)
        left = tuple(one for one in applied.rest if not isinstance(one.action, _BESIDE))
        reason = "courtesy beside a request" if has_question else "courtesy beside a flow"
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
        return Acted((*self._acknowledged, *evaluation.outputs), gate.log, dialogue, self._kept())

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

    def _gate(self, language: Language) -> TurnTools:
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
            policy=self._abilities.policy,
            profile={fact.name: _to_slot(fact) for fact in context.profile.facts},
        )


def _without_hasty_yes(commands: tuple[Command, ...]) -> tuple[tuple[Command, ...], tuple[Dropped, ...]]:
    """A yes beside a «wait» is none (确认，等等)."""
    if not any(command.rule == _WAIT for command in commands):
        return commands, ()
    yes = tuple(command for command in commands if isinstance(command.action, Affirm))
    return tuple(one for one in commands if one not in yes), tuple(
        Dropped(one, "a wait came with the yes") for one in yes
    )


def _to_slot(fact: ContactFact) -> SlotValue:
    return SlotValue(fact.value, fact.display, PROFILE, 1.0, fact.turn_id)


def _to_pending(reference: PendingReference) -> Pending:
    """What the log says was shown; its arguments are the gate's own."""
    return Pending(reference.id, reference.tool, {}, reference.arguments_hash, {}, reference.expires_at)


def _slot_context(context: TurnContext, language: Language, expected: Expectation | None) -> SlotContext:
    shown = () if expected is None else tuple(to_choice(one, language) for one in expected.choices)
    return SlotContext(context.local_now, language, shown=shown)
