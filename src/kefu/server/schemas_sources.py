"""Bodies of what those ask who keep sources."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from kefu.domain.conversation import Language
from kefu.domain.source import Source, SourceKind, SourceOptions
from kefu.server.schemas import Request
from kefu.server.schemas_knowledge import Names

Patterns = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=50)]
Minutes = Annotated[int, Field(ge=5, le=525_600, description="Minutes between two syncs; null: only when asked for.")]


class SourceOptionsRequest(Request):
    """How it is read. ``include`` and ``exclude`` are globs over paths; without ``include`` all are read."""

    language: Language | None = None
    segments: Names = Field(default_factory=list)
    tags: Names = Field(default_factory=list)
    owner: Annotated[str, Field(max_length=200)] | None = None
    prefix: Annotated[str, Field(max_length=100, description="What the keys of its documents begin with.")] = ""
    is_draft: bool = False
    include: Patterns = Field(default_factory=list)
    exclude: Patterns = Field(default_factory=list)
    max_items: Annotated[int, Field(ge=1, le=5_000)] = 500
    interval_minutes: Minutes | None = None

    def apply(self, options: SourceOptions) -> SourceOptions:
        """The options with what this request names."""
        given = {name: getattr(self, name) for name in self.model_fields_set & SourceOptionsRequest.model_fields.keys()}
        if "interval_minutes" in given:
            minutes = given.pop("interval_minutes")
            given["interval"] = None if minutes is None else timedelta(minutes=minutes)
        if "segments" in given:
            given["segments"] = frozenset(given["segments"])
        lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        return replace(options, **{**given, **lists})


class SourceRequest(SourceOptionsRequest):
    """``address``: of a page, a sitemap, or a repository (``#branch``), or the path of a folder on the server."""

    kind: Annotated[SourceKind, Field(strict=False)]
    address: Annotated[str, Field(min_length=1, max_length=800)]


class SourceResponse(BaseModel):
    """``failures`` in a row, with the last ``error``; ``problem_count``: items that the last sync left out."""

    id: str
    kind: SourceKind
    address: str
    language: Language | None
    segments: list[str]
    tags: list[str]
    owner: str | None
    prefix: str
    is_draft: bool
    include: list[str]
    exclude: list[str]
    max_items: int
    interval_minutes: int | None
    created_at: datetime
    synced_at: datetime | None
    due_at: datetime | None
    failures: int
    error_code: str | None
    error_detail: str | None
    problem_count: int

    @classmethod
    def of(cls, source: Source) -> "SourceResponse":
        options, state = source.options, source.state
        return cls(
            id=source.id,
            kind=source.kind,
            address=source.address,
            language=options.language,
            segments=sorted(options.segments),
            tags=list(options.tags),
            owner=options.owner,
            prefix=options.prefix,
            is_draft=options.is_draft,
            include=list(options.include),
            exclude=list(options.exclude),
            max_items=options.max_items,
            interval_minutes=None if options.interval is None else round(options.interval / timedelta(minutes=1)),
            created_at=source.created_at,
            synced_at=state.synced_at,
            due_at=state.due_at,
            failures=state.failures,
            error_code=state.error_code,
            error_detail=state.error_detail,
            problem_count=state.problem_count,
        )


class SourceListResponse(BaseModel):
    sources: list[SourceResponse]


class SourceDeletedResponse(BaseModel):
    """How many documents were taken out of use."""

    removed_documents: int
