"""Files in folders: of this server where its operator allows it, and of repositories."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

from kefu.domain.errors import InvalidInputError
from kefu.domain.job import JobProblem
from kefu.domain.source import Source, SourceItem
from kefu.egress.git import GitClient, to_repository
from kefu.kit.canonical import sha256_of
from kefu.kit.spool import spool
from kefu.knowledge.files import name_of, open_file, show, to_key
from kefu.knowledge.folders import FoundFile, find_files
from kefu.knowledge.parsers.source import MEBI
from kefu.services.source_readers.port import Content, Listing, OpenSource, Outcome, is_wanted, to_listing

_CHUNK = MEBI


class FolderReader:
    """A folder on this server, inside one of those that the operator allows."""

    def __init__(self, folders: Sequence[Path], *, max_file_mib: int) -> None:
        self._folders = folders
        self._max_bytes = max_file_mib * MEBI

    async def check(self, address: str) -> str:
        return str(await asyncio.to_thread(self._find, address))

    @asynccontextmanager
    async def open(self, source: Source) -> AsyncIterator[OpenSource]:
        folder = await asyncio.to_thread(self._find, source.address)
        yield OpenFolder(source, folder, max_bytes=self._max_bytes)

    def _find(self, address: str) -> Path:
        """The folder without links in its path: so a link cannot lead to where the operator allows nothing."""
        try:
            path = Path(address).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            path = None
        allowed = [folder.resolve() for folder in self._folders]
        if path is None or not path.is_dir() or not any(path.is_relative_to(folder) for folder in allowed):
            raise InvalidInputError("No such folder, or not inside one of KEFU_SOURCES_FOLDERS.", field="address")
        return path


class GitReader:
    """A repository. It is fetched anew when it has another commit: shallow, so that little is, and nothing is kept."""

    def __init__(self, git: GitClient, *, folder: Path, max_file_mib: int) -> None:
        self._git = git
        self._folder = folder
        self._max_bytes = max_file_mib * MEBI

    async def check(self, address: str) -> str:
        await self._git.check(address)
        return address

    @asynccontextmanager
    async def open(self, source: Source) -> AsyncIterator[OpenSource]:
        with spool(self._folder) as place:
            yield _OpenRepository(source, self._git, place / "files", max_bytes=self._max_bytes)


class OpenFolder:
    """A folder whose files are there."""

    def __init__(self, source: Source, folder: Path, *, max_bytes: int, origin: str = "") -> None:
        self._source = source
        self._folder = folder
        self._max_bytes = max_bytes
        self._origin = origin
        self._files: dict[str, FoundFile] = {}

    async def list_items(self) -> Listing:
        return await asyncio.to_thread(self._list)

    async def read(self, address: str, known: SourceItem | None) -> Content | Outcome | JobProblem:
        return await asyncio.to_thread(self._read, self._files[address], address, known)

    def _list(self) -> Listing:
        problems = []
        for file in find_files(self._folder):
            address = show(file.path.relative_to(self._folder).as_posix())
            if not is_wanted(address, self._source.options):
                continue
            if file.problem is not None:
                problems.append(JobProblem(address, file.problem, file.reason))
            else:
                self._files[address] = file
        return to_listing(self._files, self._source, problems=problems)

    def _read(self, file: FoundFile, address: str, known: SourceItem | None) -> Content | Outcome:
        digest = hashlib.sha256()
        with open_file(file.path, max_bytes=self._max_bytes) as content:
            while piece := content.read(_CHUNK):
                digest.update(piece)
        content_hash = digest.hexdigest()
        if known is not None and known.content_hash == content_hash:
            return Outcome.UNCHANGED
        name, options = name_of(file.path, root=file.root), self._source.options
        key = to_key(f"{options.prefix}/{name.key}") if options.prefix else name.key
        named = replace(name, shown=address, key=key, language=name.language or options.language)
        return Content(file.path, named, f"{self._origin}{address}", content_hash)


class _OpenRepository(OpenFolder):
    def __init__(self, source: Source, git: GitClient, folder: Path, *, max_bytes: int) -> None:
        super().__init__(source, folder, max_bytes=max_bytes, origin=f"{to_repository(source.address).url}#")
        self._git = git

    async def list_items(self) -> Listing:
        commit = await self._git.read_commit(self._source.address)
        options = {**asdict(self._source.options), "segments": sorted(self._source.options.segments), "interval": None}
        revision = f"{commit}:{sha256_of(options)[:12]}"
        if revision == self._source.state.revision:
            return Listing((), frozenset(), revision=revision, is_unchanged=True)
        await self._git.fetch(self._source.address, self._folder)
        return replace(await super().list_items(), revision=revision)
