"""What a parser is given, and what it gives."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kefu.domain.conversation import Language
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.parsers.settings import ParserSettings

MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The bytes of one file. ``key`` names its document, ``language`` is known when the file's name says it."""

    name: str
    key: str
    data: bytes
    language: Language | None = None
    limits: ParserSettings = field(default_factory=ParserSettings)

    @property
    def stem(self) -> str:
        """The last part of the key: what a document is called that has no title."""
        return self.key.rsplit("/", 1)[-1]

    def refuse(self, problem: Problem, reason: str, *, line: int | None = None) -> DocumentInvalidError:
        """The error to raise about this file."""
        return DocumentInvalidError(file=self.name, reason=reason, line=line, problem=problem)


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents of one file, and remarks about how it was read (its encoding, pages without text)."""

    documents: Iterable[ParsedDocument]
    remarks: tuple[str, ...] = ()
