"""Values that customers give: which flow they are for, whether they may be taken, and what changes with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kefu.dialogue.commands import Command, SetSlot
from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.definition import HANDOFF, Flow, SlotSpec
from kefu.dialogue.flows.outputs import Offer
from kefu.dialogue.flows.slot_types import to_option
from kefu.dialogue.flows.stack import Stack
from kefu.dialogue.flows.state import CONVERSATION, SKIPPED, Frame, OpenQuestion, SlotValue
from kefu.dialogue.flows.templates import show
from kefu.domain.trace import DropReason
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.strings import Strings


@dataclass(frozen=True, slots=True)
class Target:
    """The slot of an open flow that a command means. ``key`` has the round in it when it is asked in each; ``scope`` is
    where its value lies.
    """

    frame: Frame
    flow: Flow
    spec: SlotSpec
    key: str
    scope: str


class Filling:
    """``has_changed``: whether this message gave or changed a value."""

    def __init__(self, board: Board, flows: Mapping[str, Flow], stack: Stack, *, strings: Strings) -> None:
        self.has_changed = False
        self._board = board
        self._flows = flows
        self._stack = stack
        self._strings = strings

    def set(self, command: Command, action: SetSlot) -> str:
        """Take a value; why not, empty when it was taken."""
        target = self._of_flow(action.flow, action.slot) if action.flow else self._find(action.slot)
        if target is None:
            return DropReason.UNKNOWN_SLOT
        value = self._read(target.spec, action.value)
        if action.value is not None and value is None:
            return DropReason.NOT_A_VALUE
        reason = self._refuse(target, command, value)
        if reason:
            return reason
        display = action.display or self._label(target.spec, value)
        span = command.span
        taken = SlotValue(
            value=value,
            display=display,
            source=command.source,
            probability=command.probability,
            turn_id=self._board.turn.turn_id,
            raw=action.raw,
            span=(span.message, span.start, span.end) if span is not None else None,
            is_resolved=value is not None,
        )
        self._put(target, taken)
        return ""

    def clear(self, slot: str) -> str:
        """Forget a value; why not."""
        target = self._find(slot)
        if target is None or self._board.slots.find(target.scope, target.key) is None:
            return DropReason.NOTHING_TO_FORGET
        if self._is_submitted(target):
            return self._offer_person(target)
        self._board.slots.drop(target.scope, target.key)
        self._note_change(target)
        return ""

    def amend(self, name: str) -> str:
        """What was submitted by a flow that is over stays as it is: a person can change it."""
        flow = self._flows.get(name)
        if flow is None or self._board.stack:
            return DropReason.NOTHING_SUBMITTED
        self._say_submitted(flow)
        return ""

    def skip(self) -> str:
        """Leave the open question unanswered; why not."""
        question = self._board.open
        target = self._find(question.slot) if question is not None and question.kind == "slot" else None
        if target is None:
            return DropReason.NO_OPEN_QUESTION
        if target.spec.skip is None or target.flow.mode.skip == "deny":
            self._board.say("flow_cannot_skip")
            return DropReason.CANNOT_SKIP
        turn = self._board.turn
        shown = target.spec.skip.get(turn.language)
        self._board.slots.put(target.scope, target.key, SlotValue(None, shown, SKIPPED, 1.0, turn.turn_id))
        self._note_change(target)
        return ""

    def open_yes_or_no(self) -> Target | None:
        """The slot that is asked, when yes and no are its values."""
        question = self._board.open
        target = self._find(question.slot) if question is not None and question.kind == "slot" else None
        return target if target is not None and target.spec.type == "bool" else None

    def _find(self, slot: str) -> Target | None:
        """The asked slot first, then the uppermost flow that has one of this name."""
        question = self._board.open
        if (
            question is not None
            and question.kind == "slot"
            and question.slot.partition("[")[0] == slot.partition("[")[0]
        ):
            frame = self._board.find_frame(question.frame_id)
            found = self._of(frame, slot if "[" in slot else question.slot) if frame is not None else None
            if found is not None:
                return found
        return next(filter(None, (self._of(frame, slot) for frame in reversed(self._board.stack))), None)

    def _of_flow(self, name: str, slot: str) -> Target | None:
        """What is said for a flow below the uppermost one is its own."""
        frame = next((frame for frame in self._board.stack if frame.flow == name), None)
        target = None if frame is None else self._of(frame, slot)
        return target if target is None or target.frame is self._board.top else replace(target, scope=target.frame.id)

    def _of(self, frame: Frame, slot: str) -> Target | None:
        flow = self._flows.get(frame.flow)
        spec = flow.slots.get(slot.partition("[")[0]) if flow is not None else None
        if flow is None or spec is None or bool(spec.per) != ("[" in slot):
            return None
        return Target(frame, flow, spec, slot, self._board.slots.place_of(frame, spec, slot))

    @staticmethod
    def _read(spec: SlotSpec, value: JsonValue) -> JsonValue:
        """The value of an enum: an option's own name, or the option that a quantity falls into."""
        if not spec.values or any(option.value == value for option in spec.values):
            return value
        return to_option(spec.parse, value) if spec.parse is not None else None

    def _refuse(self, target: Target, command: Command, value: JsonValue) -> str:
        mode = target.flow.mode
        known = self._board.slots.find(target.scope, target.key)
        if command.probability < mode.min_confidence and command.source != "payload":
            return DropReason.NOT_SURE_ENOUGH
        if mode.is_strict and known is None and not self._is_asked(target):
            return DropReason.OUT_OF_ORDER
        if known is not None and known.is_resolved and not known.is_skipped and _are_same(known.value, value):
            return DropReason.SAME_VALUE
        return self._offer_person(target) if known is not None and self._is_submitted(target) else ""

    def _is_asked(self, target: Target) -> bool:
        question = self._board.open
        return question is not None and question.frame_id == target.frame.id and question.slot == target.key

    def _is_submitted(self, target: Target) -> bool:
        return any(target.key in entry.slots for entry in target.frame.writes)

    def _offer_person(self, target: Target) -> str:
        """What was submitted is not silently done again."""
        self._say_submitted(target.flow)
        return DropReason.ALREADY_SUBMITTED

    def _say_submitted(self, flow: Flow) -> None:
        board = self._board
        board.say("flow_already_submitted", title=self._stack.title(flow))
        if not board.is_asked_by_command:
            board.ask(Offer(flow.name, HANDOFF, None), OpenQuestion("offer", board.turn.turn_id, target=HANDOFF))

    def _put(self, target: Target, taken: SlotValue) -> None:
        board = self._board
        before = board.slots.find(target.scope, target.key)
        board.slots.put(target.scope, target.key, taken)
        if target.spec.keep != "flow" and target.frame is board.top:
            board.slots.put(CONVERSATION, target.key, taken)
        new = taken.display or show(taken.value, board.turn.language) or taken.raw
        if before is not None and not before.is_skipped:
            board.say("flow_corrected", old=before.display or before.raw, new=new)
        elif target.flow.mode.is_strict:
            board.say("flow_answered", answer=new)
        self._note_change(target)

    def _note_change(self, target: Target) -> None:
        self.has_changed = True
        self._board.void_pending()
        if target.frame.is_parked:
            self._stack.unpark(target.frame.id)

    def _label(self, spec: SlotSpec, value: JsonValue) -> str:
        language = self._board.turn.language
        if isinstance(value, bool):
            return self._strings.get("flow_yes" if value else "flow_no", language)
        return next((option.label(language) for option in spec.values if option.value == value), "")


def _are_same(left: JsonValue, right: JsonValue) -> bool:
    """The order in which things were chosen does not matter."""
    if isinstance(left, list) and isinstance(right, list):
        return sorted(map(str, left)) == sorted(map(str, right))
    return left == right
