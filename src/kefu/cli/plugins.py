"""``kefu plugin``."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import orjson
import typer

from kefu.cli.progress import bar, stoppable
from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.dialogue.flows.lint import check_files
from kefu.domain.action import PluginState
from kefu.domain.conversation import Inbox
from kefu.domain.errors import InvalidInputError
from kefu.domain.job import Job, JobDraft, JobState
from kefu.factory import Factory
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import BrokenPlugin
from kefu.plugins.manifest import Plugin
from kefu.plugins.probing import probe
from kefu.plugins.project import check_project, write_project
from kefu.services.plugin_flows import catalogue_of
from kefu.services.plugin_work.enabling import PluginView
from kefu.services.plugin_work.jobs import to_draft

app = typer.Typer(help="Tools, flows and more from other distributions.", no_args_is_help=True)


@app.command("list")
def list_plugins(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the installed plugins, whether the workspace uses them, and those that are broken."""
    views, broken = run(lambda factory: _list(factory, workspace))
    if as_json:
        rows = [{"name": each.name, "reason": each.reason} for each in broken]
        print_json({"plugins": [_row(view) for view in views], "broken": rows})
        return
    for view in views:
        state = "on " if view.state.is_enabled else "off"
        uses = ", ".join(sorted(view.plugin.manifest.uses)) or "nothing"
        tools = ", ".join(tool.name for tool in view.plugin.tools) or "-"
        print(f"{state}  {view.plugin.name} {view.plugin.manifest.version}  tools: {tools}  asks for: {uses}")
    for each in broken:
        print(f"bad  {each.name}  {each.reason}")


@app.command("enable")
def enable(
    name: str,
    settings: Annotated[Path | None, typer.Option(help="A JSON file with the plugin's settings.")] = None,
    close: Annotated[list[str] | None, typer.Option(help="A tool that shall not be called; may be repeated.")] = None,
    to_models: Annotated[
        bool | None,
        typer.Option("--open-to-models/--closed-to-models", help="Let a model call its reading tools by itself."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Use a plugin in a workspace, from the next call of a tool on."""
    values = None if settings is None else _read_settings(settings)
    run(lambda factory: _enable(factory, name, settings=values, close=close, to_models=to_models, slug=workspace))
    print(f"{name} is on.")


@app.command("disable")
def disable(name: str, workspace: WorkspaceOption = None) -> None:
    """Use it no more, from the next call of a tool on; its settings stay."""
    run(lambda factory: _disable(factory, name, workspace))
    print(f"{name} is off.")


@app.command("check")
def check(path: Annotated[Path, typer.Argument(help="The folder of a plugin's project.")]) -> None:
    """Say what is wrong with a plugin; exit status 1 if anything is. Its code is run, and its parts are asked."""
    plugin, problems = check_project(path)
    if plugin is not None and not problems:
        problems = [*_flow_problems(plugin), *asyncio.run(probe(plugin))]
    for problem in problems:
        print(problem)
    if problems or plugin is None:
        raise typer.Exit(1)
    print(f"{plugin.name} {plugin.manifest.version} can be used: {_parts(plugin)}.")


@app.command("run")
def run_job(
    name: str,
    job: Annotated[str, typer.Argument(help="One of the plugin's jobs.")],
    payload: Annotated[Path | None, typer.Option(help="A JSON file with what the job is given.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Run a job of a plugin now and here; exit status 1 if it fails."""
    values = {} if payload is None else _read_settings(payload)
    with stoppable(), bar(f"{name}/{job}") as show:
        done = run(lambda factory: _run_job(factory, to_draft(name, job, values), workspace, show))
    error = None if done.error_code is None else {"code": done.error_code, "detail": done.error_detail}
    if as_json:
        print_json({"job": done.id, "state": done.state, "result": done.result, "error": error})
    else:
        print(f"{done.id} {done.state}: {done.error_detail or done.result or 'done'}")
    if done.state is not JobState.SUCCEEDED:
        raise typer.Exit(1)


@app.command("inbox")
def add_inbox(
    name: str,
    channel: Annotated[str, typer.Argument(help="One of the plugin's channels.")],
    slug: Annotated[str, typer.Argument(help="What the inbox is called in addresses.")],
    title: Annotated[str | None, typer.Option(help="What customers read; default: the workspace's name.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Open an inbox for a plugin's channel, and print the address that the other system calls."""
    inbox = run(lambda factory: _add_inbox(factory, (name, channel), slug, title=title, workspace=workspace))
    print(f"{inbox.id} is open: /api/v1/channels/{name}/{inbox.id}")


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, hyphens.")],
    folder: Annotated[Path | None, typer.Option(help="Default: kefu-NAME here.")] = None,
) -> None:
    """Write a small plugin that works, to begin with."""
    target = folder or Path(f"kefu-{name}")
    for file in write_project(name, target):
        print(file)


async def _list(factory: Factory, slug: str | None) -> tuple[list[PluginView], tuple[BrokenPlugin, ...]]:
    workspace = await get_workspace(factory, slug)
    return await factory.plugins.list_all(workspace.id), factory.plugins.broken


async def _enable(
    factory: Factory,
    name: str,
    *,
    settings: JsonObject | None,
    close: list[str] | None,
    to_models: bool | None,
    slug: str | None,
) -> PluginState:
    workspace = await get_workspace(factory, slug)
    return await factory.plugins.enable(
        workspace.id, name, settings=settings, closed_tools=close, is_open_to_models=to_models
    )


async def _run_job(factory: Factory, draft: JobDraft, slug: str | None, show: Callable[[int, int], None]) -> Job:
    workspace = await get_workspace(factory, slug)
    return await factory.job_runner.run_here(workspace.id, draft, watch=lambda now: show(now.done, now.total))


async def _add_inbox(
    factory: Factory, channel: tuple[str, str], slug: str, *, title: str | None, workspace: str | None
) -> Inbox:
    found = await get_workspace(factory, workspace)
    name, kind = channel
    return await factory.channels.add_inbox(found.id, plugin=name, channel=kind, slug=slug, name=title or found.name)


def _flow_problems(plugin: Plugin) -> list[str]:
    """What the linter finds in its flows; tools and types of other plugins are not known here."""
    if plugin.flows is None:
        return []
    _, findings = check_files([plugin.flows], catalogue_of([plugin]))
    return [str(finding) for finding in findings if finding.severity == "error"]


async def _disable(factory: Factory, name: str, slug: str | None) -> PluginState:
    return await factory.plugins.disable((await get_workspace(factory, slug)).id, name)


def _read_settings(path: Path) -> JsonObject:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InvalidInputError(f"{path} is no JSON file: {error}", field="settings") from error
    if not isinstance(found, dict):
        raise InvalidInputError(f"{path} holds no JSON object.", field="settings")
    return found


def _parts(plugin: Plugin) -> str:
    counts = {
        "tools": len(plugin.tools),
        "slot types": len(plugin.slot_types),
        "recognisers": len(plugin.recognisers),
        "guards": len(plugin.guards),
        "sources": len(plugin.sources),
        "channels": len(plugin.channels),
        "jobs": len(plugin.jobs),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing yet"


def _row(view: PluginView) -> dict[str, object]:
    manifest, state = view.plugin.manifest, view.state
    return {
        "name": manifest.name,
        "version": manifest.version,
        "title": dict(manifest.title),
        "uses": sorted(manifest.uses),
        "tools": [tool.name for tool in view.plugin.tools],
        "slot_types": [kind.name for kind in view.plugin.slot_types],
        "recognisers": [each.name for each in view.plugin.recognisers],
        "guards": [guard.name for guard in view.plugin.guards],
        "sources": [source.name for source in view.plugin.sources],
        "channels": [channel.name for channel in view.plugin.channels],
        "jobs": [job.name for job in view.plugin.jobs],
        "is_enabled": state.is_enabled,
        "closed_tools": list(state.closed_tools),
        "is_open_to_models": state.is_open_to_models,
    }
