"""One pass of one flow, from the top to its first question, its end, or a person."""

from kefu.dialogue.flows.asking import Asking
from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.calling import Calling
from kefu.dialogue.flows.collecting import Collector
from kefu.dialogue.flows.control import FlowEndedError, RestartError, StoppedError
from kefu.dialogue.flows.definition import (
    AskAgain,
    Call,
    Collect,
    End,
    Flow,
    ForEach,
    Handoff,
    Offer,
    Review,
    Say,
    Score,
    Step,
    When,
)
from kefu.dialogue.flows.errors import ExpressionError, FlowTooLongError
from kefu.dialogue.flows.port import ToolPort
from kefu.dialogue.flows.reads import hash_of
from kefu.dialogue.flows.scope import FlowScope
from kefu.dialogue.flows.scoring import score
from kefu.dialogue.flows.slot_types import Matcher
from kefu.dialogue.flows.state import Frame
from kefu.dialogue.flows.values import to_json
from kefu.domain.turn import HandoffReason

MAX_STEPS = 64
"""Steps of one turn, all flows together."""
DONE = "done"


class Budget:
    """Counts the steps of one turn."""

    def __init__(self) -> None:
        self._taken = 0

    def take(self, flow: str) -> None:
        """Raises FlowTooLongError."""
        self._taken += 1
        if self._taken > MAX_STEPS:
            raise FlowTooLongError(flow=flow, limit=MAX_STEPS)


class FlowRun:
    """Evaluates one frame. Facts live for one pass; what must last is in the slots and the journal."""

    def __init__(
        self, board: Board, flow: Flow, frame: Frame, *, port: ToolPort, matcher: Matcher | None, budget: Budget
    ) -> None:
        self._board = board
        self._flow = flow
        self._budget = budget
        self._scope = FlowScope(board, flow, frame)
        self._collector = Collector(board, flow, frame.id, scope=self._scope, port=port, matcher=matcher)
        self._asking = Asking(board, flow, frame.id, scope=self._scope, collector=self._collector)
        self._calling = Calling(board, flow, frame.id, collector=self._collector, port=port)
        self._prefix = ""

    async def run(self) -> FlowEndedError | None:
        """How the flow ended; None: it waits, or a person is wanted. Raises FlowTooLongError."""
        try:
            while True:
                try:
                    await self._steps(self._flow.steps)
                except RestartError:
                    self._scope.restart()
                    self._calling.answers = ()
                    continue
                return FlowEndedError(DONE)
        except FlowEndedError as ended:
            return ended
        except StoppedError:
            return None
        except ExpressionError as error:
            self._board.hand_off(HandoffReason.TOOL_FAILURE, f"expression: {error.detail}", self._flow.name)
            return None

    async def _steps(self, steps: tuple[Step, ...]) -> None:
        for number, step in enumerate(steps):
            self._budget.take(self._flow.name)
            following = steps[number + 1] if number + 1 < len(steps) else None
            await self._step(step, following)

    async def _step(self, step: Step, following: Step | None) -> None:
        match step:
            case Collect(slots=slots):
                for name in slots:
                    await self._collector.settle(self._scope.key_of(self._flow.slots[name]))
            case Call():
                await self._call(step)
            case When(condition=condition, do=do, otherwise=otherwise):
                is_true = await self._collector.resolve(lambda: bool(condition.evaluate(self._scope)))
                await self._steps(do if is_true else otherwise)
            case ForEach():
                await self._for_each(step)
            case Score():
                self._scope.facts.update(await self._collector.resolve(lambda: score(step, self._flow, self._scope)))
            case Say():
                await self._asking.say(step, self._prefix)
            case Review():
                self._calling.answers = await self._asking.review(step, self._calling.is_confirmed(following))
            case _:
                await self._ending(step)

    async def _ending(self, step: Step) -> None:
        match step:
            case Offer():
                self._asking.offer(step, self._prefix)
            case AskAgain():
                await self._asking.ask_again(step)
            case Handoff(detail=detail):
                self._collector.give_up(HandoffReason.UNSUPPORTED_REQUEST, detail)
            case End(outcome=outcome):
                raise FlowEndedError(outcome)

    async def _call(self, step: Call) -> None:
        result = await self._calling.call(step)
        if result.status == "succeeded":
            if step.name:
                self._scope.facts[step.name] = result.value
            return
        branch = self._calling.branch(step, result)
        await self._steps(branch.steps)
        raise FlowEndedError(branch.code)

    async def _for_each(self, step: ForEach) -> None:
        entries = await self._collector.resolve(lambda: step.over.evaluate(self._scope))
        if not isinstance(entries, list):
            raise ExpressionError(step.over.source, "is not a list")
        outer = self._prefix
        for entry in entries:
            with self._scope.variable(step.name, entry):
                key = hash_of(to_json(await self._collector.resolve(lambda: step.key.evaluate(self._scope))))
            with self._scope.variable(step.name, entry, key=key):
                self._prefix = f"{outer}{key}/"
                await self._steps(step.do)
        self._prefix = outer
