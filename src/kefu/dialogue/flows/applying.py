"""Commands change the state before flows are evaluated; nothing else does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kefu.dialogue.commands import (
    Affirm,
    Amend,
    AskKB,
    Cancel,
    Clarify,
    ClearSlot,
    Command,
    Deny,
    Dropped,
    SetSlot,
    Skip,
    StartFlow,
)
from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.definition import DECLINED, HANDOFF, Flow
from kefu.dialogue.flows.evaluator import expire
from kefu.dialogue.flows.filling import Filling
from kefu.dialogue.flows.outputs import Ask, HandoffWanted, Offer, Output
from kefu.dialogue.flows.stack import Stack
from kefu.dialogue.flows.state import (
    DialogueState,
    EntryKind,
    JournalEntry,
    OpenQuestion,
    PendingReference,
    Shown,
    TurnFacts,
)
from kefu.domain.trace import DropReason
from kefu.domain.turn import HandoffReason
from kefu.kit.strings import Strings

MOST_CLARIFIED = 2
MOST_OPTIONS = 3
_ORDER = (Cancel, StartFlow, ClearSlot, SetSlot, Skip, Affirm, Deny, Clarify, Amend)
_OURS = frozenset(_ORDER)
_NOT_OURS = "not for an open flow"


@dataclass(frozen=True, slots=True)
class Applied:
    """``outputs`` acknowledge what was changed. ``rest`` are commands that are not about flows. ``confirmed`` is the
    pending action that the customer has said yes to; those ``voided`` must not be carried out any more.
    """

    state: DialogueState
    outputs: tuple[Output, ...]
    dropped: tuple[Dropped, ...]
    rest: tuple[Command, ...]
    confirmed: PendingReference | None
    voided: tuple[str, ...]


def apply(
    commands: tuple[Command, ...],
    state: DialogueState,
    flows: Mapping[str, Flow],
    *,
    turn: TurnFacts,
    strings: Strings,
) -> Applied:
    """Carry out the commands that are about flows."""
    board = Board(state, turn)
    expire(board, flows)
    has_request = any(isinstance(command.action, AskKB) for command in commands)
    application = _Application(board, flows, strings=strings, has_request=has_request)
    ours = [command for command in commands if type(command.action) in _OURS]
    rest = [command for command in commands if type(command.action) not in _OURS]
    dropped: list[Dropped] = []
    for command in sorted(ours, key=lambda command: _ORDER.index(type(command.action))):
        reason = application.refuse(command) or application.carry_out(command)
        if reason == _NOT_OURS:
            rest.append(command)
        elif reason:
            dropped.append(Dropped(command, DropReason(reason)))
    evaluation = board.freeze()
    return Applied(
        state=evaluation.state,
        outputs=evaluation.outputs,
        dropped=tuple(dropped),
        rest=tuple(rest),
        confirmed=application.confirmed,
        voided=evaluation.voided,
    )


class _Application:
    def __init__(self, board: Board, flows: Mapping[str, Flow], *, strings: Strings, has_request: bool) -> None:
        self.confirmed: PendingReference | None = None
        self._board = board
        self._flows = flows
        self._has_request = has_request
        self._stack = Stack(board, flows)
        self._filling = Filling(board, flows, self._stack, strings=strings)

    def refuse(self, command: Command) -> str:
        """Why a command comes too late in its turn, or is none that its proposer may give."""
        if isinstance(command.action, Affirm) and command.source == "model":
            return DropReason.FORGED_YES
        if any(isinstance(output, HandoffWanted) for output in self._board.outputs):
            return DropReason.PERSON_REQUESTED
        if self._board.is_asked_by_command and isinstance(command.action, StartFlow | Clarify):
            return DropReason.OTHER_QUESTION_FIRST
        return ""

    def carry_out(self, command: Command) -> str:  # noqa: PLR0911 - one line a command
        """Why the command was not carried out; empty when it was."""
        match command.action:
            case Cancel() as cancel:
                return self._cancel(cancel)
            case StartFlow(flow):
                return self._start(flow)
            case ClearSlot(slot):
                return self._filling.clear(slot)
            case SetSlot() as action:
                return self._filling.set(command, action)
            case Skip():
                return self._filling.skip()
            case Affirm():
                return self._affirm(command)
            case Deny():
                return self._deny(command)
            case Clarify(options, said):
                return self._clarify(options, said)
            case Amend(flow):
                return self._filling.amend(flow)
        return _NOT_OURS

    def _cancel(self, cancel: Cancel) -> str:
        question = self._board.open
        if cancel.scope == "all":
            return "" if self._stack.cancel_all() else _NOT_OURS
        if question is not None and question.kind == "confirmation" and cancel.flow is None:
            return self._decline()
        if cancel.scope == "question" and question is not None and question.kind == "slot":
            return self._filling.skip()
        if not self._stack.cancel(cancel.flow):
            return _NOT_OURS
        if question is not None and question.kind == "close":
            self._board.open = None
            return self._stack.start(question.target)
        return ""

    def _start(self, flow: str) -> str:
        question = self._board.open
        if question is not None and question.kind == "offer" and question.target == flow and question.frame_id:
            return self._accept(question)
        return self._stack.start(flow)

    # ── yes and no ───────────────────────────────────────────────────────────────────────────────────────────────

    def _affirm(self, command: Command) -> str:  # noqa: PLR0911 - one line a kind of question
        question = self._board.open
        if question is None:
            return DropReason.QUESTION_CHANGED if self._filling.has_changed else _NOT_OURS
        match question.kind:
            case "confirmation" | "review" if self._filling.has_changed:
                return DropReason.ANSWER_CHANGED
            case "confirmation" | "review" if self._has_request:
                return DropReason.QUESTION_WITH_YES
            case "confirmation":
                return self._confirm()
            case "review":
                self._journal(question, "review", "confirmed")
            case "offer":
                return self._accept(question)
            case "resume":
                self._stack.unpark(question.frame_id)
                self._board.open = None
            case _:
                return self._set_yes_or_no(command, is_yes=True)
        return ""

    def _confirm(self) -> str:
        pending, turn = self._board.pending, self._board.turn
        if pending is None:
            return DropReason.NOTHING_TO_CONFIRM
        if pending.turn_id == turn.turn_id:
            return DropReason.SHOWN_THIS_TURN
        if pending.expires_at <= turn.now:
            self._board.void_pending()
            return DropReason.CONFIRMATION_EXPIRED
        self.confirmed = replace(pending, confirmed_in=turn.turn_id)
        self._board.pending = self.confirmed
        return ""

    def _accept(self, question: OpenQuestion) -> str:
        board = self._board
        if question.target == HANDOFF:
            frame = board.find_frame(question.frame_id)
            flow = frame.flow if frame is not None else ""
            board.hand_off(HandoffReason.CUSTOMER_REQUEST, "offer", flow)
            return ""
        self._journal(question, "offer", "accepted")
        board.change(question.frame_id, lambda frame: replace(frame, next_flow=question.target))
        return ""

    def _deny(self, command: Command) -> str:
        question = self._board.open
        if self._filling.has_changed:
            return DropReason.SAYS_WHAT_INSTEAD
        if question is None:
            return _NOT_OURS
        match question.kind:
            case "confirmation":
                return self._deny_confirmation()
            case "review":
                self._board.say("flow_which_to_change")
            case "offer" if question.frame_id:
                self._journal(question, "offer", DECLINED)
            case "resume":
                frame = self._board.find_frame(question.frame_id)
                self._stack.cancel(frame.flow if frame is not None else None)
            case "offer" | "clarify" | "close":
                self._board.open = None
                return _NOT_OURS
            case _:
                return self._set_yes_or_no(command, is_yes=False)
        return ""

    def _deny_confirmation(self) -> str:
        """No to a write. Where the answers were shown with it, one of them is to be changed."""
        pending = self._board.pending
        if pending is not None and pending.is_reviewed:
            self._board.void_pending()
            self._board.say("flow_which_to_change")
            return ""
        return self._decline()

    def _decline(self) -> str:
        pending = self._board.void_pending()
        if pending is None:
            return DropReason.NOTHING_TO_CONFIRM
        turn = self._board.turn
        entry = JournalEntry("write", "failed", {}, DECLINED, turn.now, turn.turn_id)
        self._board.put_entry(pending.frame_id, pending.entry, entry)
        return ""

    def _set_yes_or_no(self, command: Command, *, is_yes: bool) -> str:
        target = self._filling.open_yes_or_no()
        if target is None:
            return _NOT_OURS
        return self._filling.set(command, SetSlot(target.key, "", is_yes))

    def _journal(self, question: OpenQuestion, kind: EntryKind, status: str) -> None:
        turn = self._board.turn
        entry = JournalEntry(kind, status, {}, "", turn.now, turn.turn_id)
        self._board.put_entry(question.frame_id, question.entry, entry)
        self._board.open = None

    # ── which one? ───────────────────────────────────────────────────────────────────────────────────────────────

    def _clarify(self, options: tuple[str, ...], said: str) -> str:
        """Ask which flow is meant, at most twice about the same ones; then a person is offered."""
        known = tuple(dict.fromkeys(option for option in options if option in self._flows))[:MOST_OPTIONS]
        if not known:
            return DropReason.UNKNOWN_FLOW
        board = self._board
        choices = tuple(Shown(option, self._flows[option].title) for option in known)
        if board.counters.add(f"clarify:{','.join(sorted(known))}") > MOST_CLARIFIED:
            board.ask(Offer("", HANDOFF, None), OpenQuestion("offer", board.turn.turn_id, target=HANDOFF))
        else:
            question = Ask("clarify", "", key="flow_clarify", choices=choices)
            board.ask(question, OpenQuestion("clarify", board.turn.turn_id, choices=choices, said=said))
        return ""
