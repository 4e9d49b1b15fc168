"""One turn, one way: the steps of docs/architecture.md, from what was heard to what is said."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.composing import Screen, screen_nothing
from kefu.dialogue.answering import Answering
from kefu.dialogue.commands import AskKB, Command, Dropped, Handoff, Plan
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch, Finished, Said
from kefu.dialogue.extending.extensions import Asking, Extensions
from kefu.dialogue.extending.guarding import Admittance, Guards
from kefu.dialogue.extending.marking import Marks, find_marks
from kefu.dialogue.extending.outward import Outward
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.handoff import PolicyRules
from kefu.dialogue.hard_turns import HardRead, HardTurns
from kefu.dialogue.hearing import Heard, hear
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.memory.profile import Remembering
from kefu.dialogue.outcome import Outcome
from kefu.dialogue.ports import Ports
from kefu.dialogue.processing import process
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.wishes import intents_of
from kefu.dialogue.spending import Spending
from kefu.dialogue.taping.plugin_calls import record_extensions
from kefu.dialogue.taping.recording import RecordingKnowledge, record_abilities, record_ports
from kefu.dialogue.taping.tape import Tape
from kefu.dialogue.trace import Trace
from kefu.dialogue.trace_commands import trace_command, trace_dropped, trace_recognised
from kefu.dialogue.tracing import trace_guard, trace_heard
from kefu.dialogue.versions import versions_of
from kefu.dialogue.work import Work
from kefu.domain.profile import Profile
from kefu.domain.trace import Stage
from kefu.domain.turn import Decision, DeltaKind, HandoffReason
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.knowledge.port import KnowledgePort
from kefu.plugins.guards import GuardAction

_HASH = 12


@dataclass(frozen=True, slots=True)
class Outside:
    """All that one turn may ask: what answers now, or what a tape says.

    ``abilities`` None: there are no flows. ``extensions`` None: no plugin reads or guards anything.
    """

    knowledge: KnowledgePort
    abilities: Abilities | None
    extensions: Extensions | None
    ports: Ports


class Engine:
    """Runs a turn. The same context and the same answers from outside give the same events."""

    def __init__(
        self,
        *,
        guard: InputGuard,
        policies: PolicyRules,
        mood: Mood,
        proposer: Proposer,
        hard_turns: HardTurns,
        answering: Answering,
        strings: Strings,
        clock: Clock,
    ) -> None:
        self._strings = strings
        self._guard = guard
        self._policies = policies
        self._mood = mood
        self._proposer = proposer
        self._hard_turns = hard_turns
        self._answering = answering
        self._ports = answering.ports(clock)

    async def run(
        self,
        context: TurnContext,
        index: KnowledgePort,
        abilities: Abilities | None = None,
        extensions: Extensions | None = None,
        *,
        tape: Tape | None = None,
    ) -> AsyncGenerator[Batch, None]:
        """Yield what is ready, in order; the last batch ends with ``Finished``.

        ``abilities`` None: the workspace has no flows, it only answers. ``extensions``: of its plugins beside flows.
        ``tape`` is written on.
        """
        tape = Tape() if tape is None else tape
        trace = Trace(self._ports.clock, self.versions(index.versions, abilities, context.profile))
        tape.trace = trace
        if abilities is not None:
            gate, classifier = record_abilities(abilities, tape, trace)
            abilities = replace(abilities, gate=gate, classifier=classifier)
        if extensions is not None:
            extensions = record_extensions(extensions, tape)
        outside = Outside(
            RecordingKnowledge(index, tape), abilities, extensions, record_ports(self._ports, tape, trace)
        )
        async with aclosing(self.perform(context, outside, trace)) as batches:
            async for batch in batches:
                yield batch

    def versions(self, knowledge: Mapping[str, str], abilities: Abilities | None, profile: Profile) -> dict[str, str]:
        """Of all that may change what a turn decides and is not among its inputs, by name."""
        own = {} if abilities is None else abilities.versions
        allowed = {"facts": sha256_of(list(map(repr, profile.allowed)))[:_HASH]} if profile.allowed else {}
        return {**versions_of(), "memory": str(self._answering.memory_tokens), **knowledge, **own, **allowed}

    async def perform(self, context: TurnContext, outside: Outside, trace: Trace) -> AsyncGenerator[Batch, None]:
        """The turn itself, live or played again: it cannot tell which."""
        heard = hear(context)
        trace_heard(trace, context, heard)
        turn = _Turn(context, heard, outside, trace)
        if outside.extensions is None:
            batches = self._go_on(turn, _Found())
        else:
            asking = Asking(outside.extensions, context, heard.language, trace)
            guards = Guards(asking)
            batches = self._with_plugins(turn, asking, guards)
            batches = Outward(guards, context, strings=self._strings, trace=trace).pass_on(batches)
        async with aclosing(batches) as stream:
            async for batch in stream:
                yield batch

    async def _with_plugins(self, turn: "_Turn", asking: Asking, guards: Guards) -> AsyncGenerator[Batch, None]:
        """Guards and marks of plugins first; what a guard refuses ends here."""
        admitted = await guards.admit(turn.heard.original)
        told = admitted.text
        if admitted.action is GuardAction.REFUSE:
            told = told or self._strings.get("guard_refused", turn.heard.language)
            yield (Said(told, DeltaKind.TEMPLATE), _refused(turn))
            return
        acting = turn.acting(turn.context)
        types, asked = (frozenset[str](), "") if acting is None else (acting.own_types(), acting.asked_type())
        marks = await find_marks(asking, turn.heard, turn.context, types=types, asked=asked)
        if told:
            yield (Said(f"{told}\n\n", DeltaKind.TEMPLATE),)
        masked = replace(turn, context=marks.mask_past(turn.context))
        async with aclosing(self._go_on(masked, _Found(marks, admitted), screen=guards.pass_on)) as batches:
            async for batch in batches:
                yield batch

    async def _go_on(
        self, turn: "_Turn", found: "_Found", *, screen: Screen = screen_nothing
    ) -> AsyncGenerator[Batch, None]:
        """Steps 4 to 9."""
        context, heard, trace = turn.context, turn.heard, turn.trace
        verdict, policy = self._guard.check(heard), self._policies.find(heard)
        if context.mood is None:
            context = replace(context, mood=self._mood.read(heard.original).anger)
        trace_guard(trace, verdict, policy=policy, mood=context.mood)
        acting, spending = turn.acting(context), Spending()
        may_ask = verdict.is_trusted and policy is None and found.may_reach_model
        read = await self._read(replace(turn, context=context), acting, found, may_ask=may_ask, spending=spending)
        remembering = Remembering(
            context, strings=self._strings, language=heard.language, is_trusted=verdict.is_trusted
        )
        commands = remembering.apply(read.commands)
        is_for_people = policy is not None or any(isinstance(command.action, Handoff) for command in commands)
        dropped: tuple[Dropped, ...] = ()
        if acting is not None and not is_for_people:
            commands, dropped = acting.apply(commands, trace)
        plan = process(commands, context.state, policy=policy)
        _trace_plan(trace, plan, dropped)
        work = Work(
            context,
            heard,
            turn.outside.knowledge,
            is_trusted=verdict.is_trusted,
            trace=trace,
            citations=CitationList(context.turn_id),
            outcome=Outcome(heard.language),
            is_multiple=sum(isinstance(command.action, AskKB) for command in plan.commands) > 1,
            remembering=remembering,
            acting=acting,
            found=read.found,
            spending=spending,
            screen=screen,
            may_reach_model=verdict.is_trusted and found.marks.is_complete,
        )
        async with aclosing(self._answering.using(turn.outside.ports).carry_out(plan, work)) as batches:
            async for batch in batches:
                yield batch

    async def _read(
        self, turn: "_Turn", acting: Acting | None, found: "_Found", *, may_ask: bool, spending: Spending
    ) -> HardRead:
        """What the customer asks for: by rules and classifier, and of a hard turn, where there is one, by a model too.

        Questions have no personal words any more. What a guard gives to people is for people.
        """
        situation = None if acting is None else acting.situation(found.marks.slots)
        commands = self._proposer.propose(turn.heard, situation, allowed=turn.context.profile.allowed)
        if acting is not None:
            turn.trace.titles = _titles_of(acting.flows)
            trace_recognised(turn.trace, acting.recognised)
        if found.admitted.action is GuardAction.HAND_OFF:
            return HardRead((_to_person(found.admitted.rule),))
        commands = tuple(_masked(command, found.marks) for command in commands)
        if situation is None:
            return HardRead(commands)
        answering, language = self._answering.using(turn.outside.ports), turn.heard.language
        return await self._hard_turns.using(turn.outside.ports).read(
            commands,
            context=turn.context,
            heard=turn.heard,
            situation=situation,
            look_up=lambda question: answering.look_up(question, language, turn.outside.knowledge),
            may_ask=may_ask,
            trace=turn.trace,
            spending=spending,
        )


@dataclass(frozen=True, slots=True)
class _Turn:
    """What every step of one turn needs."""

    context: TurnContext
    heard: Heard
    outside: Outside
    trace: Trace

    def acting(self, context: TurnContext) -> Acting | None:
        """None: nothing but answers, for lack of flows or because an agent is waited for."""
        abilities = self.outside.abilities
        return None if abilities is None or context.is_queued else Acting(abilities, context, self.heard)


@dataclass(frozen=True, slots=True)
class _Found:
    """What plugins have said of the messages."""

    marks: Marks = field(default_factory=Marks)
    admitted: Admittance = field(default_factory=Admittance)

    @property
    def may_reach_model(self) -> bool:
        """Whether a model may read the messages as they came: nothing in them is masked, and nothing was overlooked."""
        return self.marks.is_complete and not self.marks.personal


def _refused(turn: _Turn) -> Finished:
    """The end of a turn whose messages a guard has refused; the dialogue stays where it was."""
    turn.trace.add(Stage.FINISH, Decision.REFUSE.value, reason="guard_refused")
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


def _titles_of(flows: Mapping[str, Flow]) -> dict[str, JsonObject]:
    """How people read the names of flows, of the intents that start them, and of their slots."""
    slots = {spec.name: spec.title for flow in flows.values() for spec in flow.slots.values() if spec.title is not None}
    named = {name: flow.title for flow in flows.values() for name in (*intents_of(flow), flow.name)}
    return {name: {"zh": title.zh, "en": title.en} for name, title in {**slots, **named}.items()}


def _trace_plan(trace: Trace, plan: Plan, earlier: tuple[Dropped, ...]) -> None:
    for command in plan.commands:
        trace_command(trace, command)
    for dropped in (*earlier, *plan.dropped):
        trace_dropped(trace, dropped)
