"""Bodies of a hit test: what a question finds, and why."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from kefu.dialogue.answer.finding import Finding
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Viewer
from kefu.knowledge.explaining import Hidden, Hit, PartKind, PartMatch, Place
from kefu.server.schemas import Request
from kefu.server.schemas_knowledge import Moment, Names
from kefu.services.hit_testing import LONGEST_QUERY, HitTest


class ViewerRequest(Request):
    """Whose eyes to search with: a contact in these segments, at this time (default: now)."""

    segments: Names = Field(default_factory=list)
    at: Moment | None = None

    def to_viewer(self, now: datetime) -> Viewer:
        return Viewer(self.at or now, frozenset(self.segments))


class SearchRequest(Request):
    query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY)]
    language: Annotated[Language | None, Field(description="Without it: recognised from the query.")] = None
    viewer: ViewerRequest = Field(default_factory=ViewerRequest)
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class PlaceBody(BaseModel):
    """``rank`` counts among all passages of the language, whoever may see them; 1 is the best."""

    score: float
    rank: int

    @classmethod
    def of(cls, place: Place) -> "PlaceBody":
        return cls(score=place.score, rank=place.rank)


class MatchBody(BaseModel):
    """The part that is nearest; ``score`` is the share of the question's words, or a cosine."""

    kind: PartKind
    text: str
    score: float

    @classmethod
    def of(cls, match: PartMatch | None) -> "MatchBody | None":
        return None if match is None else cls(kind=match.kind, text=match.text, score=match.score)


class SynonymBody(BaseModel):
    asked: list[str]
    found: list[str]


class HitBody(BaseModel):
    """A passage with its scores before fusion (``lexical``, ``semantic``) and after it (``fused``)."""

    document: str
    language: Language
    version: int
    title: str
    heading_path: list[str]
    start: int
    end: int
    text: str
    fused: PlaceBody
    lexical: PlaceBody
    semantic: PlaceBody | None
    floor: float
    hidden: Hidden | None
    by_words: MatchBody | None
    by_meaning: MatchBody | None
    terms: list[str]
    missing: list[str]
    synonyms: list[SynonymBody]

    @classmethod
    def of(cls, hit: Hit) -> "HitBody":
        chunk = hit.chunk
        return cls(
            document=chunk.document_key,
            language=chunk.language,
            version=chunk.document_version,
            title=chunk.title,
            heading_path=list(chunk.heading_path),
            start=chunk.start,
            end=chunk.end,
            text=chunk.text,
            fused=PlaceBody.of(hit.fused),
            lexical=PlaceBody.of(hit.lexical),
            semantic=None if hit.semantic is None else PlaceBody.of(hit.semantic),
            floor=hit.floor,
            hidden=hit.hidden,
            by_words=MatchBody.of(hit.by_words),
            by_meaning=MatchBody.of(hit.by_meaning),
            terms=list(hit.terms),
            missing=list(hit.missing),
            synonyms=[SynonymBody(asked=list(one.asked), found=list(one.found)) for one in hit.synonyms],
        )


class QuoteBody(BaseModel):
    document: str
    version: int
    title: str
    start: int
    end: int
    text: str


class CorrectionBody(BaseModel):
    typed: str
    meant: str
    how: str


class AnswerBody(BaseModel):
    """What a turn would say. ``contributions``: log odds that each feature adds; ``bias`` is where they begin."""

    is_answerable: bool
    question: str
    probability: float
    threshold: float
    quotes: list[QuoteBody]
    corrections: list[CorrectionBody]
    contributions: dict[str, float]


class SearchResponse(BaseModel):
    """``kept_back``: passages that scored as high but are not for this viewer, or that scored next below the floor."""

    query: str
    language: Language
    knowledge_version: int
    is_degraded: bool
    found: list[HitBody]
    kept_back: list[HitBody]
    answer: AnswerBody

    @classmethod
    def of(cls, test: HitTest) -> "SearchResponse":
        return cls(
            query=test.query,
            language=test.language,
            knowledge_version=test.knowledge_version,
            is_degraded=test.is_degraded,
            found=[HitBody.of(hit) for hit in test.found],
            kept_back=[HitBody.of(hit) for hit in test.kept_back],
            answer=_answer(test.finding, test.contributions),
        )


def to_quotes(finding: Finding) -> list[QuoteBody]:
    return [
        QuoteBody(
            document=quote.passage.chunk.document_key,
            version=quote.passage.chunk.document_version,
            title=quote.passage.chunk.title,
            start=quote.start,
            end=quote.end,
            text=quote.text,
        )
        for quote in finding.quotes
    ]


def _answer(finding: Finding, contributions: dict[str, float]) -> AnswerBody:
    return AnswerBody(
        is_answerable=finding.is_answerable,
        question=finding.question,
        probability=finding.probability,
        threshold=finding.threshold,
        quotes=to_quotes(finding),
        corrections=[CorrectionBody(typed=one.typed, meant=one.meant, how=one.how) for one in finding.corrections],
        contributions={name: round(value, 4) for name, value in contributions.items()},
    )
