"""``kefu flow``."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.session import AsJson, print_json
from kefu.dialogue.flows.findings import Catalogue, Finding
from kefu.dialogue.flows.lint import check_files
from kefu.dialogue.flows.loading import read_flow_file
from kefu.dialogue.flows.outline import outline
from kefu.dialogue.flows.tool_files import read_tools
from kefu.plugins.host import PluginHost
from kefu.services.plugin_flows import catalogue_of

app = typer.Typer(help="Procedures that the assistant carries out with a customer.", no_args_is_help=True)


@app.command("check")
def check(
    paths: Annotated[list[Path], typer.Argument(help="Flow files, or folders of them.")],
    tools: Annotated[
        Path | None, typer.Option(help="A file that describes the tools; without it they are not checked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with flows, by the slot types of kefu and of installed plugins. Exit status 1 when there is an error."""
    types = catalogue_of(PluginHost.discover().plugins).slot_types
    known = read_tools(tools) if tools is not None else None
    flows, findings = check_files(paths, Catalogue(tools=known, slot_types=types))
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


def _print_findings(findings: list[Finding]) -> None:
    for finding in findings:
        print(finding, file=sys.stderr if finding.severity == "error" else sys.stdout)
