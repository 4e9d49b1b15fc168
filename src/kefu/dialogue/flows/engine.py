"""The flows of one workspace as one object: what is expected, what commands change, what is said and done next."""

from collections.abc import Mapping

from kefu.dialogue.commands import Command
from kefu.dialogue.flows.applying import Applied, apply
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.evaluator import evaluate
from kefu.dialogue.flows.expectation import Expectation, expectation
from kefu.dialogue.flows.outputs import Evaluation
from kefu.dialogue.flows.port import ToolPort
from kefu.dialogue.flows.slot_types import Matcher
from kefu.dialogue.flows.state import DialogueState, TurnFacts
from kefu.kit.strings import Strings


class FlowEngine:
    """Pure but for the tools: the same state, commands, turn and answers of tools give the same outputs."""

    def __init__(self, flows: Mapping[str, Flow], *, strings: Strings, matcher: Matcher | None = None) -> None:
        self.flows = flows
        self._strings = strings
        self._matcher = matcher

    def expectation(self, state: DialogueState) -> Expectation | None:
        """What the next message may be answering."""
        return expectation(state, self.flows)

    def apply(self, commands: tuple[Command, ...], state: DialogueState, turn: TurnFacts) -> Applied:
        """Carry out the commands that are about flows. Tell the gate what was ``confirmed`` and ``voided``."""
        return apply(commands, state, self.flows, turn=turn, strings=self._strings)

    async def evaluate(self, state: DialogueState, port: ToolPort, *, turn: TurnFacts) -> Evaluation:
        """Go on until the first question, preview or hand-off. Raises FlowTooLongError."""
        return await evaluate(state, self.flows, port, turn=turn, matcher=self._matcher)
