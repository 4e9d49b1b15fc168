"""Jobs that a command orders and waits for: run here, or by a server that is up, whoever takes them first."""

import asyncio

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from kefu.domain.errors import KefuError
from kefu.domain.job import Job, JobDraft, JobState
from kefu.factory import Factory

_POLL_S = 0.1
_MOST_S = 3_600.0
_STOP_TRIES = 100
_console = Console(stderr=True)


async def work(factory: Factory, workspace_id: str, draft: JobDraft) -> Job:
    """Order a job and wait for its end. Raises as ``finish`` does."""
    return await finish(factory, await factory.jobs.order(workspace_id, draft))


async def finish(factory: Factory, ordered: Job, *, stops_with_us: bool = False) -> Job:
    """The job when it is over. Raises KefuError when it failed, was stopped, or takes longer than an hour.

    ``stops_with_us``: cancelling this stops the job too, wherever it runs.
    """
    try:
        return await _wait(factory, ordered)
    except asyncio.CancelledError:
        if stops_with_us:
            await _stop(factory, ordered)
        raise


async def _stop(factory: Factory, ordered: Job) -> None:
    """Ask it to stop, and wait for a while until it has."""
    await factory.jobs.cancel(ordered.workspace_id, ordered.id)
    for _ in range(_STOP_TRIES):
        if (await factory.jobs.get(ordered.workspace_id, ordered.id)).state.is_over:
            return
        await asyncio.sleep(_POLL_S)


async def _wait(factory: Factory, ordered: Job) -> Job:
    columns = TextColumn(ordered.kind), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=_console, transient=True) as bar:
        task = bar.add_task(ordered.kind, total=None)
        factory.job_runner.start()
        async with asyncio.timeout(_MOST_S):
            while not (job := await factory.jobs.get(ordered.workspace_id, ordered.id)).state.is_over:
                bar.update(task, completed=job.done, total=job.total or None)
                await asyncio.sleep(_POLL_S)
    if job.state is not JobState.SUCCEEDED:
        raise KefuError(f"The {job.kind} {job.state}: {job.error_detail or 'it was stopped'}")
    return job
