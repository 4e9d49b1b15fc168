"""What the two processes say to each other: lines of JSON, the file's bytes after the request.

Nothing that comes from the reading process is believed: a parser that was taken over can send any bytes.
"""

from itertools import pairwise
from typing import Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Attributes, Availability, DocumentDraft, DocumentKind, Risk
from kefu.knowledge.blocks import Block, BlockKind, ParsedDocument
from kefu.knowledge.errors import Problem


class WireError(ValueError):
    """What was said has not the form that was agreed."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def to_line(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json")) + b"\n"


class Request(_Message):
    """``size`` bytes of the file follow."""

    name: str
    key: str
    language: Language | None
    size: int = Field(ge=0)


class OcrBegun(_Message):
    """Recognition begins: it may take longer."""

    event: Literal["ocr_begun"] = "ocr_begun"


class DocumentRead(_Message):
    """Blocks are kind, start, end and the place of their heading path in ``paths``."""

    event: Literal["document_read"] = "document_read"
    key: str
    kind: str
    title: str
    language: Language
    text: str
    questions: list[str]
    is_draft: bool = False
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    segments: list[str] = []
    tags: list[str] = []
    owner: str | None = None
    origin: str | None = None
    risk: Literal["general", "strict"] = "general"
    paths: list[list[str]]
    blocks: list[tuple[str, int, int, int]]


class FileFinished(_Message):
    """``memory`` is the size of the process, in bytes."""

    event: Literal["file_finished"] = "file_finished"
    remarks: list[str]
    memory: int


class FileRefused(_Message):
    event: Literal["file_refused"] = "file_refused"
    problem: str
    reason: str
    line: int | None


Reply = OcrBegun | DocumentRead | FileFinished | FileRefused
_REPLIES: dict[str, type[Reply]] = {
    "ocr_begun": OcrBegun,
    "document_read": DocumentRead,
    "file_finished": FileFinished,
    "file_refused": FileRefused,
}


def read_reply(line: bytes) -> Reply:
    """Raises WireError."""
    try:
        fields: Any = orjson.loads(line)
        return _REPLIES[fields["event"]].model_validate_json(line)
    except (orjson.JSONDecodeError, ValidationError, KeyError, TypeError) as error:
        raise WireError("no reply") from error


def to_reply(document: ParsedDocument) -> DocumentRead:
    draft = document.draft
    paths = {path: place for place, path in enumerate(dict.fromkeys(block.heading_path for block in document.blocks))}
    return DocumentRead(
        key=draft.key,
        kind=draft.kind.value,
        title=draft.title,
        language=draft.language,
        text=draft.text,
        questions=[*draft.questions],
        is_draft=draft.is_draft,
        valid_from=draft.attributes.availability.valid_from,
        valid_until=draft.attributes.availability.valid_until,
        segments=sorted(draft.attributes.availability.segments),
        tags=[*draft.attributes.tags],
        owner=draft.attributes.owner,
        origin=draft.attributes.origin,
        risk=draft.attributes.risk.value,
        paths=[[*path] for path in paths],
        blocks=[(block.kind.value, block.start, block.end, paths[block.heading_path]) for block in document.blocks],
    )


def to_document(reply: DocumentRead) -> ParsedDocument:
    """Raises WireError when the blocks do not lie in the text, in order."""
    try:
        draft = DocumentDraft(
            key=reply.key,
            kind=DocumentKind(reply.kind),
            title=reply.title,
            language=reply.language,
            text=reply.text,
            questions=tuple(reply.questions),
            is_draft=reply.is_draft,
            attributes=Attributes(
                availability=Availability(reply.valid_from, reply.valid_until, frozenset(reply.segments)),
                tags=tuple(reply.tags),
                owner=reply.owner,
                origin=reply.origin,
                risk=Risk(reply.risk),
            ),
        )
        paths = [tuple(path) for path in reply.paths]
        blocks = tuple(Block(BlockKind(kind), start, end, paths[path]) for kind, start, end, path in reply.blocks)
    except (ValueError, IndexError) as error:
        raise WireError("no document") from error
    length = len(reply.text)
    if any(not 0 <= block.start < block.end <= length for block in blocks):
        raise WireError("a block outside of the text")
    if any(block.end > following.start for block, following in pairwise(blocks)):
        raise WireError("blocks overlap")
    return ParsedDocument(draft, blocks)


def to_problem(name: str) -> Problem:
    """Raises WireError."""
    try:
        return Problem(name)
    except ValueError as error:
        raise WireError("no problem") from error
