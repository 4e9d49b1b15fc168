"""The steps that speak: say, offer, review, ask again. Each is done once for the inputs that it read."""

from kefu.dialogue.flows import outputs
from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.collecting import Collector
from kefu.dialogue.flows.control import RestartError, StoppedError
from kefu.dialogue.flows.definition import AskAgain, Flow, Offer, Review, Say, Wording
from kefu.dialogue.flows.outputs import Answer, Ask
from kefu.dialogue.flows.reads import hash_of
from kefu.dialogue.flows.scope import FlowScope
from kefu.dialogue.flows.state import EntryKind, JournalEntry, OpenQuestion
from kefu.dialogue.flows.values import to_json
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonObject

MOST_AGAIN = 2
"""How often the same answers are asked again before a person is wanted."""
MADE, ACCEPTED, CONFIRMED = "made", "accepted", "confirmed"


class Asking:
    def __init__(self, board: Board, flow: Flow, frame_id: str, *, scope: FlowScope, collector: Collector) -> None:
        self._board = board
        self._flow = flow
        self._frame_id = frame_id
        self._scope = scope
        self._collector = collector

    async def say(self, step: Say, prefix: str) -> None:
        """Say a text, once for the values that it shows."""
        said = await self._said(step)
        shown: JsonObject = dict(said.fields) if said.card is None else {**said.fields, "card": said.card}
        key = f"said:{prefix}{step.id}:{hash_of(shown)}"
        if self._entry(key) is None:
            self._write("said", key, "done")
            self._board.outputs.append(said)

    async def _said(self, step: Say) -> outputs.Say:
        wording = step.text or self._flow.texts.get(step.key)
        return outputs.Say(
            step=step.id,
            wording=wording,
            key=step.key,
            fields=await self._collector.fields(wording or Wording(), step.facts),
            cite=step.cite,
            flow=self._flow.name,
            version=self._flow.version,
            is_verbatim=self._flow.mode.wording == "verbatim",
            card=None if step.card is None else to_json(step.card.evaluate(self._scope)),
        )

    def offer(self, step: Offer, prefix: str) -> None:
        """Offer once; an offer that was not taken up in the next turn is declined, and the flow goes on."""
        key = f"offer:{prefix}{step.id}"
        entry, turn = self._entry(key), self._board.turn
        if entry is not None and (entry.status != MADE or entry.turn_id != turn.turn_id):
            return
        self._write("offer", key, MADE)
        opened = OpenQuestion("offer", turn.turn_id, self._frame_id, target=step.target, entry=key)
        self._board.ask(outputs.Offer(self._flow.name, step.target, step.ask), opened)
        raise StoppedError

    async def review(self, step: Review, is_confirmed_after: bool) -> tuple[Answer, ...]:  # noqa: FBT001
        """Show all answers for confirmation; the same answers are confirmed once. When the next step is a write that
        is confirmed anyway, they are returned and shown with its preview: one yes is enough.
        """
        answers = [await self._answer(name) for name in step.slots]
        given = tuple(answer for answer in answers if answer is not None)
        if is_confirmed_after:
            return given
        values = {name: to_json(self._scope.read(name)) for name in step.slots}
        key = f"review:{step.id}:{hash_of(values)}"
        if self._entry(key) is not None:
            return ()
        question = Ask(
            kind="review",
            flow=self._flow.name,
            key="flow_review",
            answers=given,
            version=self._flow.version,
            is_verbatim=self._flow.mode.wording == "verbatim",
        )
        self._board.ask(question, OpenQuestion("review", self._board.turn.turn_id, self._frame_id, entry=key))
        raise StoppedError

    async def _answer(self, name: str) -> Answer | None:
        spec = self._flow.slots[name]
        await self._collector.settle(self._scope.key_of(spec))
        found = self._scope.find_value(spec)
        return Answer(name, spec.ask, found.display) if found is not None else None

    async def ask_again(self, step: AskAgain) -> None:
        """Forget answers and begin again. Raises RestartError; the third time with the same answers a person is
        wanted.
        """
        specs = [self._flow.slots[name] for name in step.slots]
        values = await self._collector.resolve(lambda: [to_json(self._scope.read(name)) for name in step.slots])
        key = f"again:{step.id}:{hash_of(values)}"
        entry = self._entry(key)
        count = entry.value.get("count", 0) if entry is not None else 0
        if not isinstance(count, int) or count >= MOST_AGAIN:
            self._collector.give_up(HandoffReason.PENDING_CLARIFICATION, step.id)
        self._write("again", key, "done", {"count": count + 1})
        if step.say is not None:
            self._board.outputs.append(await self._said(step.say))
        for spec in specs:
            self._board.slots.drop(self._scope.place_of(spec), self._scope.key_of(spec))
        raise RestartError

    def _entry(self, key: str) -> JournalEntry | None:
        frame = self._board.find_frame(self._frame_id)
        return frame.journal.get(key) if frame is not None else None

    def _write(self, kind: EntryKind, key: str, status: str, value: JsonObject | None = None) -> None:
        turn = self._board.turn
        self._board.put_entry(self._frame_id, key, JournalEntry(kind, status, value or {}, "", turn.now, turn.turn_id))
