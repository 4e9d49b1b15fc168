"""One job while it runs: what its handler sees."""

import time
from collections.abc import Callable, Iterable

from kefu.domain.errors import JobCancelledError, JobLostError
from kefu.domain.job import Job, JobProblem, JobProgress
from kefu.kit.jsonvalue import JsonObject
from kefu.storage.database import Database

SHOWN_PROBLEMS = 200
"""Problems that are kept in full; further ones are counted."""
_WRITE_EVERY_S = 0.5

Watch = Callable[[JobProgress], None]
"""Told of each report, for a person who watches in the same process."""


class JobRun:
    """Progress of one job. A handler calls ``report`` often; it is written at most twice a second."""

    def __init__(self, database: Database, job: Job, *, watch: Watch | None = None) -> None:
        self.job = job
        self._watch = watch
        self._database = database
        self.progress = JobProgress(job.done, job.total, job.cursor, job.problems, job.problem_count)
        self._written_at = 0.0

    @property
    def cursor(self) -> JsonObject:
        """Where an earlier try was when it last reported: a handler goes on from here."""
        return self.progress.cursor

    async def report(
        self,
        *,
        done: int,
        total: int,
        cursor: JsonObject | None = None,
        problems: Iterable[JobProblem] = (),
    ) -> None:
        """Say how far the work is; a cursor is written at once. Raises JobCancelledError and JobLostError."""
        new = tuple(problems)
        before = self.progress
        self.progress = JobProgress(
            done=done,
            total=total,
            cursor=before.cursor if cursor is None else cursor,
            problems=(*before.problems, *new)[:SHOWN_PROBLEMS],
            problem_count=before.problem_count + len(new),
        )
        if self._watch is not None:
            self._watch(self.progress)
        if cursor is not None or time.monotonic() - self._written_at >= _WRITE_EVERY_S:
            await self.write()

    async def write(self) -> None:
        """Store the progress as it is and keep the lease. Raises as ``report`` does."""
        self._written_at = time.monotonic()
        async with self._database.write(self.job.workspace_id) as unit:
            is_cancelled = await unit.jobs.report(self.job, self.progress)
        self._require(is_cancelled)

    async def renew(self) -> None:
        """Keep the lease while there is nothing to report. Raises as ``report`` does."""
        async with self._database.write(self.job.workspace_id) as unit:
            is_cancelled = await unit.jobs.renew(self.job)
        self._require(is_cancelled)

    @staticmethod
    def _require(is_cancelled: bool | None) -> None:  # noqa: FBT001 - a column's value, not a switch
        if is_cancelled is None:
            raise JobLostError
        if is_cancelled:
            raise JobCancelledError
