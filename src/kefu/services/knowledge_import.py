"""One import: files to documents to versions."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kefu.domain.errors import KefuError
from kefu.kit.clock import Clock
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.documents import SUFFIXES, read_file
from kefu.knowledge.errors import DocumentInvalidError
from kefu.services.versions import store_version
from kefu.storage.database import Database

ImportProgress = Callable[[int, int], None]
"""Called with the number of files done and of all files."""
_BATCH = 50
"""Files in one transaction: few enough that no customer's message waits long for the writer."""


@dataclass(frozen=True, slots=True)
class FileError:
    """A file that was left out: a stable code, and what to change."""

    path: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Documents (not files) that are new or changed, and that were there already; files that failed."""

    added: int
    unchanged: int
    errors: tuple[FileError, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    root: Path


class KnowledgeImport:
    """Runs once. Every batch of files is one commit with its own knowledge_version."""

    def __init__(self, database: Database, *, workspace_id: str, clock: Clock) -> None:
        self._database = database
        self._workspace_id = workspace_id
        self._clock = clock
        self._errors: list[FileError] = []
        self._files: dict[tuple[str, str], str] = {}

    async def execute(self, paths: Sequence[Path], *, progress: ImportProgress | None) -> ImportReport:
        sources = await asyncio.to_thread(lambda: list(_sources(paths)))
        added = total = 0
        for start in range(0, len(sources), _BATCH):
            batch = sources[start : start + _BATCH]
            parsed = await asyncio.to_thread(self._parse, batch)
            added += await self._store(parsed)
            total += len(parsed)
            if progress is not None:
                progress(start + len(batch), len(sources))
        return ImportReport(added=added, unchanged=total - added, errors=tuple(self._errors))

    def _parse(self, batch: Sequence[_Source]) -> list[ParsedDocument]:
        parsed: list[ParsedDocument] = []
        for source in batch:
            try:
                parsed.extend(self._parse_file(source))
            except KefuError as error:
                self._errors.append(FileError(path=str(source.path), code=error.code, detail=error.detail))
        return parsed

    def _parse_file(self, source: _Source) -> list[ParsedDocument]:
        documents = read_file(source.path, root=source.root)
        for document in documents:
            first = self._files.get((document.draft.key, document.draft.language), str(source.path))
            if first != str(source.path):
                raise DocumentInvalidError(
                    file=str(source.path), reason=f"the key {document.draft.key} is already that of {first}"
                )
        names = ((document.draft.key, document.draft.language) for document in documents)
        self._files.update(dict.fromkeys(names, str(source.path)))
        return documents

    async def _store(self, parsed: Sequence[ParsedDocument]) -> int:
        async with self._database.write(self._workspace_id) as unit:
            stored = [await store_version(unit, document, clock=self._clock) for document in parsed]
            added = sum(one.is_changed for one in stored)
            if any(one.is_changed and not one.document.is_draft for one in stored):
                await unit.workspaces.bump_knowledge_version()
            return added


def _sources(paths: Sequence[Path]) -> Iterator[_Source]:
    """Files as named; of folders, the files of known kinds, without hidden ones, in a stable order."""
    for path in paths:
        if not path.is_dir():
            yield _Source(path, path.parent)
            continue
        for file in sorted(path.rglob("*")):
            is_hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.suffix.lower() in SUFFIXES and file.is_file() and not is_hidden:
                yield _Source(file, path)
