"""One turn, one way: the steps of docs/architecture.md, from what was heard to what is said."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.composing import Screen, screen_nothing
from kefu.dialogue.answering import Answering, Manner
from kefu.dialogue.commands import AskKB, Command, Dropped, Handoff, Plan
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch, Finished, Said
from kefu.dialogue.extending.extensions import Asking, Extensions
from kefu.dialogue.extending.guarding import Admittance, Guards
from kefu.dialogue.extending.marking import Marks, find_marks
from kefu.dialogue.extending.outward import Outward
from kefu.dialogue.guard.input import InputGuard, InputVerdict
from kefu.dialogue.handoff import PolicyRules
from kefu.dialogue.hearing import Heard, hear
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.memory.profile import Remembering
from kefu.dialogue.processing import process
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.trace import Trace
from kefu.dialogue.trace_commands import trace_command
from kefu.domain.turn import Decision, DeltaKind, HandoffReason
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.knowledge.index import KnowledgeIndex
from kefu.plugins.guards import GuardAction


class Engine:
    """Runs a turn. The same context, knowledge and model replies give the same events."""

    def __init__(
        self,
        *,
        guard: InputGuard,
        policies: PolicyRules,
        mood: Mood,
        proposer: Proposer,
        answering: Answering,
        strings: Strings,
        clock: Clock,
    ) -> None:
        self._strings = strings
        self._guard = guard
        self._policies = policies
        self._mood = mood
        self._proposer = proposer
        self._answering = answering
        self._clock = clock

    async def run(
        self,
        context: TurnContext,
        index: KnowledgeIndex,
        abilities: Abilities | None = None,
        extensions: Extensions | None = None,
    ) -> AsyncGenerator[Batch, None]:
        """Yield what is ready, in order; the last batch ends with ``Finished``.

        ``abilities`` None: the workspace has no flows, it only answers. ``extensions``: of its plugins beside flows.
        """
        trace = Trace(self._clock)
        heard = hear(context)
        trace.add("normalise", heard.language, reason="language of the newest message")
        verdict = self._guard.check(heard)
        _trace_guard(trace, verdict)
        turn = _Turn(context, heard, index, verdict.is_trusted, trace)
        if extensions is None:
            batches = self._go_on(turn, abilities, _Found())
        else:
            asking = Asking(extensions, context, heard.language, trace)
            guards = Guards(asking)
            batches = self._with_plugins(turn, abilities, asking, guards)
            batches = Outward(guards, context, strings=self._strings, trace=trace).pass_on(batches)
        async with aclosing(batches) as stream:
            async for batch in stream:
                yield batch

    async def _with_plugins(
        self, turn: "_Turn", abilities: Abilities | None, asking: Asking, guards: Guards
    ) -> AsyncGenerator[Batch, None]:
        """Guards and marks of plugins first; what a guard refuses ends here."""
        admitted = await guards.admit(turn.heard.original)
        told = admitted.text
        if admitted.action is GuardAction.REFUSE:
            told = told or self._strings.get("guard_refused", turn.heard.language)
            yield (Said(told, DeltaKind.TEMPLATE), _refused(turn))
            return
        acting = self._acting(turn, abilities)
        types, asked = (frozenset[str](), "") if acting is None else (acting.own_types(), acting.asked_type())
        marks = await find_marks(asking, turn.heard, turn.context, types=types, asked=asked)
        found = _Found(marks, admitted)
        if told:
            yield (Said(f"{told}\n\n", DeltaKind.TEMPLATE),)
        masked = replace(turn, context=marks.mask_past(turn.context))
        async with aclosing(self._go_on(masked, abilities, found, screen=guards.pass_on)) as batches:
            async for batch in batches:
                yield batch

    async def _go_on(
        self, turn: "_Turn", abilities: Abilities | None, found: "_Found", *, screen: Screen = screen_nothing
    ) -> AsyncGenerator[Batch, None]:
        """Steps 5 to 9."""
        context, heard, trace, marks = turn.context, turn.heard, turn.trace, found.marks
        policy = self._policies.find(heard)
        if context.mood is None:
            context = replace(context, mood=self._mood.read(heard.original).anger)
        acting = self._acting(replace(turn, context=context), abilities)
        commands = self._proposer.propose(
            heard, None if acting is None else acting.situation(marks.slots), allowed=context.profile.allowed
        )
        if found.admitted.action is GuardAction.HAND_OFF:
            commands = (_to_person(found.admitted.rule),)
        commands = tuple(_masked(command, marks) for command in commands)
        remembering = Remembering(context, strings=self._strings, language=heard.language, is_trusted=turn.is_trusted)
        commands = remembering.apply(commands)
        is_for_people = policy is not None or any(isinstance(command.action, Handoff) for command in commands)
        dropped: tuple[Dropped, ...] = ()
        if acting is not None and not is_for_people:
            commands, dropped = acting.apply(commands, trace)
        plan = process(commands, context.state, policy=policy)
        _trace_plan(trace, plan, dropped)
        reply = self._answering.carry_out(
            plan,
            context=context,
            heard=heard,
            index=turn.index,
            is_trusted=turn.is_trusted,
            trace=trace,
            remembering=remembering,
            acting=acting,
            manner=Manner(screen, is_masked=marks.is_complete),
        )
        async with aclosing(reply) as batches:
            async for batch in batches:
                yield batch

    def _acting(self, turn: "_Turn", abilities: Abilities | None) -> Acting | None:
        """None: nothing but answers, for lack of flows or because an agent is waited for."""
        return None if abilities is None or turn.context.is_queued else Acting(abilities, turn.context, turn.heard)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What every step of one turn needs."""

    context: TurnContext
    heard: Heard
    index: KnowledgeIndex
    is_trusted: bool
    trace: Trace


@dataclass(frozen=True, slots=True)
class _Found:
    """What plugins have said of the messages."""

    marks: Marks = field(default_factory=Marks)
    admitted: Admittance = field(default_factory=Admittance)


def _refused(turn: _Turn) -> Finished:
    """The end of a turn whose messages a guard has refused; the dialogue stays where it was."""
    turn.trace.add("finish", Decision.REFUSE, reason="a guard has refused the message")
    return Finished(
        decision=Decision.REFUSE,
        confidence=None,
        language=turn.heard.language,
        quick_replies=(),
        open_question=turn.context.state.open_question,
        unanswered=None,
        trace=turn.trace.to_json(),
        dialogue=turn.context.state.dialogue,
    )


def _to_person(rule: str) -> Command:
    action = Handoff(HandoffReason.POLICY_RESTRICTION)
    return Command(action, source="rule", rule=f"guard:{rule}", span=None, probability=1.0)


def _masked(command: Command, marks: Marks) -> Command:
    """A question without personal words: it is looked up, shown to models, and kept in lists."""
    if not isinstance(command.action, AskKB) or not marks.personal:
        return command
    return replace(command, action=AskKB(marks.mask(command.action.query)))


def _trace_guard(trace: Trace, verdict: InputVerdict) -> None:
    chosen = "allow" if verdict.is_trusted else "distrust"
    trace.add("guard_in", chosen, reason="markers of instructions" if verdict.markers else "no marker")


def _trace_plan(trace: Trace, plan: Plan, earlier: tuple[Dropped, ...]) -> None:
    for command in plan.commands:
        trace_command(trace, command)
    for dropped in (*earlier, *plan.dropped):
        trace.add("process", f"dropped {dropped.command.name}", reason=dropped.reason)
