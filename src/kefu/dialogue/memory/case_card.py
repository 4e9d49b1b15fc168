"""The case card: a conversation in a few lines for the agent who takes it.

Rendered from events by template, never by a model: each line stands on one event and says its number; customers' words
and numbers are verbatim.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from kefu.dialogue.flows.state_json import from_json
from kefu.dialogue.flows.templates import show
from kefu.domain.action import PendingAction
from kefu.domain.conversation import Author, Language
from kefu.domain.turn import Decision, Event, EventType, HandoffReason
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.kit.strings import Strings

MAX_ASKED = 12
"""The first question and the newest others."""
MAX_DETAILS = 20
MAX_SAID_BEFORE = 3
"""The customer's newest messages before a preview, as evidence for it."""
MAX_SHOWN = 200
"""Code points of one message on the card; the details below are read from all of it."""

_DETAIL = re.compile(
    r"[#¥￥$€£]?[A-Za-z]{0,12}[-_]?\d(?:[A-Za-z0-9.,:/_+-]*[A-Za-z0-9])?[%°]?|[\w.+-]+@[\w-]+\.[\w.-]+\w", re.ASCII
)


class CaseLineKind(StrEnum):
    """What a line is about; in the order of the card."""

    WHO = "who"
    REASON = "reason"
    PROMISE = "promise"
    ASKED = "asked"
    DETAIL = "detail"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    FAILED = "failed"
    SLOT = "slot"
    TOOL = "tool"
    PENDING = "pending"
    SHOWN = "shown"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """``seq`` is the number of the event that it stands on."""

    kind: CaseLineKind
    text: str
    seq: int


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """What the log does not say: the customer's name at the shop, the inbox, and what is promised still."""

    customer: str | None
    inbox_name: str
    language: Language | None
    promised_at: datetime | None = None
    time_zone: str = "UTC"
    slot_titles: Mapping[str, str] = field(default_factory=dict)
    """By a slot's name, in the card's language."""
    pending: tuple[PendingAction, ...] = ()
    """What waits for a yes."""


@dataclass(frozen=True, slots=True)
class CaseCard:
    language: Language
    lines: tuple[CaseLine, ...]

    def of_kind(self, kind: CaseLineKind) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines if line.kind is kind)


def build_case_card(events: Sequence[Event], subject: CaseSubject, *, strings: Strings, language: Language) -> CaseCard:
    """The card of a conversation in the agent's ``language``. The same events give the same card."""
    writer = _Writer(strings, language)
    asked = [event for event in events if _is_from(event, Author.VISITOR)]
    turns = [event for event in events if event.type is EventType.TURN_FINISHED]
    lines = [
        *writer.who(events, subject),
        *writer.reason(events),
        *writer.promise(events, subject),
        *writer.asked(asked),
        *writer.details(asked),
        *(line for event in turns for line in writer.turn(event)),
        *writer.failures(events),
        *writer.slots(events, subject),
        *(line for event in events for line in writer.tool(event)),
        *writer.pending(events, subject),
    ]
    order = [*CaseLineKind]
    return CaseCard(language, tuple(sorted(lines, key=lambda line: (order.index(line.kind), line.seq))))


def build_evidence(
    events: Sequence[Event], action: PendingAction, *, strings: Strings, language: Language
) -> tuple[CaseLine, ...]:
    """What speaks for an action that waits for an agent: what the customer had said and tools had read before it, what
    was shown, and what was said to it.
    """
    place = next((n for n, event in enumerate(events) if _shows(event, action)), None)
    if place is None:
        return ()
    writer, before = _Writer(strings, language), events[:place]
    said = [event for event in before if _is_from(event, Author.VISITOR)][-MAX_SAID_BEFORE:]
    answer = next((event for event in events[place:] if _is_from(event, Author.VISITOR)), None)
    lines = [
        *(CaseLine(CaseLineKind.ASKED, _shorten(_text(event)), event.seq) for event in said),
        *(line for event in before for line in writer.tool(event)),
        writer.shown(events[place]),
        *([] if answer is None else [CaseLine(CaseLineKind.CONFIRMED, _shorten(_text(answer)), answer.seq)]),
    ]
    return tuple(sorted(lines, key=lambda line: line.seq))


class _Writer:
    """Lines in one language."""

    def __init__(self, strings: Strings, language: Language) -> None:
        self._strings = strings
        self._language = language

    def who(self, events: Sequence[Event], subject: CaseSubject) -> Iterable[CaseLine]:
        if not events:
            return
        customer = subject.customer or self._get("card_visitor")
        spoken = self._get(f"language_{subject.language}") if subject.language else self._get("language_unknown")
        yield self._line(CaseLineKind.WHO, events[0], customer=customer, inbox=subject.inbox_name, spoken=spoken)

    def reason(self, events: Sequence[Event]) -> Iterable[CaseLine]:
        """Why it was handed off, the last time."""
        handed = [event for event in events if event.type is EventType.HANDOFF_REQUESTED]
        for event in handed[-1:]:
            reason = self._get(f"reason_{HandoffReason(str(event.data['reason']))}")
            policy = event.data.get("policy")
            shown = f"{reason} ({self._get(f'class_{policy}')})" if policy else reason
            yield self._line(CaseLineKind.REASON, event, reason=shown)

    def promise(self, events: Sequence[Event], subject: CaseSubject) -> Iterable[CaseLine]:
        handed = [event for event in events if event.type is EventType.HANDOFF_REQUESTED]
        if subject.promised_at is not None and handed:
            local = subject.promised_at.astimezone(ZoneInfo(subject.time_zone))
            yield self._line(CaseLineKind.PROMISE, handed[-1], moment=f"{local:%Y-%m-%d %H:%M} ({subject.time_zone})")

    def asked(self, messages: Sequence[Event]) -> Iterable[CaseLine]:
        kept = messages if len(messages) <= MAX_ASKED else [messages[0], *messages[1 - MAX_ASKED :]]
        for event in kept:
            yield CaseLine(CaseLineKind.ASKED, _shorten(_text(event)), event.seq)
        if len(kept) < len(messages):
            left_out = len(messages) - len(kept)
            yield CaseLine(CaseLineKind.ASKED, self._get("card_left_out", count=left_out), messages[1].seq)

    def details(self, messages: Sequence[Event]) -> Iterable[CaseLine]:
        """Numbers, codes and addresses, as they were written; the newest ones when there are many."""
        found: dict[str, int] = {}
        for event in messages:
            for match in _DETAIL.finditer(_text(event)):
                found.setdefault(match.group(), event.seq)
        for detail, seq in [*found.items()][-MAX_DETAILS:]:
            yield CaseLine(CaseLineKind.DETAIL, detail, seq)

    def turn(self, event: Event) -> Iterable[CaseLine]:
        """What the assistant decided about a message: with which sources, or why not."""
        reply = as_object(event.data["reply"])
        decision = Decision(str(reply["decision"]))
        citations = [as_object(item) for item in as_list(reply["citations"])]
        if citations:
            titles = dict.fromkeys(self._source(citation) for citation in citations)
            sources = self._get("card_join").join(titles)
            question = event.data.get("asked") or _shorten(str(reply["text"]))
            yield self._line(CaseLineKind.ANSWERED, event, question=question, sources=sources)
        unanswered = event.data.get("unanswered")
        if unanswered:
            for question in str(unanswered).split("\n"):
                yield self._line(CaseLineKind.UNANSWERED, event, question=_shorten(question))
        elif decision in {Decision.CLARIFY, Decision.REFUSE}:
            yield self._line(CaseLineKind.UNANSWERED, event, question=self._get(f"decision_{decision}"))

    def failures(self, events: Sequence[Event]) -> Iterable[CaseLine]:
        for event in events:
            if event.type is EventType.TURN_FAILED:
                yield self._line(CaseLineKind.FAILED, event, code=event.data["code"])

    def slots(self, events: Sequence[Event], subject: CaseSubject) -> Iterable[CaseLine]:
        """What the flows know, each standing on the message in which the customer has said it."""
        turns = {event.turn_id: event for event in events if event.type is EventType.TURN_FINISHED}
        state = next((event.data.get("dialogue") for event in reversed([*turns.values()])), None)
        messages = {str(as_object(event.data["message"])["id"]): event.seq for event in events if _is_message(event)}
        for values in {} if state is None else from_json(as_object(state)).slots.values():
            for name, value in values.items():
                turn = turns.get(value.turn_id)
                if value.is_resolved and not value.is_skipped and turn is not None:
                    said = [str(message_id) for message_id in as_list(turn.data["message_ids"])]
                    source = said[value.span[0] if value.span is not None and value.span[0] < len(said) else -1]
                    title = subject.slot_titles.get(name.partition("[")[0], name)
                    shown = value.display or show(value.value, self._language)
                    text = self._get("card_slot", name=title, value=shown)
                    yield CaseLine(CaseLineKind.SLOT, text, messages.get(source, turn.seq))

    def tool(self, event: Event) -> Iterable[CaseLine]:
        """What a tool was asked, and how it ended; facts as it names them."""
        if event.type is not EventType.TOOL_CALLED:
            return
        data = event.data
        status = self._get(f"tool_{data['status']}")
        ended = f"{status} ({data['code']})" if data["code"] else status
        yield self._line(
            CaseLineKind.TOOL, event, tool=data["tool"], status=ended, facts=self._facts(as_object(data["facts"]))
        )

    def pending(self, events: Sequence[Event], subject: CaseSubject) -> Iterable[CaseLine]:
        """What waits for the customer's yes, or for an agent's."""
        for action in subject.pending:
            event = next((event for event in events if _shows(event, action)), None)
            if event is not None:
                state = self._get(f"pending_{action.state}")
                yield self._line(CaseLineKind.PENDING, event, tool=action.tool, state=state, id=action.id)

    def shown(self, event: Event) -> CaseLine:
        """What the customer was asked to confirm."""
        facts = as_object(as_object(event.data["preview"]).get("facts") or {})
        return self._line(CaseLineKind.SHOWN, event, tool=event.data["tool"], facts=self._facts(facts))

    def _facts(self, facts: JsonObject) -> str:
        pairs = ((name, show(value, self._language)) for name, value in facts.items())
        return _shorten(self._get("card_join").join(f"{name} {value}" for name, value in pairs if value))

    def _source(self, citation: JsonObject) -> str:
        return self._get("card_source", title=citation["title"], version=citation["version"])

    def _line(self, kind: CaseLineKind, event: Event, **fields: object) -> CaseLine:
        return CaseLine(kind, self._get(f"card_{kind}", **fields), event.seq)

    def _get(self, key: str, **fields: object) -> str:
        return self._strings.get(key, self._language, **fields)


def _is_message(event: Event) -> bool:
    return event.type is EventType.MESSAGE_RECEIVED and "id" in as_object(event.data["message"])


def _shows(event: Event, action: PendingAction) -> bool:
    return event.type is EventType.CONFIRMATION_REQUESTED and event.data["action_id"] == action.id


def _is_from(event: Event, author: Author) -> bool:
    return event.type is EventType.MESSAGE_RECEIVED and as_object(event.data["message"])["author"] == author


def _text(event: Event) -> str:
    return str(as_object(event.data["message"])["text"])


def _shorten(text: str) -> str:
    """One line; a cut falls between words, so that no number is shown by half."""
    line = " ".join(text.split())
    if len(line) <= MAX_SHOWN:
        return line
    end = MAX_SHOWN
    while end > MAX_SHOWN // 2 and line[end - 1].isascii() and not line[end - 1].isspace():
        end -= 1
    return line[:end].rstrip() + "…"
