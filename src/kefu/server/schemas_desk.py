"""Bodies of the agents' desk (docs/guide/inbox.md). None of them goes to a visitor."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from kefu.dialogue.memory.case_card import CaseLineKind
from kefu.domain.conversation import Handler, Language, Status
from kefu.domain.desk import DeskItem
from kefu.domain.turn import Event, HandoffReason
from kefu.server.schemas import CitationBody, MessageBody, Request, ShortText
from kefu.services.desk.queue import CaseFile, DeskList
from kefu.services.desk.suggesting import Suggestion
from kefu.services.wire import citation_to_json, event_to_public

Text = Annotated[str, Field(min_length=1, max_length=40_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class DeskItemResponse(BaseModel):
    """A conversation in a list. ``place`` 1 is the next; it is null when the conversation does not wait."""

    id: str
    status: Status
    handler: Handler
    language: Language | None
    inbox_id: str
    last_seq: int
    created_at: datetime
    place: int | None
    labels: list[str]
    preview: str
    reason: HandoffReason | None
    policy: str | None
    queued_at: datetime | None
    promised_at: datetime | None
    taken_at: datetime | None
    snoozed_until: datetime | None
    agent_id: str | None
    team_id: str | None

    @classmethod
    def of(cls, item: DeskItem) -> "DeskItemResponse":
        conversation, assignment = item.conversation, item.assignment
        return cls(
            id=conversation.id,
            status=conversation.status,
            handler=conversation.handler,
            language=conversation.language,
            inbox_id=conversation.inbox_id,
            last_seq=conversation.last_seq,
            created_at=conversation.created_at,
            place=item.place,
            labels=[*item.labels],
            preview=item.preview,
            reason=None if assignment is None else assignment.reason,
            policy=None if assignment is None else assignment.policy,
            queued_at=None if assignment is None else assignment.queued_at,
            promised_at=None if assignment is None else assignment.promised_at,
            taken_at=None if assignment is None else assignment.taken_at,
            snoozed_until=None if assignment is None else assignment.snoozed_until,
            agent_id=None if assignment is None else assignment.agent_id,
            team_id=None if assignment is None else assignment.team_id,
        )


class DeskListResponse(BaseModel):
    """``last_seq``: follow the desk's events from here."""

    conversations: list[DeskItemResponse]
    total: int
    last_seq: int

    @classmethod
    def of(cls, found: DeskList) -> "DeskListResponse":
        items = [DeskItemResponse.of(item) for item in found.items]
        return cls(conversations=items, total=found.total, last_seq=found.last_seq)


class CaseLineBody(BaseModel):
    """``seq``: the event that the line stands on."""

    kind: CaseLineKind
    text: str
    seq: int


class CaseCardBody(BaseModel):
    language: Language
    lines: list[CaseLineBody]


class NoteBody(BaseModel):
    """``after_seq``: the newest event when the note was written."""

    id: str
    text: str
    agent_id: str
    agent_name: str
    after_seq: int
    at: datetime | None = None


class DeskEventBody(BaseModel):
    """An event of the conversation, as its visitor sees it."""

    seq: int
    type: str
    turn_id: str | None
    at: datetime
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> "DeskEventBody":
        return cls.model_validate(event_to_public(event))


class CaseFileResponse(BaseModel):
    conversation: DeskItemResponse
    inbox: str
    customer: str | None
    agent_name: str | None
    card: CaseCardBody
    events: list[DeskEventBody]
    notes: list[NoteBody]

    @classmethod
    def of(cls, file: CaseFile) -> "CaseFileResponse":
        lines = [CaseLineBody(kind=line.kind, text=line.text, seq=line.seq) for line in file.card.lines]
        return cls(
            conversation=DeskItemResponse.of(file.item),
            inbox=file.inbox.slug,
            customer=None if file.contact is None else file.contact.external_id,
            agent_name=None if file.holder is None else file.holder.name,
            card=CaseCardBody(language=file.card.language, lines=lines),
            events=[DeskEventBody.of(event) for event in file.events],
            notes=[NoteBody.model_validate(note) for note in file.notes],
        )


class SuggestionResponse(BaseModel):
    """``text`` is null when no document answers ``question``. Nothing has been sent."""

    question: str | None
    text: str | None
    probability: float | None
    citations: list[CitationBody]

    @classmethod
    def of(cls, found: Suggestion | None) -> "SuggestionResponse":
        if found is None:
            return cls(question=None, text=None, probability=None, citations=[])
        citations = [CitationBody.model_validate(citation_to_json(citation)) for citation in found.citations]
        return cls(question=found.question, text=found.text, probability=found.probability, citations=citations)


class AgentReplyRequest(Request):
    """``client_id`` makes a send idempotent, as a visitor's does."""

    client_id: ShortText
    text: Text


class AgentReplyResponse(BaseModel):
    message: MessageBody


class NoteRequest(Request):
    text: Text


class TransferRequest(Request):
    """One of the two."""

    agent_id: str | None = None
    team_id: str | None = None


class SnoozeRequest(Request):
    until: Annotated[AwareDatetime, Field(strict=False)]


class LabelsBody(Request):
    labels: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)]
