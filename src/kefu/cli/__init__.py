"""The command line ``kefu``. Each command builds what it needs from the settings, runs, and prints."""

import sys

import typer

from kefu.cli import (
    actions,
    agents,
    ask,
    calibration,
    contacts,
    database,
    evaluation,
    fake_model,
    findings,
    flows,
    gaps,
    graph,
    impact,
    intents,
    jobs,
    keys,
    knowledge,
    mcp,
    models,
    openapi,
    own,
    plugins,
    replay,
    serving,
    sources,
    terms,
)
from kefu.cli.inbox import inbox
from kefu.domain.errors import KefuError

app = typer.Typer(name="kefu", help="kefu 客服: AI customer service with sources.", no_args_is_help=True)
app.command("serve")(serving.serve)
app.command("demo")(serving.demo)
app.command("worker")(serving.worker)
app.command("ask")(ask.ask)
app.command("why")(replay.why)
app.command("replay")(replay.replay)
app.command("serve-fake-model")(fake_model.serve_fake_model)
app.command("openapi")(openapi.openapi)
app.add_typer(knowledge.app, name="kb")
knowledge.app.add_typer(terms.app, name="terms")
knowledge.app.add_typer(sources.app, name="source")
knowledge.app.command("sync")(sources.sync)
knowledge.app.command("gaps")(gaps.list_gaps)
knowledge.app.command("gap")(gaps.show_gap)
knowledge.app.command("draft")(gaps.draft)
knowledge.app.command("review")(findings.review)
knowledge.app.command("findings")(findings.list_findings)
knowledge.app.command("finding")(findings.set_finding)
knowledge.app.command("coverage")(findings.coverage)
knowledge.app.command("impact")(impact.impact)
knowledge.app.add_typer(graph.app, name="graph")
knowledge.app.command("calibrate")(calibration.calibrate)
knowledge.app.command("export")(own.export)
knowledge.app.command("eval")(own.evaluate)
app.add_typer(intents.app, name="intent")
app.add_typer(evaluation.app, name="eval")
app.add_typer(flows.app, name="flow")
app.add_typer(contacts.app, name="contact")
app.add_typer(jobs.app, name="job")
app.add_typer(keys.app, name="key")
app.add_typer(plugins.app, name="plugin")
app.add_typer(models.app, name="model")
app.add_typer(actions.app, name="action")
app.add_typer(mcp.app, name="mcp")
app.add_typer(agents.app, name="agent")
app.command("inbox")(inbox)
app.add_typer(database.app, name="db")


def main() -> None:
    """Run the command line; a typed error is one sentence on stderr and exit status 1."""
    try:
        app()
    except KefuError as error:
        print(f"kefu: {error.detail}", file=sys.stderr)
        raise SystemExit(1) from error
