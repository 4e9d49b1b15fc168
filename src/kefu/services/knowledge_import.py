"""One import: files to documents to versions. It runs as a job, which goes on where a worker that died had stopped."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kefu.domain.errors import KefuError
from kefu.domain.job import JobProblem
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.files import FileName
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.services.document_batch import DocumentBatch
from kefu.services.job_run import JobRun
from kefu.storage.database import Database

_SHOWN_NOTES = 200


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to read. ``problem`` and ``reason``: why it is not even opened."""

    path: Path
    name: FileName
    problem: Problem | None = None
    reason: str = ""


class ImportFiles(Protocol):
    """What an import reads: a list that is the same each time it is made, and each file when its turn has come."""

    async def list_names(self) -> Sequence[str]: ...

    def open(self, names: Sequence[str]) -> AsyncIterator[ImportFile]:
        """The files of some of the names, in order; each is there until the next is asked for."""
        ...


class DocumentNames:
    """Which file has brought which key and language: no two files may bring one document."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], str] = {}

    def claim(self, documents: Iterable[ParsedDocument], *, file: str) -> frozenset[tuple[str, str]]:
        """The names of a file's documents. Raises DocumentInvalidError when one is taken."""
        names: set[tuple[str, str]] = set()
        for document in documents:
            name = document.draft.key, document.draft.language
            first = file if name in names else self._files.get(name)
            if first is not None:
                raise DocumentInvalidError(file=file, reason=f"the key {name[0]} is already that of {first}")
            names.add(name)
        self._files.update(dict.fromkeys(names, file))
        return frozenset(names)


class KnowledgeImport:
    """Runs once. After a worker's death another one begins at the file after the last that was stored with all before it.

    That two files bring one document is noticed only among files that one worker read.
    """

    def __init__(self, database: Database, *, parser: ParserProcess, run: JobRun, clock: Clock) -> None:
        self._parser = parser
        self._run = run
        self._names = DocumentNames()
        self._problems: list[JobProblem] = []
        cursor = run.cursor
        self._before = _number(cursor.get("added")), _number(cursor.get("unchanged"))
        self._notes: list[JsonValue] = list(as_list(cursor.get("notes", [])))
        self._batch = DocumentBatch(database, workspace_id=run.job.workspace_id, clock=clock)

    async def execute(self, files: ImportFiles) -> JsonObject:
        """Read all files; what is wrong with one is a problem of the job. Returns the counts."""
        names = await files.list_names()
        done, total = self._resume(names), len(names)
        async for file in files.open(names[done:]):
            for document in await asyncio.to_thread(self._read, file):
                await self._batch.add(document)
            done += 1
            if self._batch.is_due:
                await self._store(done, names)
            else:
                await self._run.report(done=done, total=total)
        await self._store(done, names)
        return self._counts()

    def _resume(self, names: Sequence[str]) -> int:
        last = self._run.cursor.get("at")
        return names.index(last) + 1 if isinstance(last, str) and last in names else 0

    async def _store(self, done: int, names: Sequence[str]) -> None:
        await self._batch.store()
        problems, self._problems = self._problems, []
        cursor: JsonObject = {**self._counts(), "at": names[done - 1] if done else None}
        await self._run.report(done=done, total=len(names), cursor=cursor, problems=problems)

    def _counts(self) -> JsonObject:
        added, unchanged = self._before
        return {
            "added": added + self._batch.added,
            "unchanged": unchanged + self._batch.unchanged,
            "notes": self._notes[:_SHOWN_NOTES],
        }

    def _read(self, file: ImportFile) -> Iterable[ParsedDocument]:
        """All documents of a file, or none and a problem."""
        try:
            return self._parse(file)
        except DocumentInvalidError as error:
            self._problems.append(JobProblem(error.file, error.problem, error.detail))
        except KefuError as error:
            self._problems.append(JobProblem(file.name.shown, error.code, error.detail))
        return ()

    def _parse(self, file: ImportFile) -> Iterable[ParsedDocument]:
        shown = file.name.shown
        if file.problem is not None:
            raise DocumentInvalidError(file=shown, reason=file.reason, problem=file.problem)
        reading = self._parser.read(file.path, name=file.name)
        self._names.claim(reading.documents, file=shown)
        self._notes.extend({"path": shown, "detail": remark} for remark in reading.remarks)
        return reading.documents


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0
