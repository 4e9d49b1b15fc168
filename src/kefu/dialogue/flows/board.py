"""The working copy of a state while commands are applied or flows evaluated; frozen again at the end."""

from collections.abc import Callable
from dataclasses import replace

from kefu.dialogue.flows.definition import Flow, Wording
from kefu.dialogue.flows.outputs import Ask, Evaluation, Finished, HandoffWanted, Offer, Output, Preview, Say
from kefu.dialogue.flows.state import (
    DialogueState,
    Done,
    Frame,
    JournalEntry,
    OpenQuestion,
    PendingReference,
    TurnFacts,
)
from kefu.dialogue.flows.tables import Counters, SlotTable
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonObject


class Board:
    """What is on the table in one turn. Everything that it holds is replaced, never changed in place."""

    def __init__(self, state: DialogueState, turn: TurnFacts) -> None:
        self.turn = turn
        self.stack = list(state.stack)
        self.open = state.open
        self.pending = state.pending
        self.turns = state.turns + (state.last_turn != turn.turn_id)
        self.opened = state.opened
        self.done = state.done
        self.outputs: list[Output] = []
        self._state = state
        self.slots = SlotTable(state.slots)
        self.counters = Counters(state.counters)
        self._voided: list[str] = []

    def freeze(self) -> Evaluation:
        state = DialogueState(
            stack=tuple(self.stack),
            slots=self.slots.to_mapping(),
            open=self.open,
            pending=self.pending,
            counters=self.counters.to_mapping(),
            facts=self._state.facts,
            turns=self.turns,
            last_turn=self.turn.turn_id,
            opened=self.opened,
            done=self.done,
        )
        return Evaluation(state, tuple(self.outputs), tuple(self._voided))

    # ── what is known ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def facts(self) -> JsonObject:
        return dict(self._state.facts)

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None

    @property
    def is_asked_by_command(self) -> bool:
        """Whether a command of this turn has already put the turn's one question."""
        question = self.open
        if question is None or question.frame_id or question.turn_id != self.turn.turn_id:
            return False
        return question.kind in {"clarify", "close", "offer"}

    def find_frame(self, frame_id: str) -> Frame | None:
        return next((frame for frame in self.stack if frame.id == frame_id), None)

    # ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────

    def put_entry(self, frame_id: str, key: str, entry: JournalEntry) -> None:
        self.change(frame_id, lambda frame: replace(frame, journal={**frame.journal, key: entry}))

    def change(self, frame_id: str, how: Callable[[Frame], Frame]) -> None:
        """Put another frame in the place of one."""
        self.stack = [how(frame) if frame.id == frame_id else frame for frame in self.stack]

    def interrupt(self) -> None:
        """Another flow comes above the uppermost one, which keeps what it knows."""
        top = self.top
        if top is not None and top.interrupted is None:
            self.change(top.id, lambda frame: replace(frame, interrupted=self.turns))
            self.slots.pin(top.id)

    def push(self, flow: Flow) -> Frame:
        """Open a flow above what is open."""
        self.interrupt()
        self.opened += 1
        frame = Frame(
            id=f"{self.turn.turn_id}.{self.opened}",
            flow=flow.name,
            version=flow.version,
            content_hash=flow.content_hash,
            opened_by=self.turn.turn_id,
            touched_at=self.turn.now,
        )
        self.stack.append(frame)
        return frame

    def remove(self, frame_id: str, outcome: str) -> None:
        """Close a flow: its own slots are forgotten, what it had open is closed, and what it wrote can be spoken of."""
        frame = self.find_frame(frame_id)
        if frame is None:
            return
        if frame.writes:
            self.done = self._to_done(frame)
        self.stack = [other for other in self.stack if other.id != frame_id]
        self.slots.forget(frame_id)
        if self.pending is not None and self.pending.frame_id == frame_id:
            self.void_pending()
        if self.open is not None and self.open.frame_id == frame_id:
            self.open = None
        self.outputs.append(Finished(frame.flow, frame_id, outcome))

    def _to_done(self, frame: Frame) -> Done:
        slots = {slot for entry in frame.writes for slot in entry.slots}
        values = {name: one.value for name, one in self.slots.seen_by(frame).items() if name in slots}
        shown = {slot: choices for slot, choices in frame.shown.items() if slot in slots}
        return Done(frame.flow, values, shown, self.turns)

    def void_pending(self) -> PendingReference | None:
        """Take the pending action back, so that its confirmation means nothing any more."""
        pending, self.pending = self.pending, None
        if pending is not None:
            self._voided.append(pending.id)
            if self.open is not None and self.open.kind == "confirmation":
                self.open = None
        return pending

    # ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, key: str, **fields: str) -> None:
        """A text of our own strings."""
        self.outputs.append(Say(key, None, key, fields))

    def say_wording(self, step: str, wording: Wording, flow: Flow) -> None:
        self.outputs.append(Say(step, wording, "", {}, flow=flow.name, version=flow.version))

    def ask(self, question: Ask | Preview | Offer, opened: OpenQuestion) -> None:
        """Ask, and remember what the next message may be answering. The same question again counts as a repeat."""
        repeats = self._opened(opened)
        self.outputs.append(question if isinstance(question, Offer) else replace(question, repeats=repeats))

    def _opened(self, opened: OpenQuestion) -> int:
        """Note the question; how often it was asked before."""
        before, repeats = self.open, 0
        if before is not None and _same(before) == _same(opened):
            repeats = before.repeats + (before.turn_id != self.turn.turn_id)
        self.open = replace(opened, repeats=repeats)
        return repeats

    def hand_off(self, reason: HandoffReason, detail: str, flow: str) -> None:
        """A person is wanted: every open flow ends, and nothing may be written any more."""
        frame = next((frame for frame in reversed(self.stack) if frame.flow == flow), self.top)
        self.outputs.append(HandoffWanted(reason, detail, flow, self._card(frame)))
        self.void_pending()
        for other in list(reversed(self.stack)):
            self.remove(other.id, "handoff")
        self.open = None

    def _card(self, frame: Frame | None) -> JsonObject:
        if frame is None:
            return {}
        return {
            "flow": frame.flow,
            "version": frame.version,
            "slots": {name: value.display for name, value in self.slots.seen_by(frame).items()},
            "tools": [
                {"tool": key.split(":")[1], "status": entry.status, "code": entry.code}
                for key, entry in frame.journal.items()
                if entry.kind in {"read", "write"}
            ],
        }


def _same(question: OpenQuestion) -> tuple[str, ...]:
    return question.kind, question.frame_id, question.slot, question.target
