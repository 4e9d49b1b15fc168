"""What a company knows: documents, the chunks they are cut into, passages found, citations shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kefu.domain.conversation import Language


class TermKind(StrEnum):
    """What a term names: in a follow-up question one of a kind takes the place of another of it."""

    TOPIC = "topic"
    PRODUCT = "product"
    PLACE = "place"
    PEOPLE = "people"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of a trade with others that customers use for it; ``text`` is its name in its language."""

    language: Language
    text: str
    synonyms: tuple[str, ...] = ()
    kind: TermKind = TermKind.TOPIC


class Risk(StrEnum):
    """What a wrong answer from a document may cost: ``strict`` documents (money, law) ask for a surer answer."""

    GENERAL = "general"
    STRICT = "strict"


class DocumentKind(StrEnum):
    PAGE = "page"
    FAQ = "faq"


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom, and when, knowledge is searched: the segments that a contact belongs to."""

    now: datetime
    segments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Availability:
    """When, and to whom, a document may be shown: from ``valid_from`` until before ``valid_until``; no segments mean everybody."""

    valid_from: datetime | None = None
    valid_until: datetime | None = None
    segments: frozenset[str] = frozenset()

    def covers(self, viewer: Viewer) -> bool:
        has_begun = self.valid_from is None or self.valid_from <= viewer.now
        is_over = self.valid_until is not None and self.valid_until <= viewer.now
        return has_begun and not is_over and (not self.segments or bool(self.segments & viewer.segments))


ALWAYS = Availability()
"""To everybody, without end."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an owner notes beside a text. ``origin``: the address or path that it was read from; ``owner``: who answers for it."""

    availability: Availability = ALWAYS
    tags: tuple[str, ...] = ()
    owner: str | None = None
    origin: str | None = None
    risk: Risk = Risk.GENERAL


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a source text. ``key`` is the owner's name for it and survives new versions.

    A draft is a version that is not answered from until it is published; of one key and language there is at most one.
    """

    id: str
    workspace_id: str
    key: str
    version: int
    kind: DocumentKind
    title: str
    language: Language
    text: str
    content_hash: str
    created_at: datetime
    is_current: bool = True
    is_draft: bool = False
    attributes: Attributes = Attributes()


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document as a source delivers it, before it has a version."""

    key: str
    kind: DocumentKind
    title: str
    language: Language
    text: str
    questions: tuple[str, ...] = ()
    """For a FAQ: the question and its other wordings; ``text`` is the answer."""
    attributes: Attributes = Attributes()
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one document version; ``start``/``end`` are code-point offsets into ``Document.text``.

    ``questions`` are search keys of a FAQ (never quoted); ``text`` is what may be quoted.
    """

    id: str
    workspace_id: str
    document_id: str
    document_key: str
    document_version: int
    ordinal: int
    title: str
    heading_path: tuple[str, ...]
    language: Language
    text: str
    start: int
    end: int
    questions: tuple[str, ...] = ()
    availability: Availability = ALWAYS
    risk: Risk = Risk.GENERAL


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk with its scores in [0, 1]: ``score`` is the fused one that ranks."""

    chunk: Chunk
    score: float
    lexical: float
    semantic: float
    graph: float = 0.0
    """How surely the knowledge graph leads here, and by which way."""
    way: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source under an answer: the exact quote, by offsets into one document version."""

    id: str
    number: int
    chunk_id: str
    document_id: str
    title: str
    version: int
    heading_path: tuple[str, ...]
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that had no sufficient source: the knowledge owner's to-do list."""

    turn_id: str
    conversation_id: str
    question: str
    language: Language
    confidence: float | None
    at: datetime
