"""One turn, one way: the steps of docs/architecture.md, from what was heard to what is said."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.answering import Answering
from kefu.dialogue.commands import AskKB, Command, Dropped, Handoff, Plan
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch
from kefu.dialogue.guard.input import InputGuard, InputVerdict
from kefu.dialogue.handoff import PolicyRules
from kefu.dialogue.hard_turns import HardTurns
from kefu.dialogue.hearing import Heard, hear
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.memory.profile import Remembering
from kefu.dialogue.processing import process
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.spending import Spending
from kefu.dialogue.trace import Trace
from kefu.dialogue.trace_commands import trace_command
from kefu.dialogue.work import Outcome, Work
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.knowledge.index import KnowledgeIndex


class Engine:
    """Runs a turn. The same context, knowledge and model replies give the same events."""

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
        self._clock = clock

    async def run(
        self, context: TurnContext, index: KnowledgeIndex, abilities: Abilities | None = None
    ) -> AsyncGenerator[Batch, None]:
        """Yield what is ready, in order; the last batch ends with ``Finished``.

        ``abilities`` None: the workspace has no flows, it only answers.
        """
        trace = Trace(self._clock)
        heard = hear(context)
        trace.add("normalise", heard.language, reason="language of the newest message")
        verdict = self._guard.check(heard)
        _trace_guard(trace, verdict)
        policy = self._policies.find(heard)
        if context.mood is None:
            context = replace(context, mood=self._mood.read(heard.original).anger)
        acting = None if abilities is None or context.is_queued else Acting(abilities, context, heard)
        commands, found, spending = await self._read(
            context, heard, index, acting, may_ask=verdict.is_trusted and policy is None, trace=trace
        )
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
        work = Work(
            context,
            heard,
            index,
            is_trusted=verdict.is_trusted,
            trace=trace,
            citations=CitationList(context.turn_id),
            outcome=Outcome(heard.language),
            is_multiple=sum(isinstance(command.action, AskKB) for command in plan.commands) > 1,
            remembering=remembering,
            acting=acting,
            found=found,
            spending=spending,
        )
        async for batch in self._answering.carry_out(plan, work):
            yield batch

    async def _read(
        self,
        context: TurnContext,
        heard: Heard,
        index: KnowledgeIndex,
        acting: Acting | None,
        *,
        may_ask: bool,
        trace: Trace,
    ) -> tuple[tuple[Command, ...], Mapping[str, Finding], Spending]:
        """Rules and classifier; of a hard turn, and where there is one, a model beside them."""
        situation = None if acting is None else acting.situation()
        spending = Spending()
        commands = self._proposer.propose(heard, situation, allowed=context.profile.allowed)
        if situation is None:
            return commands, {}, spending
        read = await self._hard_turns.read(
            commands,
            context=context,
            heard=heard,
            situation=situation,
            look_up=lambda question: self._answering.look_up(question, heard.language, index),
            may_ask=may_ask,
            trace=trace,
            spending=spending,
        )
        return read.commands, read.found, spending


def _trace_guard(trace: Trace, verdict: InputVerdict) -> None:
    chosen = "allow" if verdict.is_trusted else "distrust"
    trace.add("guard_in", chosen, reason="markers of instructions" if verdict.markers else "no marker")


def _trace_plan(trace: Trace, plan: Plan, earlier: tuple[Dropped, ...]) -> None:
    for command in plan.commands:
        trace_command(trace, command)
    for dropped in (*earlier, *plan.dropped):
        trace.add("process", f"dropped {dropped.command.name}", reason=dropped.reason)
