"""``kefu plugin``."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.action import PluginState
from kefu.domain.errors import InvalidInputError
from kefu.factory import Factory
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import BrokenPlugin
from kefu.plugins.project import check_project, write_project
from kefu.services.plugins import PluginView

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
    """Say what is wrong with a plugin; exit status 1 if anything is. Its code is run."""
    plugin, problems = check_project(path)
    for problem in problems:
        print(problem)
    if problems or plugin is None:
        raise typer.Exit(1)
    print(f"{plugin.name} {plugin.manifest.version} can be used: {len(plugin.tools)} tools.")


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


def _row(view: PluginView) -> dict[str, object]:
    manifest, state = view.plugin.manifest, view.state
    return {
        "name": manifest.name,
        "version": manifest.version,
        "title": dict(manifest.title),
        "uses": sorted(manifest.uses),
        "tools": [tool.name for tool in view.plugin.tools],
        "is_enabled": state.is_enabled,
        "closed_tools": list(state.closed_tools),
        "is_open_to_models": state.is_open_to_models,
    }
