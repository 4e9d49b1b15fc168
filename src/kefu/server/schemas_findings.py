"""Bodies about what is wrong with the knowledge."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from kefu.domain.conversation import Language
from kefu.domain.improving import FindingKind, FindingState, KnowledgeFinding
from kefu.server.schemas import Request


class SubjectBody(BaseModel):
    """A document version that the finding is about, with its validity."""

    key: str
    language: Language
    version: int
    document_id: str
    title: str
    valid_from: datetime | None
    valid_until: datetime | None
    segments: list[str]


class FindingResponse(BaseModel):
    """``evidence`` depends on the kind: see the guide."""

    id: str
    kind: FindingKind
    state: FindingState
    subjects: list[SubjectBody]
    evidence: dict[str, Any]
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime

    @classmethod
    def of(cls, finding: KnowledgeFinding) -> "FindingResponse":
        return cls(
            id=finding.id,
            kind=finding.kind,
            state=finding.state,
            subjects=[SubjectBody.model_validate(subject) for subject in finding.subjects],
            evidence=finding.evidence,
            first_seen=finding.first_seen,
            last_seen=finding.last_seen,
            changed_at=finding.changed_at,
        )


class FindingListResponse(BaseModel):
    findings: list[FindingResponse]


class FindingStateRequest(Request):
    state: Annotated[FindingState, Field(strict=False, description="`dismissed` or `open`.")]


class TopicBody(BaseModel):
    """Questions that ask the same; the counts are parts of ``count``; ``documents`` are cited most first."""

    question: str
    count: int
    answered: int
    abstained: int
    handed_off: int
    documents: list[str]


class CoverageResponse(BaseModel):
    """``unneeded``: documents that none of ``questions`` was answered from."""

    job_id: str
    questions: int
    topics: list[TopicBody]
    topic_count: int
    unneeded: list[str]
    unneeded_count: int
