"""``kefu job``."""

from dataclasses import asdict
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.job import Job
from kefu.factory import Factory

app = typer.Typer(help="Long work: imports, re-indexing, trainings.", no_args_is_help=True)


@app.command("list")
def list_jobs(
    workspace: WorkspaceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the newest jobs."""
    jobs = run(lambda factory: _list(factory, workspace, limit))
    if as_json:
        print_json([_row(job) for job in jobs])
        return
    for job in jobs:
        print(_line(job))


@app.command("show")
def show(job_id: str, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show one job with what went wrong in it."""
    job = run(lambda factory: _get(factory, job_id, workspace))
    if as_json:
        print_json(_row(job))
        return
    print(_line(job))
    if job.error_detail:
        print(f"  {job.error_detail}")
    for problem in job.problems:
        print(f"  {problem.item}: {problem.detail}")
    if job.problem_count > len(job.problems):
        print(f"  … and {job.problem_count - len(job.problems)} more")


@app.command("cancel")
def cancel(job_id: str, workspace: WorkspaceOption = None) -> None:
    """Stop a job; what it has done so far stays."""
    job = run(lambda factory: _cancel(factory, job_id, workspace))
    print("Stopped." if job.state.is_over else "Stopping.")


async def _list(factory: Factory, slug: str | None, limit: int) -> list[Job]:
    return await factory.jobs.list_newest((await get_workspace(factory, slug)).id, limit=limit)


async def _get(factory: Factory, job_id: str, slug: str | None) -> Job:
    return await factory.jobs.get((await get_workspace(factory, slug)).id, job_id)


async def _cancel(factory: Factory, job_id: str, slug: str | None) -> Job:
    return await factory.jobs.cancel((await get_workspace(factory, slug)).id, job_id)


def _line(job: Job) -> str:
    share = f"{job.done}/{job.total}" if job.total else str(job.done or "")
    problems = f"  {job.problem_count} problems" if job.problem_count else ""
    return f"{job.id}  {job.state:9} {job.kind:18} {share:>12}  {job.subject}{problems}"


def _row(job: Job) -> dict[str, object]:
    row = asdict(job)
    del row["workspace_id"], row["lease_token"], row["cursor"]
    return row
