"""Bodies of requests and responses (docs/api/protocol.md). Unknown request fields are refused."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kefu.domain.conversation import Attachment, Author, Conversation, Handler, Language, MessageDraft, Status
from kefu.domain.turn import Decision
from kefu.plugins.cards import AnyCard

ShortText = Annotated[str, Field(min_length=1, max_length=64)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class VisitorRequest(Request):
    workspace: ShortText
    inbox: ShortText
    identity: Annotated[str, Field(max_length=4_096)] | None = None


class VisitorResponse(BaseModel):
    token: str
    expires_at: datetime
    contact_id: str


class InboxResponse(BaseModel):
    workspace: str
    inbox: str
    name: str
    colour: str
    greeting: dict[Language, str]
    suggestions: dict[Language, tuple[str, ...]]
    ai_notice: dict[Language, str]


class ConversationRequest(Request):
    language: Language | None = None


class ConversationResponse(BaseModel):
    id: str
    status: Status
    handler: Handler
    language: Language | None
    last_seq: int
    created_at: datetime

    @classmethod
    def of(cls, conversation: Conversation) -> "ConversationResponse":
        return cls(
            id=conversation.id,
            status=conversation.status,
            handler=conversation.handler,
            language=conversation.language,
            last_seq=conversation.last_seq,
            created_at=conversation.created_at,
        )


class AttachmentBody(Request):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    url: Annotated[str, Field(pattern="^https?://", max_length=2_000)]
    content_type: Annotated[str, Field(min_length=1, max_length=100)]


class PayloadBody(Request):
    choice: Annotated[str, Field(min_length=1, max_length=200)]


class MessageRequest(Request):
    client_id: ShortText
    text: Annotated[str, Field(max_length=40_000)] = ""
    attachments: Annotated[list[AttachmentBody], Field(max_length=10)] = []
    payload: PayloadBody | None = None

    def to_draft(self) -> MessageDraft:
        return MessageDraft(
            client_id=self.client_id,
            author=Author.VISITOR,
            text=self.text,
            choice=None if self.payload is None else self.payload.choice,
            attachments=tuple(
                Attachment(name=item.name, url=item.url, content_type=item.content_type) for item in self.attachments
            ),
        )


class MessageBody(BaseModel):
    id: str
    seq: int
    client_id: str
    author: Author
    text: str
    attachments: list[AttachmentBody]
    created_at: datetime


class CitationBody(BaseModel):
    id: str
    number: int
    document_id: str
    title: str
    version: int
    heading_path: list[str]
    start: int
    end: int
    quote: str


class QuickReplyBody(BaseModel):
    title: str
    choice: str


class ReplyBody(BaseModel):
    text: str
    citations: list[CitationBody]
    decision: Decision
    confidence: float | None
    handler: Handler
    trace_id: str
    quick_replies: list[QuickReplyBody]
    cards: list[AnyCard] = Field(default_factory=list)


class FailureBody(BaseModel):
    code: str
    text: str
    message_ids: list[str]


class MessageResponse(BaseModel):
    """``reply`` is null when a person holds the conversation, or when the turn ended in ``failure``."""

    message: MessageBody
    reply: ReplyBody | None = None
    failure: FailureBody | None = None


class RatingRequest(Request):
    score: int
    comment: str = ""


class PassageBody(BaseModel):
    text: str
    start: int
    end: int


class DocumentBody(BaseModel):
    title: str
    version: int
    is_current: bool


class CitedPassageResponse(BaseModel):
    citation: CitationBody
    passage: PassageBody
    document: DocumentBody


class TraceResponse(BaseModel):
    id: str
    conversation_id: str
    state: str
    decision: Decision | None
    confidence: float | None
    started_at: datetime
    finished_at: datetime | None
    trace: dict[str, Any] | None
    why: list[str]
    """Sentences in the language that was asked for, else in the conversation's."""


class ProblemField(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 with a stable ``code``."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemField] | None = None
    retry_after: int | None = None
    """Seconds, as in the header ``Retry-After``; for transports without headers."""


class AuthenticateFrame(Request):
    type: Literal["authenticate"]
    token: Annotated[str, Field(max_length=4_096)]


class SendFrame(MessageRequest):
    type: Literal["send"]


class ControlFrame(Request):
    type: Literal["stop", "ping", "pong"]
