"""What documents say of a company's things, as a graph: entities, and edges with the sentence that proves each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kefu.domain.conversation import Language
from kefu.domain.knowledge import TermKind


class EdgeStatus(StrEnum):
    """What people say of an edge. One that is rejected is used for nothing, and stays so when its document is read anew."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BY_HAND = "by_hand"


class Extractor(StrEnum):
    """How an edge was read."""

    TABLE = "table"
    LIST = "list"
    SENTENCE = "sentence"
    PARSE = "parse"
    """By the syntax of a trained pipeline."""
    FAQ = "faq"
    NEARNESS = "nearness"
    """Two entities in one sentence, with nothing between them that is known as a relation."""
    HAND = "hand"


class ValueKind(StrEnum):
    MONEY = "money"
    PERCENT = "percent"
    DURATION = "duration"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Value:
    """``text`` as it was written; ``number`` and ``unit`` where it holds one: the least of a range."""

    kind: ValueKind
    text: str
    number: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The sentence, item or row that says it: the document version's text from ``start`` to ``end``."""

    document_id: str
    document_key: str
    language: Language
    version: int
    chunk_id: str
    start: int
    end: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that documents speak of. ``is_by_hand``: a person set its kind or aliases, which no reading changes."""

    id: str
    workspace_id: str
    language: Language
    name: str
    kind: TermKind = TermKind.TOPIC
    aliases: tuple[str, ...] = ()
    is_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """Subject, relation, and another entity or a value. ``is_negated``: the documents say that it is not so.

    ``relation`` is a name of ours (supports, costs, …) or the heading of a table's column. ``qualifier`` is the condition
    that was said with it. Without a proof (by hand only) an edge leads to documents and is never said.
    """

    id: str
    workspace_id: str
    fact: str
    """The same for the same statement, whichever version it is read from: a judgement is kept by it."""
    subject: Entity
    relation: str
    object: Entity | None
    value: Value | None
    is_negated: bool
    qualifier: str
    proof: Proof | None
    extractor: Extractor
    confidence: float
    status: EdgeStatus
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EdgeFilter:
    """Which edges are shown; what is None does not matter. ``text`` is looked for in the subject's name and the proof."""

    status: EdgeStatus | None = None
    entity_id: str | None = None
    relation: str | None = None
    document_key: str | None = None
    text: str | None = None
