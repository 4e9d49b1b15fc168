"""One turn, one way: the steps of docs/architecture.md, from what was heard to what is said."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.acting import Acting
from kefu.dialogue.answering import Answering
from kefu.dialogue.commands import Dropped, Handoff, Plan
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.handoff import PolicyRules
from kefu.dialogue.hearing import hear
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.memory.profile import Remembering
from kefu.dialogue.ports import Ports
from kefu.dialogue.processing import process
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.wishes import intents_of
from kefu.dialogue.taping.recording import RecordingKnowledge, record_abilities, record_ports
from kefu.dialogue.taping.tape import Tape
from kefu.dialogue.trace import Trace
from kefu.dialogue.trace_commands import trace_command, trace_dropped, trace_recognised
from kefu.dialogue.tracing import trace_guard, trace_heard
from kefu.dialogue.versions import versions_of
from kefu.domain.profile import Profile
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.knowledge.port import KnowledgePort

_HASH = 12


@dataclass(frozen=True, slots=True)
class Outside:
    """All that one turn may ask: what answers now, or what a tape says. ``abilities`` None: there are no flows."""

    knowledge: KnowledgePort
    abilities: Abilities | None
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
        self._ports = answering.ports(clock)

    async def run(
        self,
        context: TurnContext,
        index: KnowledgePort,
        abilities: Abilities | None = None,
        *,
        tape: Tape | None = None,
    ) -> AsyncGenerator[Batch, None]:
        """Yield what is ready, in order; the last batch ends with ``Finished``.

        ``abilities`` None: the workspace has no flows, it only answers. ``tape`` is written on.
        """
        tape = Tape() if tape is None else tape
        trace = Trace(self._ports.clock, self.versions(index.versions, abilities, context.profile))
        tape.trace = trace
        if abilities is not None:
            gate, classifier = record_abilities(abilities, tape, trace)
            abilities = replace(abilities, gate=gate, classifier=classifier)
        outside = Outside(RecordingKnowledge(index, tape), abilities, record_ports(self._ports, tape, trace))
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
        verdict = self._guard.check(heard)
        policy = self._policies.find(heard)
        if context.mood is None:
            context = replace(context, mood=self._mood.read(heard.original).anger)
        trace_guard(trace, verdict, policy=policy, mood=context.mood)
        has_flows = outside.abilities is not None and not context.is_queued
        acting = Acting(outside.abilities, context, heard) if has_flows and outside.abilities is not None else None
        commands = self._proposer.propose(
            heard, None if acting is None else acting.situation(), allowed=context.profile.allowed
        )
        if acting is not None:
            trace.titles = _titles_of(acting.flows)
            trace_recognised(trace, acting.recognised)
        remembering = Remembering(
            context, strings=self._strings, language=heard.language, is_trusted=verdict.is_trusted
        )
        commands = remembering.apply(commands)
        is_for_people = policy is not None or any(isinstance(command.action, Handoff) for command in commands)
        dropped: tuple[Dropped, ...] = ()
        if acting is not None and not is_for_people:
            commands, dropped = acting.apply(commands, trace)
        plan = process(commands, context.state, policy=policy)
        _trace_plan(trace, plan, dropped)
        reply = self._answering.using(outside.ports).carry_out(
            plan,
            context=context,
            heard=heard,
            index=outside.knowledge,
            is_trusted=verdict.is_trusted,
            trace=trace,
            remembering=remembering,
            acting=acting,
        )
        async with aclosing(reply) as batches:
            async for batch in batches:
                yield batch


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
