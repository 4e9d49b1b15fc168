"""Pages of the web: one by its address, or all that a site lists of itself.

A site is read as it asks for: robots.txt is honoured, requests come one by one with a pause between them, and a page is
asked for only if it has changed. A page that a person has named is not a crawl: robots.txt is not asked about it.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from kefu.domain.errors import AddressRefusedError, FetchError
from kefu.domain.job import JobProblem
from kefu.domain.source import Source, SourceItem, SourceProblem
from kefu.egress.addresses import Target, to_target
from kefu.egress.client import MEBI, EgressClient, Fetched, Validators
from kefu.egress.robots import Robots
from kefu.egress.sitemaps import Sitemap, read_sitemap
from kefu.kit.clock import Clock
from kefu.kit.spool import spool
from kefu.knowledge.errors import Problem
from kefu.knowledge.files import FileName, to_key
from kefu.knowledge.parsers.kinds import KINDS
from kefu.services.source_readers.port import Content, Listing, OpenSource, Outcome, is_wanted, to_listing

_MOST_SITEMAPS = 500
_MOST_ADDRESSES = 20_000
_SITEMAP_BYTES = 50 * MEBI
_ROBOTS_BYTES = 512 * 1024
_SUFFIXES = {
    "text/html": ".html", "application/xhtml+xml": ".html", "text/markdown": ".md", "text/plain": ".txt", "text/csv": ".csv",
    "application/pdf": ".pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}  # fmt: skip


class PageReader:
    """One page of the web."""

    def __init__(self, egress: EgressClient, *, folder: Path, clock: Clock) -> None:
        self._egress = egress
        self._folder = folder
        self._clock = clock

    async def check(self, address: str) -> str:
        return (await self._egress.pin(address)).target.url

    @asynccontextmanager
    async def open(self, source: Source) -> AsyncIterator[OpenSource]:
        with spool(self._folder) as place:
            yield self._open(source, _Visit(self._egress, clock=self._clock), place)

    def _open(self, source: Source, visit: "_Visit", place: Path) -> OpenSource:
        return _OpenPage(source, visit, place)


class SiteReader(PageReader):
    """All pages that a site's sitemap lists."""

    def _open(self, source: Source, visit: "_Visit", place: Path) -> OpenSource:
        return _OpenSite(source, visit, place)


class _Visit:
    """Requests to a site: one by one, with a pause before each but the first."""

    def __init__(self, egress: EgressClient, *, clock: Clock) -> None:
        self._egress = egress
        self._clock = clock
        self._last: float | None = None
        self.pause = egress.settings.pause

    async def get(self, url: str, *, validators: Validators | None = None, max_bytes: int | None = None) -> Fetched:
        if self._last is not None:
            await asyncio.sleep(max(0.0, self.pause - (self._clock.monotonic() - self._last)))
        try:
            return await self._egress.get(url, validators=validators, max_bytes=max_bytes)
        finally:
            self._last = self._clock.monotonic()


class _OpenPage:
    def __init__(self, source: Source, visit: _Visit, place: Path) -> None:
        self._source = source
        self._visit = visit
        self._place = place

    async def list_items(self) -> Listing:
        return Listing((self._source.address,), frozenset({self._source.address}))

    async def read(self, address: str, known: SourceItem | None) -> Content | Outcome | JobProblem:
        validators = None if known is None else Validators(known.etag, known.last_modified)
        found = await self._visit.get(address, validators=validators)
        if found.status == HTTPStatus.NOT_MODIFIED and known is not None:
            return Outcome.UNCHANGED
        if found.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return Outcome.GONE
        if found.status != HTTPStatus.OK:
            raise FetchError(f"The site answers with the status {found.status}.")
        problem = self._judge(address, to_target(found.url))
        if problem is not None:
            return problem
        return await asyncio.to_thread(self._keep, address, found, known)

    def _judge(self, address: str, target: Target) -> JobProblem | None:
        """What is wrong with where a page was found in the end."""
        return None

    def _keep(self, address: str, found: Fetched, known: SourceItem | None) -> Content | Outcome | JobProblem:
        content_hash = hashlib.sha256(found.body).hexdigest()
        if known is not None and known.content_hash == content_hash:
            return Outcome.UNCHANGED
        suffix = _SUFFIXES.get(found.content_type) or _suffix_of(found.url)
        if suffix not in KINDS:
            return JobProblem(address, Problem.UNKNOWN_KIND, f"{found.content_type or 'without a type'} is not read")
        file = self._place / f"page{suffix}"
        file.write_bytes(found.body)
        validators, options = found.validators, self._source.options
        name = FileName(shown=file.name, key=_to_key(address, prefix=options.prefix), language=options.language)
        return Content(file, name, address, content_hash, validators.etag, validators.last_modified)


class _OpenSite(_OpenPage):
    def __init__(self, source: Source, visit: _Visit, place: Path) -> None:
        super().__init__(source, visit, place)
        self._host = to_target(source.address).host
        self._robots = Robots()
        self._left_out: dict[str, list[str]] = defaultdict(list)

    async def list_items(self) -> Listing:
        self._robots = await self._read_robots()
        self._visit.pause = max(self._visit.pause, self._robots.delay)
        listed, problems = await self._read_sitemaps()
        return await asyncio.to_thread(self._sift, listed, problems)

    def _sift(self, listed: Sequence[str], problems: list[JobProblem]) -> Listing:
        """In a thread: a site decides how many addresses and rules there are."""
        known = {url for address in listed if (url := self._to_page(address)) is not None}
        problems += [
            JobProblem(self._source.address, code, f"{len(urls)} pages are left out, such as {urls[0]}")
            for code, urls in sorted(self._left_out.items())
        ]
        is_complete = not any(problem.code == SourceProblem.SITEMAP for problem in problems)
        allowed = [url for url in known if self._robots.allows(to_target(url).path)]
        listing = to_listing(allowed, self._source, problems=problems, is_complete=is_complete)
        return Listing(listing.addresses, frozenset(known), listing.problems, is_complete=is_complete)

    async def _read_robots(self) -> Robots:
        """RFC 9309: without the file all is allowed; while it cannot be fetched, nothing is."""
        target = to_target(self._source.address)
        found = await self._visit.get(f"{target.scheme}://{target.authority}/robots.txt", max_bytes=_ROBOTS_BYTES)
        if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR or found.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise FetchError(f"robots.txt answers with the status {found.status}: the site is left alone.")
        return Robots(found.body.decode("utf-8", "replace"))

    async def _read_sitemaps(self) -> tuple[list[str], list[JobProblem]]:
        """All addresses; an index leads to sitemaps, and no further."""
        first = await self._read_sitemap(self._source.address)
        if not first.is_index:
            return self._bounded(first.addresses, [])
        listed: list[str] = []
        problems: list[JobProblem] = []
        if len(first.addresses) > _MOST_SITEMAPS:
            problems.append(
                JobProblem(self._source.address, SourceProblem.SITEMAP, f"more than {_MOST_SITEMAPS} sitemaps")
            )
        for url in first.addresses[:_MOST_SITEMAPS]:
            try:
                found = await self._read_sitemap(url)
            except (FetchError, AddressRefusedError) as error:
                problems.append(JobProblem(url[:300], SourceProblem.SITEMAP, error.detail))
                continue
            if found.is_index:
                problems.append(JobProblem(url[:300], SourceProblem.SITEMAP, "an index inside an index"))
            else:
                listed.extend(found.addresses)
        return self._bounded(listed, problems)

    def _bounded(self, listed: Sequence[str], problems: list[JobProblem]) -> tuple[list[str], list[JobProblem]]:
        if len(listed) > _MOST_ADDRESSES:
            detail = f"{len(listed)} addresses; {_MOST_ADDRESSES} are looked at"
            problems.append(JobProblem(self._source.address, SourceProblem.SITEMAP, detail))
        return list(listed[:_MOST_ADDRESSES]), problems

    async def _read_sitemap(self, url: str) -> Sitemap:
        found = await self._visit.get(url, max_bytes=_SITEMAP_BYTES)
        if found.status != HTTPStatus.OK:
            raise FetchError(f"The sitemap answers with the status {found.status}.")
        return await asyncio.to_thread(read_sitemap, found.body, limit=_SITEMAP_BYTES)

    def _to_page(self, address: str) -> str | None:
        """An address in its one form, if it is one of this site's and wanted."""
        try:
            target = to_target(address)
        except AddressRefusedError as error:
            self._left_out[error.code].append(address[:200])
            return None
        if target.host != self._host:
            self._left_out[SourceProblem.OTHER_HOST].append(target.url)
            return None
        if not is_wanted(target.path, self._source.options):
            return None
        if not self._robots.allows(target.path):
            self._left_out[SourceProblem.ROBOTS].append(target.url)
        return target.url

    def _judge(self, address: str, target: Target) -> JobProblem | None:
        if target.host != self._host:
            return JobProblem(address, SourceProblem.OTHER_HOST, f"It leads to {target.host}.")
        if not self._robots.allows(target.path):
            return JobProblem(address, SourceProblem.ROBOTS, f"It leads to {target.path[:200]}.")
        return None


def _suffix_of(url: str) -> str:
    return PurePosixPath(to_target(url).path.partition("?")[0]).suffix.lower()


def _to_key(address: str, *, prefix: str) -> str:
    """``https://shop.example/help/returns/`` → shop.example/help/returns."""
    plain = address.partition("://")[2].rstrip("/")
    return to_key(f"{prefix}/{plain}" if prefix else plain)
