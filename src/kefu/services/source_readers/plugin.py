"""What a plugin lists and fetches: read like any other source, and parsed in the same sandbox."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

from kefu.domain.errors import FetchError, FetchTooLargeError, InvalidInputError
from kefu.domain.job import JobProblem
from kefu.domain.source import Source, SourceItem
from kefu.kit.spool import spool
from kefu.knowledge.errors import Problem
from kefu.knowledge.files import FileName, to_key
from kefu.knowledge.parsers.kinds import KINDS
from kefu.plugins.context import WorkContext
from kefu.plugins.errors import PluginFailedError
from kefu.plugins.knowledge import KnowledgeSource, SourceDocument, SourceEntry, SourcePage
from kefu.plugins.manifest import Plugin
from kefu.services.plugin_work.calling import PluginCaller
from kefu.services.source_readers.port import Content, Listing, OpenSource, Outcome, is_wanted, to_listing

_ADDRESS = re.compile(
    r"(?P<plugin>[a-z][a-z0-9_-]{1,39})/(?P<source>[a-z][a-z0-9_]{0,59})(?::(?P<rest>.*))?", re.DOTALL
)
_MOST_PAGES = 1_000
_MOST_ENTRIES = 20_000
_LONGEST_KEY = 500
_LONGEST_VERSION = 300


class PluginReader:
    """Sources whose address is ``PLUGIN/SOURCE:REST``."""

    def __init__(self, caller: PluginCaller, *, folder: Path, max_file_mib: int) -> None:
        self._caller = caller
        self._folder = folder
        self._max_bytes = max_file_mib * 1024 * 1024

    async def check(self, address: str) -> str:
        """Raises InvalidInputError: no installed plugin has such a source."""
        name, source, rest = _parts(address)
        plugin = self._caller.find_plugin(name)
        if plugin is None or _find(plugin, source) is None:
            raise InvalidInputError(f"No installed plugin has a source {name}/{source}.", field="address")
        return f"{name}/{source}:{rest}" if rest else f"{name}/{source}"

    @asynccontextmanager
    async def open(self, source: Source) -> AsyncIterator[OpenSource]:
        """Raises ConflictError when the plugin is off."""
        name, title, rest = _parts(source.address)
        plugin, context = await self._caller.open(source.workspace_id, name)
        kind = _find(plugin, title)
        if kind is None:
            raise FetchError(f"{name} has no source {title} any more.")
        with spool(self._folder) as place:
            yield _OpenPluginSource(
                source, kind, rest, caller=self._caller, context=context, place=place, max_bytes=self._max_bytes
            )


class _OpenPluginSource:
    def __init__(
        self,
        source: Source,
        kind: KnowledgeSource,
        address: str,
        *,
        caller: PluginCaller,
        context: WorkContext,
        place: Path,
        max_bytes: int,
    ) -> None:
        self._source = source
        self._plugin = _parts(source.address)[0]
        self._kind = kind
        self._address = address
        self._caller = caller
        self._context = context
        self._place = place
        self._max_bytes = max_bytes
        self._versions: dict[str, str] = {}

    async def list_items(self) -> Listing:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await self._call(self._kind.list_entries, self._address, cursor, self._context)
            if not isinstance(page, SourcePage) or not all(map(_is_whole, page.entries)):
                raise FetchError(f"{self._plugin} gave no page of entries.")
            self._versions |= {entry.key: entry.version for entry in page.entries}
            if len(self._versions) > _MOST_ENTRIES:
                raise FetchError(f"{self._plugin} lists more than {_MOST_ENTRIES} entries.")
            cursor = page.next_cursor
            if cursor is None:
                wanted = [key for key in self._versions if is_wanted(key, self._source.options)]
                return to_listing(wanted, self._source)
        raise FetchError(f"{self._plugin} lists more than {_MOST_PAGES} pages.")

    async def read(self, address: str, known: SourceItem | None) -> Content | Outcome | JobProblem:
        version = self._versions[address]
        if known is not None and version and known.etag == version:
            return Outcome.UNCHANGED
        found = await self._call(self._kind.fetch, self._address, address, self._context)
        if found is None:
            return Outcome.GONE
        if not isinstance(found, SourceDocument) or not isinstance(found.content, bytes):
            raise FetchError(f"{self._plugin} gave a {type(found).__name__}, no document.")
        if len(found.content) > self._max_bytes:
            raise FetchTooLargeError(limit=self._max_bytes)
        return await asyncio.to_thread(self._keep, address, found, known, version)

    def _keep(
        self, address: str, found: SourceDocument, known: SourceItem | None, version: str
    ) -> Content | Outcome | JobProblem:
        content_hash = hashlib.sha256(found.name.encode() + b"\0" + found.content).hexdigest()
        if known is not None and known.content_hash == content_hash and not version:
            return Outcome.UNCHANGED
        suffix = PurePosixPath(found.name).suffix.lower()
        if suffix not in KINDS:
            return JobProblem(address, Problem.UNKNOWN_KIND, f"{found.name[:100]} is not read")
        file = self._place / f"entry{suffix}"
        file.write_bytes(found.content)
        options = self._source.options
        key = to_key(f"{options.prefix}/{address}" if options.prefix else address)
        name = FileName(shown=PurePosixPath(found.name).name, key=key, language=options.language)
        return Content(file, name, found.origin or f"{self._plugin}: {address}", content_hash, etag=version or None)

    async def _call(self, *call: object) -> object:
        """Raises FetchError: of one entry its problem, of the list that of the whole source."""
        function, *arguments = call
        try:
            return await self._caller.call(self._plugin, function, *arguments, seconds=self._kind.seconds)  # type: ignore[arg-type]
        except PluginFailedError as error:
            raise FetchError(error.detail) from error


def _parts(address: str) -> tuple[str, str, str]:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise InvalidInputError("The address of a plugin's source is PLUGIN/SOURCE:REST.", field="address")
    return match["plugin"], match["source"], match["rest"] or ""


def _find(plugin: Plugin, name: str) -> KnowledgeSource | None:
    return next((source for source in plugin.sources if source.name == name), None)


def _is_whole(entry: object) -> bool:
    if not isinstance(entry, SourceEntry):
        return False
    try:
        return 0 < len(entry.key) <= _LONGEST_KEY and len(entry.version) <= _LONGEST_VERSION
    except TypeError:
        return False
