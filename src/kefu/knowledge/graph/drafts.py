"""What is read from one chunk, before it is stored: names instead of entities, places instead of versions."""

from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.domain.graph import Extractor, Value
from kefu.domain.knowledge import Chunk, TermKind
from kefu.kit.canonical import sha256_of
from kefu.kit.text import normalise
from kefu.knowledge.phrases import to_units

EXTRACTOR_VERSION = 1
"""Raise when other edges are read from the same text: every document is then read anew."""


@dataclass(frozen=True, slots=True)
class Name:
    """What an entity is called, and of which kind it is."""

    text: str
    kind: TermKind = TermKind.TOPIC


@dataclass(frozen=True, slots=True)
class Text:
    """What is read of a chunk."""

    chunk_id: str
    document_id: str
    title: str
    heading_path: tuple[str, ...]
    language: Language
    text: str
    start: int
    questions: tuple[str, ...] = ()

    @classmethod
    def of(cls, chunk: Chunk) -> "Text":
        return cls(
            chunk.id,
            chunk.document_id,
            chunk.title,
            chunk.heading_path,
            chunk.language,
            chunk.text,
            chunk.start,
            chunk.questions,
        )


@dataclass(frozen=True, slots=True)
class EdgeDraft:
    """``start`` and ``end`` are offsets into the document version; its text there is ``sentence``."""

    chunk_id: str
    language: Language
    subject: Name
    relation: str
    object: Name | None
    value: Value | None
    is_negated: bool
    qualifier: str
    start: int
    end: int
    sentence: str
    extractor: Extractor
    confidence: float

    @property
    def fact(self) -> str:
        """Names the statement, not its place."""
        return fact_of(
            self.language,
            subject=self.subject.text,
            relation=self.relation,
            said=self.object.text if self.object else self.value.text if self.value else "",
            is_negated=self.is_negated,
            qualifier=self.qualifier,
        )


def fact_of(language: Language, *, subject: str, relation: str, said: str, is_negated: bool, qualifier: str) -> str:
    """One name for one statement, however its words are spaced and written."""
    words = [key_of(text, language) for text in (subject, relation, said, qualifier)]
    return sha256_of([language, words, is_negated])


def key_of(name: str, language: Language) -> str:
    """Two names with one key are one entity."""
    plain = normalise(name).text
    units = to_units("".join(plain.split()) if language == "zh" else plain, language)
    return ("" if language == "zh" else " ").join(units) or plain.strip()
