"""What a sync needs of a kind of source: what there is, and each item that has changed."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from kefu.domain.job import JobProblem
from kefu.domain.source import Source, SourceItem, SourceOptions, SourceProblem
from kefu.knowledge.files import FileName


class Outcome(StrEnum):
    """``gone``: it is not there any more, and nobody says that it will be."""

    UNCHANGED = "unchanged"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Content:
    """An item that is new or changed. ``file`` is there until the next item is read."""

    file: Path
    name: FileName
    origin: str
    content_hash: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source has now: ``addresses`` to read, sorted; ``known`` are all, read or not.

    What is not in ``known`` has vanished, unless the listing is not complete. ``is_unchanged``: nothing is to be done.
    """

    addresses: tuple[str, ...]
    known: frozenset[str]
    problems: tuple[JobProblem, ...] = ()
    is_complete: bool = True
    revision: str | None = None
    is_unchanged: bool = False


class OpenSource(Protocol):
    async def list_items(self) -> Listing:
        """Raises when the source as a whole cannot be read."""
        ...

    async def read(self, address: str, known: SourceItem | None) -> Content | Outcome | JobProblem:
        """One item; ``known`` is how it was when it was last read in the same way.

        Raises FetchError, AddressRefusedError and DocumentInvalidError: problems of this item only.
        """
        ...


class SourceReader(Protocol):
    async def check(self, address: str) -> str:
        """The address in its one form. Raises InvalidInputError and its kinds, FetchError, GitMissingError."""
        ...

    def open(self, source: Source) -> AbstractAsyncContextManager[OpenSource]: ...


def is_wanted(path: str, options: SourceOptions) -> bool:
    """Whether a path fits the patterns."""
    is_included = not options.include or any(fnmatchcase(path, pattern) for pattern in options.include)
    return is_included and not any(fnmatchcase(path, pattern) for pattern in options.exclude)


def to_listing(
    found: Iterable[str], source: Source, *, problems: Sequence[JobProblem] = (), is_complete: bool = True
) -> Listing:
    """A listing of at most as many items as the source may have; more are told."""
    known = sorted(set(found))
    most, told = source.options.max_items, list(problems)
    if len(known) > most:
        detail = f"There are {len(known)}; the first {most} are read (max_items)."
        told.append(JobProblem(source.address, SourceProblem.TOO_MANY, detail))
    return Listing(tuple(known[:most]), frozenset(known), tuple(told), is_complete=is_complete)
