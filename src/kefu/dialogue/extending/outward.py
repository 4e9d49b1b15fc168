"""Step 10 for plugins: what a turn says passes their guards, sentence by sentence, before it is stored or sent.

What is held back leaves a gap. Where nothing of substance is left, or the question of a flow is missing, the assistant
says so and offers a person; then the customer has not read the question, so a yes cannot be an answer to it.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch, Finished, GateReported, Said, TurnEvent
from kefu.dialogue.extending.guarding import Guards, Passage
from kefu.dialogue.processing import OFFER_HANDOFF
from kefu.dialogue.trace import Trace
from kefu.domain.trace import Stage
from kefu.domain.turn import Decision, DeltaKind, EventType, QuickReply
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.kit.strings import Strings
from kefu.plugins.cards import texts_of

_KEPT = frozenset({Decision.HANDOFF, Decision.ACT})
"""What was done stays done, whatever was not said of it."""


@dataclass(slots=True)
class _Passed:
    said: int = 0
    question_is_missing: bool = False
    is_last_missing: bool = False
    leads: list[Said] = field(default_factory=list)
    """What leads to a sentence that is still to come."""


class Outward:
    """Of one turn. Sentences of a model have passed the guards already, where quotes could still stand in for them."""

    def __init__(self, guards: Guards, context: TurnContext, *, strings: Strings, trace: Trace) -> None:
        self._guards = guards
        self._context = context
        self._strings = strings
        self._trace = trace
        self._passed = _Passed()

    async def pass_on(self, batches: AsyncGenerator[Batch, None]) -> AsyncGenerator[Batch, None]:
        async with aclosing(batches) as stream:
            async for batch in stream:
                passed = await self._pass(batch)
                if passed:
                    yield passed

    async def _pass(self, batch: Batch) -> Batch:
        events: list[TurnEvent] = []
        for event in batch:
            match event:
                case Said():
                    events += await self._say(event)
                case GateReported(EventType.CARD_ADDED, data):
                    events += [event] if await self._may_show(data["card"]) else []
                case GateReported(EventType.CONFIRMATION_REQUESTED) if self._passed.question_is_missing:
                    continue
                case Finished():
                    events += self._finish(event)
                case _:
                    events.append(event)
        return tuple(events)

    async def _may_show(self, card: JsonValue) -> bool:
        """A card goes with its text, and passes as a fact: it is shown as it is, or not at all."""
        if self._passed.is_last_missing:
            return False
        passage = await self._guards.pass_on("\n".join(texts_of(card)), DeltaKind.FACT)
        return passage.text is not None and not passage.is_replaced

    async def _say(self, said: Said) -> list[Said]:
        """The sentence, or what stands in its place, behind what leads to it; nothing when it is held back."""
        passed, words = self._passed, said.text.strip()
        if said.is_lead:
            passed.leads.append(said)
            return []
        leads, passed.leads = passed.leads, []
        passage = Passage(words) if said.kind is DeltaKind.MODEL else await self._guards.pass_on(words, said.kind)
        passed.is_last_missing = passage.text is None
        if passage.text is None:
            passed.question_is_missing |= said.asks
            return []
        passed.said += 1
        if passage.is_replaced:
            said = replace(said, text=said.text.replace(words, passage.text), kind=DeltaKind.TEMPLATE)
        return [*leads, said]

    def _finish(self, finished: Finished) -> list[TurnEvent]:
        is_empty = bool(self._guards.held_back) and not self._passed.said
        if not is_empty and not self._passed.question_is_missing:
            return [replace(finished, trace=self._trace.to_json())]
        language = finished.language
        gap = "\n\n" if self._passed.said else ""
        told = Said(gap + self._strings.get("guard_blocked", language), DeltaKind.TEMPLATE)
        if finished.decision in _KEPT or self._context.is_queued:
            closed = replace(finished, dialogue=_without_question(finished.dialogue))
        else:
            closed = replace(
                finished,
                decision=Decision.ABSTAIN,
                dialogue=_without_question(finished.dialogue),
                open_question=OFFER_HANDOFF,
                quick_replies=(
                    QuickReply(self._strings.get("handoff_yes", language), "handoff:yes"),
                    QuickReply(self._strings.get("handoff_no", language), "handoff:no"),
                ),
            )
        self._trace.add(Stage.GUARD_OUT, closed.decision.value, reason="held_back_by_guard")
        return [told, replace(closed, trace=self._trace.to_json())]


def _without_question(dialogue: JsonObject | None) -> JsonObject | None:
    """A question that was not read is asked again."""
    return None if dialogue is None else {**dialogue, "open": None}
