"""What can be wrong with a file that someone wants to add, and with reading the graph.

KefuError (kefu.domain.errors)
├── InvalidInputError
│   └── DocumentInvalidError   422  document_invalid
└── GraphReadingError          500  graph_reading_failed
"""

from enum import StrEnum

from kefu.domain.errors import InvalidInputError, KefuError


class Problem(StrEnum):
    """Why a file was left out: the stable codes of an import's report (docs/guide/knowledge.md)."""

    INVALID = "document_invalid"
    """Something in it that its owner can correct, as a rule on a line that is named."""
    UNREADABLE = "unreadable"
    NOT_A_FILE = "not_a_file"
    OUTSIDE_FOLDER = "outside_folder"
    UNKNOWN_KIND = "unknown_kind"
    WRONG_KIND = "wrong_kind"
    UNKNOWN_ENCODING = "unknown_encoding"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    ARCHIVE_BOMB = "archive_bomb"
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    TOOK_TOO_LONG = "took_too_long"
    NEEDED_TOO_MUCH_MEMORY = "needed_too_much_memory"
    NO_TEXT = "no_text"
    NEEDS_OCR = "needs_ocr"
    PARSER_FAILED = "parser_failed"


class DocumentInvalidError(InvalidInputError):
    """A file, or one line of it (1-based), cannot be read as knowledge; ``reason`` says what to change."""

    code = "document_invalid"
    title = "Document invalid"

    def __init__(self, *, file: str, reason: str, line: int | None = None, problem: Problem = Problem.INVALID) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}", field="file")
        self.file = file
        self.line = line
        self.reason = reason
        self.problem = problem


class GraphReadingError(KefuError):
    """The process that reads the knowledge graph did not start, or failed at a document."""

    code = "graph_reading_failed"
    title = "The knowledge graph was not read"
