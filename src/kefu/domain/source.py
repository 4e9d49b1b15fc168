"""Where documents come from by themselves: a page, a site, a repository, a folder, read again and again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kefu.domain.conversation import Language


class SourceKind(StrEnum):
    """``web`` is one page, ``sitemap`` all pages that a site lists, ``git`` and ``folder`` all files in them; ``plugin`` is
    what a plugin lists.
    """

    WEB = "web"
    SITEMAP = "sitemap"
    GIT = "git"
    FOLDER = "folder"
    PLUGIN = "plugin"


class SourceProblem(StrEnum):
    """Why something of a source was left out, beside what can be wrong with a file or a fetch (docs/guide/sources.md)."""

    ROBOTS = "robots_disallowed"
    OTHER_HOST = "other_host"
    TOO_MANY = "too_many_items"
    KEY_TAKEN = "key_taken"
    SITEMAP = "sitemap_unread"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source is read. Patterns are globs over paths; without ``include`` all. ``interval`` None: when it is asked for."""

    language: Language | None = None
    """Of documents that do not say theirs; None: recognised."""
    segments: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    owner: str | None = None
    prefix: str = ""
    """What the keys of its documents begin with."""
    is_draft: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_items: int = 500
    interval: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the last sync went, and when the next is due (None: when it is asked for). ``failures``: in a row."""

    synced_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    error_code: str | None = None
    error_detail: str | None = None
    problem_count: int = 0
    revision: str | None = None
    """What was read then, where that has one name for the whole: a commit and how it was read."""


@dataclass(frozen=True, slots=True)
class Source:
    """``address``: of a page, a sitemap or a repository, the path of a folder on the server, or ``PLUGIN/SOURCE:REST``."""

    id: str
    workspace_id: str
    kind: SourceKind
    address: str
    options: SourceOptions
    created_at: datetime
    state: SourceState = field(default_factory=SourceState)


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One page or file of a source as it was last read: what tells whether it has changed since."""

    id: str
    source_id: str
    address: str
    """Of the page, or the path in the folder."""
    content_hash: str
    reading_hash: str
    """Of how it was read: options, and rules of cutting."""
    etag: str | None = None
    last_modified: str | None = None


class KeptDocuments(StrEnum):
    """What becomes of the documents of a source that is deleted."""

    REMOVE = "remove"
    KEEP = "keep"
