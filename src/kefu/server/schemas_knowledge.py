"""Bodies of what those ask who keep the knowledge."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Attributes, Availability, Document, DocumentKind, Risk
from kefu.server.schemas import Request
from kefu.services.documents import DocumentText

Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=50)]
Line = Annotated[str, Field(min_length=1, max_length=500)]
Moment = Annotated[AwareDatetime, Field(strict=False, description="With a zone: 2026-05-01T08:00:00+08:00.")]

InRisk = Annotated[Risk, Field(strict=False, description="`strict`: an answer that quotes it must be surer.")]


class DocumentRequest(Request):
    """A page in Markdown, or with ``questions`` a FAQ entry whose answer is ``text``."""

    language: Language
    text: Annotated[str, Field(min_length=1, max_length=200_000)]
    title: Line | None = None
    questions: Annotated[list[Line], Field(max_length=100, default_factory=list)]
    is_draft: bool = False
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    segments: Names = Field(default_factory=list)
    tags: Names = Field(default_factory=list)
    owner: Annotated[str, Field(max_length=200)] | None = None
    origin: Annotated[str, Field(max_length=1_000)] | None = None
    risk: InRisk = Risk.GENERAL

    def to_text(self, key: str) -> DocumentText:
        return DocumentText(
            key=key,
            language=self.language,
            text=self.text,
            title=self.title,
            questions=tuple(self.questions),
            is_draft=self.is_draft,
            attributes=Attributes(
                availability=Availability(self.valid_from, self.valid_until, frozenset(self.segments)),
                tags=tuple(self.tags),
                owner=self.owner,
                origin=self.origin,
                risk=self.risk,
            ),
        )


class AttributesRequest(Request):
    """What is not named stays; null takes a date, an owner or an origin away."""

    valid_from: Moment | None = None
    valid_until: Moment | None = None
    segments: Names = Field(default_factory=list)
    tags: Names = Field(default_factory=list)
    owner: Annotated[str, Field(max_length=200)] | None = None
    risk: InRisk = Risk.GENERAL

    def apply(self, attributes: Attributes) -> Attributes:
        """The attributes with what this request names."""
        named, old = self.model_fields_set, attributes.availability
        availability = Availability(
            self.valid_from if "valid_from" in named else old.valid_from,
            self.valid_until if "valid_until" in named else old.valid_until,
            frozenset(self.segments) if "segments" in named else old.segments,
        )
        return replace(
            attributes,
            availability=availability,
            tags=tuple(self.tags) if "tags" in named else attributes.tags,
            owner=self.owner if "owner" in named else attributes.owner,
            risk=self.risk if "risk" in named else attributes.risk,
        )


class DocumentSummary(BaseModel):
    key: str
    language: Language
    version: int
    kind: DocumentKind
    title: str
    is_current: bool
    is_draft: bool
    valid_from: datetime | None
    valid_until: datetime | None
    segments: list[str]
    tags: list[str]
    owner: str | None
    origin: str | None
    risk: Risk
    created_at: datetime

    @classmethod
    def of(cls, document: Document) -> "DocumentSummary":
        return cls.model_validate(_values(document))


class DocumentResponse(DocumentSummary):
    text: str

    @classmethod
    def of(cls, document: Document) -> "DocumentResponse":
        return cls.model_validate({**_values(document), "text": document.text})


class DocumentListResponse(BaseModel):
    documents: list[DocumentSummary]


class PutDocumentResponse(BaseModel):
    """``is_changed`` is False when the same text with the same attributes was there already."""

    document: DocumentSummary
    is_changed: bool


def _values(document: Document) -> dict[str, object]:
    attributes = document.attributes
    return {
        "key": document.key,
        "language": document.language,
        "version": document.version,
        "kind": document.kind,
        "title": document.title,
        "is_current": document.is_current,
        "is_draft": document.is_draft,
        "valid_from": attributes.availability.valid_from,
        "valid_until": attributes.availability.valid_until,
        "segments": sorted(attributes.availability.segments),
        "tags": list(attributes.tags),
        "owner": attributes.owner,
        "origin": attributes.origin,
        "risk": attributes.risk,
        "created_at": document.created_at,
    }
