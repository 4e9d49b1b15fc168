"""Bodies of what those ask who curate the knowledge graph."""

from typing import Annotated

from pydantic import BaseModel, Field

from kefu.domain.conversation import Language
from kefu.domain.graph import Edge, EdgeStatus, Entity, Extractor, ValueKind
from kefu.domain.knowledge import TermKind
from kefu.server.schemas import Request
from kefu.services.graph import EdgeText

Label = Annotated[str, Field(min_length=1, max_length=100)]
Phrase = Annotated[str, Field(min_length=1, max_length=200)]


class EntityBody(BaseModel):
    id: str
    language: Language
    name: str
    kind: TermKind
    aliases: list[str]
    is_by_hand: bool

    @classmethod
    def of(cls, entity: Entity) -> "EntityBody":
        return cls(
            id=entity.id,
            language=entity.language,
            name=entity.name,
            kind=entity.kind,
            aliases=list(entity.aliases),
            is_by_hand=entity.is_by_hand,
        )


class EntityListResponse(BaseModel):
    entities: list[EntityBody]


class EntityRequest(Request):
    """What is not named stays."""

    kind: Annotated[TermKind, Field(strict=False)] | None = None
    aliases: Annotated[list[Phrase], Field(max_length=50)] | None = None


class ValueBody(BaseModel):
    kind: ValueKind
    text: str
    number: float | None
    unit: str


class ProofBody(BaseModel):
    document: str
    version: int
    chunk_id: str
    start: int
    end: int
    sentence: str


class EdgeResponse(BaseModel):
    id: str
    subject: EntityBody
    relation: str
    object: EntityBody | None
    value: ValueBody | None
    is_negated: bool
    qualifier: str
    proof: ProofBody | None
    extractor: Extractor
    confidence: float
    status: EdgeStatus

    @classmethod
    def of(cls, edge: Edge) -> "EdgeResponse":
        value, proof = edge.value, edge.proof
        return cls(
            id=edge.id,
            subject=EntityBody.of(edge.subject),
            relation=edge.relation,
            object=None if edge.object is None else EntityBody.of(edge.object),
            value=None
            if value is None
            else ValueBody(kind=value.kind, text=value.text, number=value.number, unit=value.unit),
            is_negated=edge.is_negated,
            qualifier=edge.qualifier,
            proof=None
            if proof is None
            else ProofBody(
                document=proof.document_key,
                version=proof.version,
                chunk_id=proof.chunk_id,
                start=proof.start,
                end=proof.end,
                sentence=proof.sentence,
            ),
            extractor=edge.extractor,
            confidence=edge.confidence,
            status=edge.status,
        )


class EdgeListResponse(BaseModel):
    edges: list[EdgeResponse]


class EdgeRequest(Request):
    """An object (another thing) or a value; with a document's sentence, word for word, it may be quoted."""

    language: Language
    subject: Phrase
    relation: Label
    object: Phrase | None = None
    value: Phrase | None = None
    is_negated: bool = False
    qualifier: Annotated[str, Field(max_length=300)] = ""
    document: Annotated[str, Field(max_length=300)] | None = None
    sentence: Annotated[str, Field(max_length=2_000)] | None = None

    def to_text(self) -> EdgeText:
        return EdgeText(
            language=self.language,
            subject=self.subject,
            relation=self.relation,
            object=self.object,
            value=self.value,
            is_negated=self.is_negated,
            qualifier=self.qualifier,
            document_key=self.document,
            sentence=self.sentence,
        )
