"""Imports as people order them: files of this machine, read at once; files that were sent, read by any worker.

Both are jobs of one kind with one handler. What was sent is kept in the database, in parts, until its job is over: so
every worker on every machine can read it, and it is there exactly when the job is. That costs the database twice a
file's size for minutes, which a limit of 20 MiB a file keeps small; a shared folder would cost an operator a mount.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Protocol

from kefu.domain.errors import FileTooLargeError, InvalidInputError, JobCancelledError, KefuError
from kefu.domain.job import Job, JobDraft, JobProgress, JobState
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.kit.spool import spool
from kefu.knowledge.files import name_of
from kefu.knowledge.folders import FoundFile, find_files
from kefu.knowledge.parsers.source import MEBI
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.services.job_run import JobRun
from kefu.services.job_runner import JobRunner
from kefu.services.jobs import order_in
from kefu.services.knowledge_import import ImportFile, KnowledgeImport
from kefu.storage.database import Database

IMPORT = "knowledge_import"
MOST_FILES = 100
MOST_FULL = 10
"""All files of one import together are at most so many times the limit of one."""
_PART = MEBI
_LONGEST_NAME = 300
ABANDONED = timedelta(hours=1)
"""After this long, what was sent without its job being ordered goes: its sender has left."""

ImportProgress = Callable[[int, int], None]
"""Called with the number of files done and of all files."""


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
    """Documents (not files) that are new or changed, and that were there already; files that failed; remarks.

    ``errors`` are the first of ``failed``.
    """

    added: int
    unchanged: int
    errors: tuple[FileError, ...]
    notes: tuple[FileNote, ...] = ()
    failed: int = 0


class SentFile(Protocol):
    """A file as it comes in: ``name`` is its sender's, ``chunks`` can be gone through once."""

    @property
    def name(self) -> str: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class ImportService:
    def __init__(
        self, database: Database, *, parser: ParserProcess, clock: Clock, folder: Path, max_upload_mib: int
    ) -> None:
        self._database = database
        self._parser = parser
        self._clock = clock
        self._folder = folder
        self._limit = max_upload_mib * MEBI

    async def receive(self, workspace_id: str, files: AsyncIterator[SentFile]) -> Job:
        """Keep files and order their import. Raises InvalidInputError and FileTooLargeError; then nothing is kept."""
        uploads: list[str] = []
        left = MOST_FULL * self._limit
        try:
            async for file in files:
                left -= await self._keep(workspace_id, file, uploads, left=left)
            return await self._order(workspace_id, uploads)
        except BaseException:
            await self._forget(workspace_id, uploads)
            raise

    async def run(self, run: JobRun) -> JsonObject:
        """The handler of imports."""
        payload = run.job.payload
        work = KnowledgeImport(self._database, parser=self._parser, run=run, clock=self._clock)
        if "uploads" in payload:
            uploads = [str(one) for one in as_list(payload["uploads"])]
            return await work.execute(_Uploads(self._database, run.job.workspace_id, uploads, folder=self._folder))
        return await work.execute(_Paths([Path(str(one)) for one in as_list(payload["paths"])]))

    async def _keep(self, workspace_id: str, file: SentFile, uploads: list[str], *, left: int) -> int:
        """Store one file of at most ``left`` bytes; its size."""
        if len(uploads) == MOST_FILES:
            raise InvalidInputError(f"At most {MOST_FILES} files at once.", field="files")
        async with self._database.write(workspace_id) as unit:
            upload_id = await unit.uploads.begin(_to_name(file.name))
        uploads.append(upload_id)
        size = number = 0
        async with aclosing(_in_parts(file.chunks())) as parts:
            async for part in parts:
                size += len(part)
                if size > (limit := min(left, self._limit)):
                    raise FileTooLargeError(file=_to_name(file.name), limit=limit)
                async with self._database.write(workspace_id) as unit:
                    await unit.uploads.add_part(upload_id, number, part)
                number += 1
        return size

    async def _order(self, workspace_id: str, uploads: Sequence[str]) -> Job:
        if not uploads:
            raise InvalidInputError("There is no file in it.", field="files")
        draft = JobDraft(IMPORT, new_id("imp"), {"uploads": list(uploads)})
        async with self._database.write(workspace_id) as unit:
            job = await order_in(unit, draft)
            for upload_id in uploads:
                await unit.uploads.attach(upload_id, job.id)
            return job

    async def _forget(self, workspace_id: str, uploads: Sequence[str]) -> None:
        for upload_id in uploads:
            async with self._database.write(workspace_id) as unit:
                await unit.uploads.remove(upload_id)


async def import_here(
    database: Database,
    parser: ParserProcess,
    *,
    workspace_id: str,
    paths: Sequence[Path],
    clock: Clock,
    progress: ImportProgress | None,
) -> ImportReport:
    """Import files and folders of this machine as a job that this process orders and runs itself.

    A job that failed as a whole is raised as its error; cancelling this stops the job.
    """

    async def work(run: JobRun) -> JsonObject:
        return await KnowledgeImport(database, parser=parser, run=run, clock=clock).execute(_Paths(paths))

    def watch(now: JobProgress) -> None:
        if progress is not None:
            progress(now.done, now.total)

    shown: JsonObject = {"paths": [str(path.absolute()) for path in paths]}
    runner = JobRunner(database, {IMPORT: work}, clock=clock)
    return to_report(await runner.run_here(workspace_id, JobDraft(IMPORT, new_id("imp"), shown), watch=watch))


def to_report(job: Job) -> ImportReport:
    """What came of an import that is over. Raises JobCancelledError when it was stopped, KefuError when it failed."""
    if job.state is JobState.CANCELLED:
        raise JobCancelledError(f"{job.id} was stopped.")
    if job.state is JobState.FAILED:
        raise KefuError(job.error_detail or "")
    notes = [as_object(note) for note in as_list(job.result["notes"])]
    return ImportReport(
        added=int(str(job.result["added"])),
        unchanged=int(str(job.result["unchanged"])),
        errors=tuple(FileError(one.item, one.code, one.detail) for one in job.problems),
        notes=tuple(FileNote(str(note["path"]), str(note["detail"])) for note in notes),
        failed=job.problem_count,
    )


class _Paths:
    """Files and folders of this machine."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._found: dict[str, FoundFile] = {}

    async def list_names(self) -> Sequence[str]:
        found = await asyncio.to_thread(lambda: [file for path in self._paths for file in find_files(path)])
        self._found = {name_of(file.path, root=file.path.parent).shown: file for file in found}
        return list(self._found)

    async def open(self, names: Sequence[str]) -> AsyncIterator[ImportFile]:
        for name in names:
            file = self._found[name]
            yield ImportFile(file.path, name_of(file.path, root=file.root), file.problem, file.reason)


class _Uploads:
    """Files that were sent: on the disk under a name of ours, one at a time."""

    def __init__(self, database: Database, workspace_id: str, uploads: Sequence[str], *, folder: Path) -> None:
        self._database = database
        self._workspace_id = workspace_id
        self._uploads = uploads
        self._folder = folder

    async def list_names(self) -> Sequence[str]:
        return self._uploads

    async def open(self, names: Sequence[str]) -> AsyncIterator[ImportFile]:
        for upload_id in names:
            with spool(self._folder) as place:
                path = place / "upload"
                async with self._database.read(self._workspace_id) as unit:
                    name = await unit.uploads.get_name(upload_id)
                    with path.open("wb") as copy:
                        async for part in unit.uploads.parts(upload_id):
                            copy.write(part)
                yield ImportFile(path, name_of(Path(name), root=Path()))


async def _in_parts(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    waiting = bytearray()
    async for chunk in chunks:
        waiting += chunk
        while len(waiting) >= _PART:
            yield bytes(waiting[:_PART])
            del waiting[:_PART]
    if waiting:
        yield bytes(waiting)


def _to_name(sent: str) -> str:
    """A sender's name as a relative path without steps upwards. It only ever names: nothing is stored under it."""
    parts = [part for part in PurePosixPath(sent.replace("\\", "/")).parts if part not in {"/", "..", "."}]
    name = "/".join("".join(c for c in part if c.isprintable()) for part in parts).strip()
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidInputError(f"A file needs a name of at most {_LONGEST_NAME} characters.", field="files")
    return name
