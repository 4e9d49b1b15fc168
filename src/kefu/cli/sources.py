"""``kefu kb source`` and ``kefu kb sync``."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from kefu.cli.progress import bar, stoppable
from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.conversation import Language
from kefu.domain.errors import KefuError
from kefu.domain.job import Job, JobState
from kefu.domain.source import KeptDocuments, Source, SourceKind, SourceOptions
from kefu.factory import Factory
from kefu.services.job_run import Watch
from kefu.services.sources import to_sync

app = typer.Typer(help="Where documents come from by themselves.", no_args_is_help=True)
Words = list[str] | None


@app.command("add")
def add(
    kind: Annotated[
        SourceKind, typer.Argument(help="web (a page), sitemap (a site), git, folder (of the server), or plugin.")
    ],
    address: Annotated[str, typer.Argument(help="https://…, https://….git#branch, a path, or PLUGIN/SOURCE:REST.")],
    *,
    every: Annotated[int | None, typer.Option(min=5, help="Minutes between two syncs; without: by hand.")] = None,
    include: Annotated[Words, typer.Option(help="Read only paths that fit this pattern; may be repeated.")] = None,
    exclude: Annotated[Words, typer.Option(help="Leave out paths that fit this pattern; may be repeated.")] = None,
    max_items: Annotated[int, typer.Option(min=1, max=5_000, help="Pages or files at most.")] = 500,
    lang: Annotated[str | None, typer.Option(help="zh or en; without: recognised.")] = None,
    segment: Annotated[Words, typer.Option(help="Contacts that may see it; may be repeated.")] = None,
    tag: Annotated[Words, typer.Option(help="A word to find it by; may be repeated.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    prefix: Annotated[str, typer.Option(help="What the keys of its documents begin with.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Keep documents back until they are published.")] = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Follow a page, a site, a repository or a folder."""
    options = SourceOptions(
        language=_to_language(lang),
        segments=frozenset(segment or ()),
        tags=tuple(tag or ()),
        owner=owner,
        prefix=prefix,
        is_draft=draft,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        max_items=max_items,
        interval=None if every is None else timedelta(minutes=every),
    )
    source = run(lambda factory: _add(factory, kind, address, options=options, slug=workspace))
    if as_json:
        print_json(_row(source))
    else:
        print(f"{source.id} is added. `kefu kb sync {source.id}` reads it now.")


@app.command("list")
def list_sources(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the sources: when they were read, when they are due, what is wrong with them."""
    sources = run(lambda factory: _list(factory, workspace))
    if as_json:
        print_json([_row(source) for source in sources])
        return
    for source in sources:
        print(_line(source))


@app.command("remove")
def remove(
    source_id: str,
    keep_documents: Annotated[bool, typer.Option("--keep-documents", help="Leave its documents in use.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Follow a source no more, and take its documents out of use."""
    documents = KeptDocuments.KEEP if keep_documents else KeptDocuments.REMOVE
    count = run(lambda factory: _remove(factory, source_id, documents, workspace))
    print(f"Removed, with {count} documents." if count else "Removed.")


def sync(
    source_id: Annotated[str | None, typer.Argument(help="Which source; without: all.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Read a source, or all, now and here: new, changed and vanished pages and files."""
    with stoppable():
        jobs = run(lambda factory: _sync(factory, source_id, workspace))
    if as_json:
        print_json([_result(job) for job in jobs])
    else:
        for job in jobs:
            _print_result(job)
    if any(job.problem_count or job.state is not JobState.SUCCEEDED for job in jobs):
        raise typer.Exit(1)


async def _add(factory: Factory, kind: SourceKind, address: str, *, options: SourceOptions, slug: str | None) -> Source:
    workspace = await get_workspace(factory, slug)
    return await factory.sources.add(workspace.id, kind=kind, address=address, options=options)


async def _list(factory: Factory, slug: str | None) -> list[Source]:
    return await factory.sources.list_all((await get_workspace(factory, slug)).id)


async def _remove(factory: Factory, source_id: str, documents: KeptDocuments, slug: str | None) -> int:
    workspace = await get_workspace(factory, slug)
    return await factory.sources.delete(workspace.id, source_id, documents=documents)


async def _sync(factory: Factory, source_id: str | None, slug: str | None) -> list[Job]:
    workspace = await get_workspace(factory, slug)
    if source_id is None:
        sources = await factory.sources.list_all(workspace.id)
    else:
        sources = [await factory.sources.get(workspace.id, source_id)]
    jobs = []
    for source in sources:
        with bar(source.address) as show:
            jobs.append(await factory.job_runner.run_here(workspace.id, to_sync(source.id), watch=_watch(show)))
    return jobs


def _watch(show: Callable[[int, int], None]) -> Watch:
    return lambda now: show(now.done, now.total)


def _to_language(named: str | None) -> Language | None:
    if named not in (None, "zh", "en"):
        raise KefuError("--lang is zh or en.")
    return "zh" if named == "zh" else "en" if named == "en" else None


def _line(source: Source) -> str:
    state = source.state
    read = f"read {state.synced_at:%Y-%m-%d %H:%M}" if state.synced_at else "never read"
    due = f", due {state.due_at:%Y-%m-%d %H:%M}" if state.due_at else ""
    problems = f", {state.problem_count} problems" if state.problem_count else ""
    failed = f"\n  failed {state.failures}×: {state.error_detail} [{state.error_code}]" if state.failures else ""
    return f"{source.id}  {source.kind:7} {source.address}  ({read}{due}{problems}){failed}"


def _row(source: Source) -> dict[str, object]:
    row = asdict(source)
    options, state = row.pop("options"), row.pop("state")
    del row["workspace_id"], state["revision"]
    interval = options.pop("interval")
    minutes = None if interval is None else round(interval / timedelta(minutes=1))
    return {**row, **options, "segments": sorted(options["segments"]), "interval_minutes": minutes, **state}


def _result(job: Job) -> dict[str, object]:
    error = None if job.error_code is None else {"code": job.error_code, "detail": job.error_detail}
    problems = [asdict(problem) for problem in job.problems]
    return {
        "source": job.subject,
        "job": job.id,
        "state": job.state,
        **job.result,
        "problems": problems,
        "error": error,
    }


def _print_result(job: Job) -> None:
    counts = job.result
    if job.state is JobState.SUCCEEDED:
        print(
            f"{job.subject}: {counts['read']} read, {counts['same']} unchanged; "
            f"{counts['added']} documents new or changed, {counts['removed']} removed, {job.problem_count} problems."
        )
    else:
        print(f"{job.subject}: {job.state}. {job.error_detail or ''} [{job.error_code}]")
    for problem in job.problems:
        print(f"  {problem.item}: {problem.detail} [{problem.code}]")
