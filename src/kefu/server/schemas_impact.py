"""Bodies about what a draft would change."""

from typing import Annotated

from pydantic import BaseModel, Field

from kefu.domain.conversation import Language
from kefu.domain.job import Job, JobState
from kefu.server.schemas import Request
from kefu.server.schemas_knowledge import DocumentRequest
from kefu.services.improving.impact import MOST_QUESTIONS, QUESTIONS, Effect

Key = Annotated[str, Field(min_length=1, max_length=300)]


class ImpactRequest(Request):
    """Of the stored draft of ``key`` and ``language``; with ``document``: of that text, which is not stored."""

    key: Key
    language: Language
    document: DocumentRequest | None = None
    questions: Annotated[int, Field(ge=1, le=MOST_QUESTIONS, description="Of so many last turns.")] = QUESTIONS


class ImpactQuoteBody(BaseModel):
    document: str
    text: str


class ImpactAnswerBody(BaseModel):
    is_answered: bool
    probability: float
    threshold: float
    quotes: list[ImpactQuoteBody]


class ChangeBody(BaseModel):
    """A real question, without personal data, that would be answered in another way; ``count``: how often it was asked."""

    effect: Effect
    question: str
    language: Language
    count: int
    before: ImpactAnswerBody
    after: ImpactAnswerBody


class ImpactResponse(BaseModel):
    """``changes`` and ``counts`` (of different questions, by effect) are there when ``state`` is ``succeeded``."""

    job_id: str
    state: JobState
    done: int
    total: int
    questions: int = 0
    counts: dict[Effect, int] = Field(default_factory=dict)
    changes: list[ChangeBody] = Field(default_factory=list)

    @classmethod
    def of(cls, job: Job) -> "ImpactResponse":
        shown = {"job_id": job.id, "state": job.state, "done": job.done, "total": job.total}
        return cls.model_validate({**job.result, **shown})
