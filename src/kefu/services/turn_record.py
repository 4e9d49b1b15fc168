"""What a turn has said so far, and how a batch of it becomes numbered events."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import NO_MODEL, Batch, Finished, GateReported, HandoffRequested, Said
from kefu.dialogue.facts_json import change_to_json
from kefu.domain.conversation import Author, Handler, Message, Status
from kefu.domain.knowledge import Citation
from kefu.domain.model import ModelUse
from kefu.domain.profile import ProfileChange
from kefu.domain.turn import Change, Decision, EventDraft, EventType, OutboxDraft
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.services.channel_orders import to_delivery
from kefu.services.improving.subjects import conflict_to_json
from kefu.services.wire import citation_to_json, message_to_json, quick_reply_to_json, status_event

QUESTION_UNANSWERED = "question_unanswered"
"""Outbox topic: a question goes to the knowledge owner's list."""
SOURCES_DISAGREED = "sources_disagreed"
"""Outbox topic: two documents contradict each other; their owner is told."""


@dataclass(slots=True)
class Step:
    """One batch on its way into the log."""

    drafts: list[EventDraft] = field(default_factory=list)
    change: Change = field(default_factory=Change)
    texts: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    handler: Handler | None = None
    handoff: HandoffRequested | None = None
    message: Message | None = None
    decision: Decision | None = None
    confidence: float | None = None
    use: ModelUse = NO_MODEL
    outbox: list[OutboxDraft] = field(default_factory=list)
    profile: ProfileChange | None = None
    withdrawn: tuple[str, ...] = ()
    """Writes that nobody is asked to confirm any more."""
    cards: list[JsonValue] = field(default_factory=list)


class TurnRecord:
    """Adds batches; ``keep`` makes one final after its transaction has committed."""

    def __init__(self, context: TurnContext, *, inbound_seq: int, make_id: Callable[[str], str] = new_id) -> None:
        """``make_id`` takes the prefix of an id: a replay gives the message the id that it had."""
        self._context = context
        self._make_id = make_id
        self._inbound_seq = inbound_seq
        self._texts: list[str] = []
        self._citations: list[Citation] = []
        self._cards: list[JsonValue] = []
        self._handler = Handler.QUEUE if context.is_queued else Handler.ASSISTANT

    @property
    def has_spoken(self) -> bool:
        return bool(self._texts)

    def add(self, batch: Batch, *, last_seq: int, at: datetime) -> Step:
        """Translate a batch. ``last_seq`` is the conversation's number before it."""
        step = Step(handler=self._handler)
        for event in batch:
            match event:
                case Said():
                    self._say(event, step)
                case HandoffRequested():
                    self._hand_off(event, step)
                case GateReported(kind, data):
                    step.drafts.append(self._draft(kind, data))
                    step.cards += [data["card"]] if kind is EventType.CARD_ADDED else []
                case Finished():
                    self._finish(event, step, last_seq=last_seq, at=at)
        return step

    def keep(self, step: Step) -> None:
        self._texts += step.texts
        self._citations += step.citations
        self._cards += step.cards
        self._handler = step.handler or self._handler

    def failure(self, code: str) -> JsonObject:
        """The data of ``turn_failed``."""
        return {"code": code, "text": "".join(self._texts), "message_ids": self._message_ids()}

    def _say(self, said: Said, step: Step) -> None:
        for citation in said.citations:
            data: JsonObject = {"citation": citation_to_json(citation)}
            step.drafts.append(self._draft(EventType.CITATION_ADDED, data))
            step.citations.append(citation)
        step.drafts.append(self._draft(EventType.ANSWER_DELTA, {"text": said.text, "kind": said.kind.value}))
        step.texts.append(said.text)

    def _hand_off(self, event: HandoffRequested, step: Step) -> None:
        step.handler, step.handoff = Handler.QUEUE, event
        step.change = replace(step.change, handler=Handler.QUEUE)
        data: JsonObject = {"reason": event.reason.value, "policy": event.policy}
        step.drafts.append(self._draft(EventType.HANDOFF_REQUESTED, data))
        step.drafts.append(replace(status_event(Status.OPEN, Handler.QUEUE), turn_id=self._context.turn_id))

    def _finish(self, event: Finished, step: Step, *, last_seq: int, at: datetime) -> None:
        step.message = Message(
            id=self._make_id("msg"),
            conversation_id=self._context.conversation_id,
            seq=last_seq + len(step.drafts) + 1,
            client_id=self._context.turn_id,
            author=Author.ASSISTANT,
            text="".join([*self._texts, *step.texts]),
            created_at=at,
        )
        step.decision, step.confidence, step.profile = event.decision, event.confidence, event.profile
        step.withdrawn = event.withdrawn
        step.use = event.model
        step.drafts.append(self._draft(EventType.TURN_FINISHED, self._ending(event, step, step.message)))
        step.change = replace(step.change, language=event.language, handled_seq=self._inbound_seq)
        if event.unanswered is not None:
            payload: JsonObject = {"turn_id": self._context.turn_id, "conversation_id": self._context.conversation_id}
            step.outbox.append(OutboxDraft(QUESTION_UNANSWERED, payload))
        if self._context.is_delivered:
            step.outbox.append(to_delivery(self._context.conversation_id))
        for found in event.contradictions:
            step.outbox.append(OutboxDraft(SOURCES_DISAGREED, conflict_to_json(found)))

    def _ending(self, event: Finished, step: Step, message: Message) -> JsonObject:
        citations = [citation_to_json(citation) for citation in (*self._citations, *step.citations)]
        handler = step.handler or self._handler
        return {
            "message": message_to_json(message),
            "reply": {
                "text": message.text,
                "citations": [*citations],
                "decision": event.decision.value,
                "confidence": event.confidence,
                "handler": handler.value,
                "trace_id": self._context.turn_id,
                "quick_replies": [quick_reply_to_json(reply) for reply in event.quick_replies],
                "cards": [*self._cards, *step.cards],
            },
            "message_ids": self._message_ids(),
            "language": event.language,
            "open_question": event.open_question,
            "unanswered": event.unanswered,
            "asked": event.asked,
            "profile": None if event.profile is None else change_to_json(event.profile),
            "dialogue": event.dialogue,
            "trace": event.trace,
        }

    def _message_ids(self) -> list[JsonValue]:
        return [message.id for message in self._context.messages]

    def _draft(self, event_type: EventType, data: JsonObject) -> EventDraft:
        return EventDraft(event_type, data, self._context.turn_id)
