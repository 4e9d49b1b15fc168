"""One turn, one way: the steps of docs/architecture.md, from what was heard to what is said."""

from collections.abc import AsyncGenerator

from kefu.dialogue.answering import Answering
from kefu.dialogue.commands import Plan
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch
from kefu.dialogue.guard.input import InputGuard, InputVerdict
from kefu.dialogue.handoff import PolicyRules
from kefu.dialogue.hearing import hear
from kefu.dialogue.processing import process
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.trace import Choice, Trace
from kefu.kit.clock import Clock
from kefu.knowledge.index import KnowledgeIndex


class Engine:
    """Runs a turn. The same context, knowledge and model replies give the same events."""

    def __init__(
        self, *, guard: InputGuard, policies: PolicyRules, proposer: Proposer, answering: Answering, clock: Clock
    ) -> None:
        self._guard = guard
        self._policies = policies
        self._proposer = proposer
        self._answering = answering
        self._clock = clock

    async def run(self, context: TurnContext, index: KnowledgeIndex) -> AsyncGenerator[Batch, None]:
        """Yield what is ready, in order; the last batch ends with ``Finished``."""
        trace = Trace(self._clock)
        heard = hear(context)
        trace.add("normalise", heard.language, reason="language of the newest message")
        verdict = self._guard.check(heard)
        _trace_guard(trace, verdict)
        policy = self._policies.find(heard)
        plan = process(self._proposer.propose(heard), context.state, policy=policy)
        _trace_plan(trace, plan)
        reply = self._answering.carry_out(
            plan, context=context, heard=heard, index=index, is_trusted=verdict.is_trusted, trace=trace
        )
        async for batch in reply:
            yield batch


def _trace_guard(trace: Trace, verdict: InputVerdict) -> None:
    chosen = "allow" if verdict.is_trusted else "distrust"
    trace.add("guard_in", chosen, reason="markers of instructions" if verdict.markers else "no marker")


def _trace_plan(trace: Trace, plan: Plan) -> None:
    for command in plan.commands:
        choice = Choice(command.name, command.probability)
        trace.add("propose", command.name, reason=f"{command.source}:{command.rule}", alternatives=(choice,))
    for dropped in plan.dropped:
        trace.add("process", f"dropped {dropped.command.name}", reason=dropped.reason)
