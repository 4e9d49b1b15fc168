"""``kefu flow``."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.session import AsJson, get_workspace, print_json, run
from kefu.dialogue.flows.findings import Catalogue, Finding
from kefu.dialogue.flows.lint import check_files
from kefu.dialogue.flows.loading import read_flow_file
from kefu.dialogue.flows.outline import outline
from kefu.dialogue.flows.port import ToolFacts
from kefu.dialogue.flows.tool_files import read_tools
from kefu.dialogue.tools.gate import to_facts
from kefu.factory import Factory
from kefu.plugins.host import PluginHost
from kefu.services.plugin_flows import catalogue_of

app = typer.Typer(help="Procedures that the assistant carries out with a customer.", no_args_is_help=True)


@app.command("check")
def check(
    paths: Annotated[list[Path], typer.Argument(help="Flow files, or folders of them.")],
    tools: Annotated[
        Path | None, typer.Option(help="A file that describes the tools; without it they are not checked.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(help="Check with the tools of this workspace: of plugins, and of MCP servers.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with flows, by the slot types of kefu and of installed plugins. Exit status 1 when there is an error."""
    types = catalogue_of(PluginHost.discover().plugins).slot_types
    known: dict[str, ToolFacts] = {} if workspace is None else run(lambda factory: _tools_of(factory, workspace))
    described = {} if tools is None else read_tools(tools)
    is_known = workspace is not None or tools is not None
    flows, findings = check_files(
        paths, Catalogue(tools={**known, **described} if is_known else None, slot_types=types)
    )
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        names = [{"flow": flow.name, "version": flow.version, "file": flow.file} for flow in flows]
        print_json({"flows": names, "errors": errors, "findings": [asdict(finding) for finding in findings]})
    else:
        _print_findings(findings)
        print(f"{len(flows)} flows, {errors} errors, {len(findings) - errors} warnings.")
    if errors or not flows:
        raise typer.Exit(1)


@app.command("show")
def show(file: Annotated[Path, typer.Argument(help="A flow file.")], as_json: AsJson = False) -> None:
    """Print a flow as an outline: how it begins, what it asks, what it does."""
    lines = outline(read_flow_file(file))
    if as_json:
        print_json({"lines": lines})
    else:
        print("\n".join(lines))


async def _tools_of(factory: Factory, slug: str) -> dict[str, ToolFacts]:
    workspace = await get_workspace(factory, slug)
    await factory.plugin_host.guests.load(workspace.id)
    guests = {tool.name: to_facts(tool.spec) for tool in factory.plugin_host.guests.tools_of(workspace.id)}
    return {**guests, **(catalogue_of(factory.plugin_host.plugins).tools or {})}


def _print_findings(findings: list[Finding]) -> None:
    for finding in findings:
        print(finding, file=sys.stderr if finding.severity == "error" else sys.stdout)
