"""Opening, resuming and leaving flows."""

from collections.abc import Mapping
from dataclasses import replace

from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.outputs import Ask
from kefu.dialogue.flows.state import MAX_FRAMES, Frame, OpenQuestion, Shown
from kefu.dialogue.flows.templates import show
from kefu.domain.trace import DropReason

CANCELLED = "cancelled"


class Stack:
    """The open flows of one conversation. A method that says why gives an empty text when the thing was done."""

    def __init__(self, board: Board, flows: Mapping[str, Flow]) -> None:
        self._board = board
        self._flows = flows

    def start(self, name: str) -> str:
        """Open a flow above the others, or come back to it; why not."""
        flow = self._flows.get(name)
        if flow is None:
            return DropReason.UNKNOWN_FLOW
        found = next((frame for frame in self._board.stack if frame.flow == name), None)
        if found is not None and found is self._board.top and not found.is_parked:
            return DropReason.FLOW_OPEN_ALREADY
        strict = self._strict_top()
        if strict is not None and strict.name != name:
            self._board.say("flow_finish_first", title=self.title(strict))
            return DropReason.STRICT_FLOW_OPEN
        if found is not None:
            self._bring_up(found)
        elif len(self._board.stack) >= MAX_FRAMES:
            self._ask_to_close(flow)
            return DropReason.TOO_MANY_FLOWS
        else:
            self._board.void_pending()
            self._board.push(flow)
        self._board.counters.forget("clarify:")
        return ""

    def unpark(self, frame_id: str) -> None:
        """Go on with a flow that the customer was asked about."""
        self._board.change(frame_id, lambda frame: replace(frame, is_parked=False, interrupted=None))

    def cancel(self, name: str | None) -> bool:
        """Leave a flow, by default the uppermost; False: there is none."""
        frames = [frame for frame in self._board.stack if name is None or frame.flow == name]
        if not frames:
            return False
        self._farewell(frames[-1])
        self._board.remove(frames[-1].id, CANCELLED)
        return True

    def cancel_all(self) -> bool:
        """Leave every flow, with one farewell; what was submitted is named for each."""
        frames = list(reversed(self._board.stack))
        self._board.void_pending()
        if len(frames) == 1:
            return self.cancel(None)
        for frame in frames:
            if frame.writes:
                self._farewell(frame)
            self._board.remove(frame.id, CANCELLED)
        if frames:
            self._board.say("flow_all_cancelled")
        return bool(frames)

    def title(self, flow: Flow) -> str:
        return flow.title.get(self._board.turn.language)

    def _strict_top(self) -> Flow | None:
        top = self._board.top
        flow = self._flows.get(top.flow) if top is not None and not top.is_parked else None
        return flow if flow is not None and flow.mode.digressions == "answer_then_resume" else None

    def _bring_up(self, found: Frame) -> None:
        board = self._board
        board.void_pending()
        board.stack = [frame for frame in board.stack if frame.id != found.id]
        board.interrupt()
        board.stack.append(replace(found, is_parked=False, interrupted=None))

    def _ask_to_close(self, wanted: Flow) -> None:
        board = self._board
        open_flows = [self._flows[frame.flow] for frame in board.stack if frame.flow in self._flows]
        choices = tuple(Shown(flow.name, flow.title) for flow in open_flows)
        question = Ask(
            "close", wanted.name, key="flow_close_one", fields={"title": self.title(wanted)}, choices=choices
        )
        board.ask(question, OpenQuestion("close", board.turn.turn_id, choices=choices, target=wanted.name))

    def _farewell(self, frame: Frame) -> None:
        flow = self._flows.get(frame.flow)
        if flow is None:
            self._board.say("flow_all_cancelled")
        elif frame.writes:
            ids = [entry.value.get("id") or self.title(flow) for entry in frame.writes]
            done = show(ids, self._board.turn.language)
            self._board.say("flow_cancelled_after_writes", title=self.title(flow), submitted=done)
        elif flow.cancel is not None:
            self._board.say_wording("cancel", flow.cancel, flow)
        else:
            self._board.say("flow_cancelled", title=self.title(flow))
