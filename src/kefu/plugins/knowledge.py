"""Where documents come from that only a plugin can read: a shop's catalogue, a wiki behind a login."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kefu.plugins.context import WorkContext

SOURCE_SECONDS = 30.0
MOST_SOURCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One thing that a source has. ``key`` names it for good; with a ``version`` it is fetched only when that changes."""

    key: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A part of the list; ``next_cursor`` is given back for the next part, None at the end."""

    entries: Sequence[SourceEntry]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A file as bytes: its ``name``'s ending says how it is parsed, in a process of its own (``page.html``, ``size.xlsx``).

    ``origin`` is shown to the document's owner: an address, or where in the other system it is.
    """

    name: str
    content: bytes
    origin: str = ""


ListEntries = Callable[[str, str | None, WorkContext], Awaitable[SourcePage]]
"""``(address, cursor, ctx)``: one page of what there is; raises when the source as a whole cannot be read."""
FetchEntry = Callable[[str, str, WorkContext], Awaitable[SourceDocument | None]]
"""``(address, key, ctx)``: one entry; None when it is gone. What it raises is a problem of this entry only."""


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """A kind of source, named ``PLUGIN/NAME:REST``; ``REST``, the address, is the plugin's own (``category=shoes``).

    It goes the same way as kefu's own sources: jobs, schedule, detection of changes, parsing in a sandbox.
    """

    name: str
    list_entries: ListEntries
    fetch: FetchEntry
    seconds: float = SOURCE_SECONDS
