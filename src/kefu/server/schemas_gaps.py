"""Bodies about what is asked in vain."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from kefu.domain.conversation import Language
from kefu.domain.improving import GapState
from kefu.server.schemas import Request
from kefu.services.gaps import GapList, GapSummary


class NearestBody(BaseModel):
    """The document that comes nearest to answering: perhaps it only lacks a wording."""

    key: str
    language: Language
    probability: float


class GapResponse(BaseModel):
    """Questions without a source that ask the same. ``recent``: in the last seven days; ``earlier``: in the seven before."""

    id: str
    question: str
    language: Language
    state: GapState
    count: int
    recent: int
    earlier: int
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime
    examples: list[str]
    nearest: NearestBody | None
    draft_key: str | None

    @classmethod
    def of(cls, summary: GapSummary) -> "GapResponse":
        cluster, count, nearest = summary.cluster, summary.count, summary.cluster.nearest
        return cls(
            id=cluster.id,
            question=cluster.question,
            language=cluster.language,
            state=cluster.state,
            count=count.count,
            recent=count.recent,
            earlier=count.earlier,
            first_seen=count.first_seen,
            last_seen=count.last_seen,
            changed_at=cluster.changed_at,
            examples=list(summary.examples),
            nearest=None
            if nearest is None
            else NearestBody(key=nearest.key, language=nearest.language, probability=nearest.probability),
            draft_key=cluster.draft_key,
        )


class GapListResponse(BaseModel):
    """``waiting``: questions that the review under way has not gathered yet."""

    gaps: list[GapResponse]
    total: int
    waiting: int

    @classmethod
    def of(cls, found: GapList) -> "GapListResponse":
        return cls(gaps=[GapResponse.of(one) for one in found.gaps], total=found.total, waiting=found.waiting)


class GapStateRequest(Request):
    state: Annotated[GapState, Field(strict=False, description="`open`, `answered` or `ignored`.")]
