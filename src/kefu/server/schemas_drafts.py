"""Bodies of drafts that are made from replies."""

from typing import Annotated

from pydantic import BaseModel, Field

from kefu.domain.improving import GapState
from kefu.server.schemas import Request
from kefu.server.schemas_knowledge import DocumentSummary, Line
from kefu.services.improving.drafting import AnswerDraft, DraftRequest


class DraftFromReplyRequest(Request):
    """``message_id`` of a stored message that no visitor wrote, or ``reply``; ``questions``, or those of ``gap_id``.

    With neither it is what the visitor had asked before the message.
    """

    message_id: Annotated[str, Field(max_length=40)] | None = None
    reply: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    questions: Annotated[list[Line], Field(max_length=20, default_factory=list)]
    gap_id: Annotated[str, Field(max_length=40)] | None = None
    key: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    masks: Annotated[bool, Field(description="False: personal data in the answer is only marked.")] = True

    def to_request(self) -> DraftRequest:
        return DraftRequest(
            self.message_id, self.reply, tuple(self.questions), gap_id=self.gap_id, key=self.key, masks=self.masks
        )


class MarkBody(BaseModel):
    """What in the reply looked like personal data; offsets (code points) into the reply as it was."""

    kind: str
    start: int
    end: int
    text: str


class DraftFromReplyResponse(BaseModel):
    document: DocumentSummary
    questions: list[str]
    marks: list[MarkBody]
    gap_state: GapState | None

    @classmethod
    def of(cls, draft: AnswerDraft) -> "DraftFromReplyResponse":
        return cls(
            document=DocumentSummary.of(draft.stored.document),
            questions=list(draft.questions),
            marks=[MarkBody(kind=one.kind, start=one.start, end=one.end, text=one.text) for one in draft.marks],
            gap_state=None if draft.gap is None else draft.gap.state,
        )
