"""Flows from the top, each turn: the uppermost first, then those below it that it had interrupted."""

from collections.abc import Mapping
from dataclasses import replace

from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.definition import AUTH_LEVELS, Flow
from kefu.dialogue.flows.outputs import Ask, Evaluation, Required
from kefu.dialogue.flows.port import ToolPort
from kefu.dialogue.flows.running import Budget, FlowRun
from kefu.dialogue.flows.slot_types import Matcher
from kefu.dialogue.flows.state import DialogueState, Frame, OpenQuestion, TurnFacts

EXPIRED, REMOVED = "expired", "removed"


async def evaluate(
    state: DialogueState,
    flows: Mapping[str, Flow],
    port: ToolPort,
    *,
    turn: TurnFacts,
    matcher: Matcher | None = None,
) -> Evaluation:
    """Go on with the open flows until the first question, preview or hand-off. The same state, turn and answers of
    tools give the same outputs. Raises FlowTooLongError beyond 64 steps.
    """
    board = Board(state, turn)
    expire(board, flows)
    _lapse(board)
    if not board.is_asked_by_command:
        await _Evaluator(board, flows, port, matcher=matcher).run()
    return board.freeze()


def expire(board: Board, flows: Mapping[str, Flow]) -> None:
    """Close flows that were left alone for too long; the customer is told."""
    for frame in tuple(board.stack):
        flow = flows.get(frame.flow)
        if flow is not None and board.turn.now - frame.touched_at > flow.mode.expires:
            board.remove(frame.id, EXPIRED)
            board.say("flow_expired", title=flow.title.get(board.turn.language))


def _lapse(board: Board) -> None:
    """A question that is asked only once is closed by the next turn, whatever that was about: a later yes does not
    mean it any more.
    """
    question = board.open
    if question is None or question.turn_id == board.turn.turn_id:
        return
    if question.kind in {"resume", "clarify", "close"} or (question.kind == "offer" and not question.frame_id):
        board.open = None


class _Evaluator:
    def __init__(self, board: Board, flows: Mapping[str, Flow], port: ToolPort, *, matcher: Matcher | None) -> None:
        self._board = board
        self._flows = flows
        self._port = port
        self._matcher = matcher
        self._budget = Budget()

    async def run(self) -> None:
        board = self._board
        while (frame := board.top) is not None:
            flow = self._flows.get(frame.flow)
            if flow is None:
                board.remove(frame.id, REMOVED)
                board.say("flow_removed")
            elif frame.is_parked or not self._may_go_on(frame, flow) or not await self._go_on(frame, flow):
                return
            if board.is_asked_by_command:
                return

    def _may_go_on(self, frame: Frame, flow: Flow) -> bool:
        """Whether the flow may run now: it is not asked about first, and what it needs is there."""
        board, turn = self._board, self._board.turn
        if frame.interrupted is not None and board.turns - frame.interrupted > 1:
            board.change(frame.id, lambda found: replace(found, is_parked=True))
            question = Ask("resume", flow.name, key="flow_resume", fields={"title": flow.title.get(turn.language)})
            board.ask(question, OpenQuestion("resume", turn.turn_id, frame.id, target=flow.name))
            return False
        if AUTH_LEVELS.index(turn.auth) < AUTH_LEVELS.index(flow.needs.auth):
            board.outputs.append(Required(flow.name, "auth", flow.needs.auth))
            return False
        if flow.needs.consent and flow.needs.consent not in turn.consents:
            board.outputs.append(Required(flow.name, "consent", flow.needs.consent))
            return False
        return True

    async def _go_on(self, frame: Frame, flow: Flow) -> bool:
        """Evaluate one flow; False: it waits. An edited flow goes on in its new version: steps that are the same keep
        their place in the journal.
        """
        board = self._board
        board.change(frame.id, lambda found: _touched(found, flow, board.turn))
        run = FlowRun(board, flow, frame, port=self._port, matcher=self._matcher, budget=self._budget)
        ended = await run.run()
        if ended is None:
            return False
        next_flow = next((found.next_flow for found in board.stack if found.id == frame.id), "")
        if ended.farewell is not None:
            board.say_wording("cancel", ended.farewell, flow)
        board.remove(frame.id, ended.outcome)
        if next_flow in self._flows:
            board.push(self._flows[next_flow])
        return True


def _touched(frame: Frame, flow: Flow, turn: TurnFacts) -> Frame:
    return replace(
        frame,
        version=flow.version,
        content_hash=flow.content_hash,
        touched_at=turn.now,
        interrupted=None,
    )
