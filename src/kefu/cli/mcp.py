"""``kefu mcp``."""

import asyncio
import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, configure_logging, get_workspace, open_factory, print_json, run
from kefu.config import Settings
from kefu.domain.action import AuthLevel
from kefu.domain.errors import InvalidInputError
from kefu.domain.mcp import BoundTo, McpTerms
from kefu.factory import Factory
from kefu.server import mcp_stdio
from kefu.services.mcp.schemas import fields_of
from kefu.services.mcp.servers import McpServerView, McpToolView

app = typer.Typer(help="Tools of MCP servers, and kefu as one.", no_args_is_help=True)
_KEY = "KEFU_AGENT_KEY"
ServerName = Annotated[str, typer.Argument(help="The server's name.")]
ToolName = Annotated[str, typer.Argument(help="The tool, as the server calls it.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, _.")],
    url: Annotated[
        str, typer.Option(help="Where it is; without: the server of this name in the operator's file.")
    ] = "",
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Use a server and show its tools. None of them can be called before it is accepted."""
    _show(run(lambda factory: _add(factory, name, url, workspace)), as_json=as_json)


@app.command("list")
def list_servers(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the servers of a workspace, and how each of their tools stands."""
    views = run(lambda factory: _list(factory, workspace))
    if as_json:
        print_json([_row(view) for view in views])
        return
    for view in views:
        _print(view)


@app.command("check")
def check(name: ServerName, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """List the tools of a server now; exit status 1 when it does not answer. What has changed is closed."""
    _show(run(lambda factory: _check(factory, name, workspace)), as_json=as_json)


@app.command("accept")
def accept(
    name: ServerName,
    tool: ToolName,
    effect: Annotated[str, typer.Option(help="read or write.")] = "write",
    confirm: Annotated[str, typer.Option(help="always or never: whether the customer confirms a write.")] = "always",
    auth: Annotated[AuthLevel, typer.Option(help="How sure kefu must be of the contact.")] = AuthLevel.IDENTIFIED,
    bind: Annotated[
        list[str] | None, typer.Option(help="ARGUMENT=contact or ARGUMENT=key: kefu sets it; may be repeated.")
    ] = None,
    shared: Annotated[bool, typer.Option("--shared", help="What it reads or does is nobody's own.")] = False,
    fact: Annotated[list[str] | None, typer.Option(help="A field that may be told; may be repeated.")] = None,
    hide: Annotated[list[str] | None, typer.Option(help="A field that is never shown; may be repeated.")] = None,
    seconds: Annotated[float, typer.Option(help="How long a call may take; at most 30.")] = 8.0,
    errors_mean_not_done: Annotated[
        bool, typer.Option("--errors-mean-not-done", help="Of a write: an error says that nothing was done.")
    ] = False,
    fingerprint: Annotated[
        str | None, typer.Option(help="Of the description that was looked at; its first 12 characters do.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Let a tool be called as the server describes it now, by these terms."""
    terms = McpTerms(
        effect=effect,
        confirm=confirm,
        auth=auth,
        bind=_to_bind(bind or []),
        is_shared=shared,
        facts=tuple(fact or ()),
        hide=tuple(hide or ()),
        seconds=seconds,
        errors_mean_not_done=errors_mean_not_done,
    )
    view = run(lambda factory: _accept(factory, name, tool, terms=terms, fingerprint=fingerprint, slug=workspace))
    print(f"{next(each.tool.tool for each in view.tools if each.tool.name == tool)} can be called.")


@app.command("close")
def close(name: ServerName, tool: ToolName, workspace: WorkspaceOption = None) -> None:
    """Let a tool not be called, from the next call on, until it is accepted again."""
    run(lambda factory: _close(factory, name, tool, workspace))
    print(f"{tool} is closed.")


@app.command("remove")
def remove(name: ServerName, workspace: WorkspaceOption = None) -> None:
    """Forget a server and what was accepted of it."""
    run(lambda factory: _remove(factory, name, workspace))
    print(f"{name} is removed.")


@app.command("serve")
def serve() -> None:
    """Be an MCP server over standard input and output, with the API key in KEFU_AGENT_KEY."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    token = os.environ.get(_KEY, "")
    if not token:
        raise InvalidInputError(f"Set {_KEY} to an API key: kefu key create NAME --scope assistant:ask …")
    asyncio.run(_serve(settings, token))


async def _serve(settings: Settings, token: str) -> None:
    async with open_factory(settings) as factory:
        await mcp_stdio.serve(factory.assistant_tools, factory.access, token=token)
        await factory.runner.drain(seconds=settings.drain_seconds)


async def _add(factory: Factory, name: str, url: str, slug: str | None) -> McpServerView:
    return await factory.mcp.add((await get_workspace(factory, slug)).id, name, url=url)


async def _list(factory: Factory, slug: str | None) -> list[McpServerView]:
    return await factory.mcp.list_all((await get_workspace(factory, slug)).id)


async def _check(factory: Factory, name: str, slug: str | None) -> McpServerView:
    return await factory.mcp.check((await get_workspace(factory, slug)).id, name)


async def _accept(
    factory: Factory, name: str, tool: str, *, terms: McpTerms, fingerprint: str | None, slug: str | None
) -> McpServerView:
    workspace = await get_workspace(factory, slug)
    return await factory.mcp.accept(workspace.id, name, tool, terms=terms, fingerprint=fingerprint)


async def _close(factory: Factory, name: str, tool: str, slug: str | None) -> McpServerView:
    return await factory.mcp.close((await get_workspace(factory, slug)).id, name, tool)


async def _remove(factory: Factory, name: str, slug: str | None) -> None:
    await factory.mcp.remove((await get_workspace(factory, slug)).id, name)


def _to_bind(given: list[str]) -> dict[str, BoundTo]:
    found: dict[str, BoundTo] = {}
    for each in given:
        argument, _, source = each.partition("=")
        if source not in tuple(BoundTo):
            raise InvalidInputError(f"--bind {each}: ARGUMENT=contact or ARGUMENT=key.", field="bind")
        found[argument] = BoundTo(source)
    return found


def _show(view: McpServerView, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(view))
    else:
        _print(view)
    if view.server.problem:
        raise typer.Exit(1)


def _print(view: McpServerView) -> None:
    server = view.server
    state = "on " if view.is_enabled else "off"
    place = server.url or "(the operator's file)"
    print(f"{state}  {server.name}  {place}")
    if server.problem:
        print(f"  {_plain(server.problem)}", file=sys.stderr)
    for each in view.tools:
        _print_tool(each)


def _print_tool(view: McpToolView) -> None:
    """The server's own words are a stranger's: nothing in them may move a terminal."""
    tool = view.tool
    hints = ["says that it reads"] if tool.found.is_said_to_read else []
    notes = "; ".join([*hints, *(f"warning: {warning}" for warning in view.warnings), *filter(None, [tool.reason])])
    print(f"  {tool.state:11} {_plain(tool.name)}{f' = {tool.tool}' if tool.tool else ''}  {_plain(notes)}")
    print(f"              {_plain(tool.found.description)[:300]}")
    arguments, result = (
        ", ".join(map(_plain, fields_of(schema))) for schema in (tool.found.arguments, tool.found.result)
    )
    print(f"              takes: {arguments or '-'}  gives: {result or '-'}  {tool.found.fingerprint[:12]}")


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _row(view: McpServerView) -> dict[str, object]:
    tools = [{**asdict(each.tool), "warnings": each.warnings} for each in view.tools]
    return {**asdict(view.server), "is_enabled": view.is_enabled, "tools": tools}
