"""One import: files to documents to versions."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kefu.domain.errors import KefuError
from kefu.kit.clock import Clock
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.files import show
from kefu.knowledge.folders import FoundFile, find_files
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.services.versions import raise_knowledge_version, store_version
from kefu.storage.database import Database

ImportProgress = Callable[[int, int], None]
"""Called with the number of files done and of all files."""
_DOCUMENTS = 200
_CHARACTERS = 2_000_000
"""What one transaction stores at most, nearly: little enough that no customer's message waits long for the writer."""


@dataclass(frozen=True, slots=True)
class FileError:
    """A file that was left out: a stable code (kefu.knowledge.errors.Problem), and what to change."""

    path: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FileNote:
    """What is worth knowing about a file that was read: its encoding, or pages without text."""

    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Documents (not files) that are new or changed, and that were there already; files that failed; remarks."""

    added: int
    unchanged: int
    errors: tuple[FileError, ...]
    notes: tuple[FileNote, ...] = ()


class KnowledgeImport:
    """Runs once. Every batch of documents is one commit with its own knowledge_version."""

    def __init__(self, database: Database, *, parser: ParserProcess, workspace_id: str, clock: Clock) -> None:
        self._database = database
        self._parser = parser
        self._workspace_id = workspace_id
        self._clock = clock
        self._errors: list[FileError] = []
        self._notes: list[FileNote] = []
        self._files: dict[tuple[str, str], str] = {}
        self._waiting: list[ParsedDocument] = []
        self._characters = self._added = self._total = 0

    async def execute(self, paths: Sequence[Path], *, progress: ImportProgress | None) -> ImportReport:
        files = await asyncio.to_thread(lambda: [file for path in paths for file in find_files(path)])
        for done, file in enumerate(files, start=1):
            for document in await asyncio.to_thread(self._read, file):
                await self._take(document)
            if progress is not None:
                progress(done, len(files))
        await self._store()
        return ImportReport(
            added=self._added,
            unchanged=self._total - self._added,
            errors=tuple(self._errors),
            notes=tuple(self._notes),
        )

    def _read(self, file: FoundFile) -> Iterable[ParsedDocument]:
        """All documents of a file, or none and an error."""
        try:
            return self._parse(file)
        except DocumentInvalidError as error:
            self._errors.append(FileError(path=error.file, code=error.problem, detail=error.detail))
        except KefuError as error:
            self._errors.append(FileError(path=str(file.path), code=error.code, detail=error.detail))
        return ()

    def _parse(self, file: FoundFile) -> Iterable[ParsedDocument]:
        if file.problem is not None:
            raise DocumentInvalidError(file=show(file.path), reason=file.reason, problem=file.problem)
        reading = self._parser.read(file.path, root=file.root)
        path = show(file.path)
        names: set[tuple[str, str]] = set()
        for document in reading.documents:
            name = document.draft.key, document.draft.language
            first = path if name in names else self._files.get(name)
            if first is not None:
                raise DocumentInvalidError(file=path, reason=f"the key {name[0]} is already that of {first}")
            names.add(name)
        self._files.update(dict.fromkeys(names, path))
        self._notes.extend(FileNote(path, remark) for remark in reading.remarks)
        return reading.documents

    async def _take(self, document: ParsedDocument) -> None:
        self._waiting.append(document)
        self._characters += len(document.draft.text)
        if len(self._waiting) >= _DOCUMENTS or self._characters >= _CHARACTERS:
            await self._store()

    async def _store(self) -> None:
        batch, self._waiting, self._characters = self._waiting, [], 0
        async with self._database.write(self._workspace_id) as unit:
            stored = [await store_version(unit, document, clock=self._clock) for document in batch]
            added = sum(one.is_changed for one in stored)
            if any(one.is_changed and not one.document.is_draft for one in stored):
                await raise_knowledge_version(unit)
        self._added += added
        self._total += len(batch)
