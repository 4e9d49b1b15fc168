"""``kefu intent``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.cli.working import work
from kefu.dialogue.intents.card import from_facts, to_markdown
from kefu.dialogue.intents.port import Recognition
from kefu.domain.intent import ExampleSource, IntentModel
from kefu.domain.job import Job
from kefu.factory import Factory
from kefu.server.schemas_intents import (
    IntentListResponse,
    IntentModelResponse,
    RecognitionResponse,
    SuggestionBody,
)
from kefu.services.evaluation.intents import IntentFigures, judge_texts
from kefu.services.evaluation.reading import read_examples
from kefu.services.improving.gap_review import GAP_REVIEW
from kefu.services.intent_corrections import Suggestion
from kefu.services.intents import INTENT_TRAINING, ExampleReport, IntentOverview

app = typer.Typer(help="Recognise what customers want.", no_args_is_help=True)
_SHOWN = 3
_BY = "cli"
Intent = Annotated[str | None, typer.Option("--intent", help="What it asks for.")]
IsNone = Annotated[bool, typer.Option("--none", help="It asks for none of the intents.")]


@app.command("import")
def import_examples(
    file: Annotated[Path, typer.Argument(help='Lines of {"text", "intent"}; null: out of scope.', exists=True)],
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Add examples; a text that is there already gets the intent given now."""
    examples = [(one.text, one.intent) for one in read_examples(file)]
    _print_report(run(lambda factory: _import(factory, examples, workspace)), as_json=as_json)


@app.command("list")
def list_intents(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the intents with the number of their examples, and the versions of the model."""
    overview, models = run(lambda factory: _list(factory, workspace))
    if as_json:
        rows = [IntentModelResponse.of(one, active=overview.active).model_dump(mode="json") for one in models]
        print_json({**IntentListResponse.of(overview).model_dump(mode="json"), "models": rows})
        return
    for name in (*overview.names, None):
        own, of_flows = overview.own.get(name, 0), overview.of_flows.get(name, 0)
        print(f"{own:6} + {of_flows:4} of flows  {'(out of scope)' if name is None else name}")
    for model in models:
        _print_version(model, active=overview.active)


@app.command("train")
def train(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Train on all examples; the new version answers as soon as it is there."""
    job = run(lambda factory: _train(factory, workspace))
    if as_json:
        print_json(job.result)
    else:
        found = job.result
        print(
            f"Version {found['version']} answers: {found['examples']} examples of {found['intents']} intents, "
            f"accuracy {found['accuracy']} on held-out ones."
        )


@app.command("eval")
def evaluate(
    test: Annotated[Path, typer.Argument(help='Lines of {"text", "intent"}.', exists=True)],
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Measure the model that answers on texts that it was not taught."""
    examples = read_examples(test)
    figures = run(lambda factory: _evaluate(factory, [one.text for one in examples], workspace))
    print_json(asdict(IntentFigures.of(examples, *figures)))


@app.command("recognise")
def recognise(text: str, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show what the model makes of one text."""
    found = run(lambda factory: _recognise(factory, text, workspace))
    if as_json:
        print_json(RecognitionResponse.of(found).model_dump(mode="json"))
        return
    print(f"{found.best or '(out of scope)'}  in scope {found.in_scope:.2f}, {found.language}, anger {found.anger:.2f}")
    for intent, probability in found.candidates:
        print(f"  {probability:.3f}  {intent}")


@app.command("suggest")
def suggest(
    workspace: WorkspaceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what was not understood, gathered by what it asks: examples for an intent, or a new one."""
    found = run(lambda factory: _suggest(factory, workspace, limit))
    if as_json:
        print_json([SuggestionBody.of(one).model_dump(mode="json") for one in found])
        return
    for one in found:
        near = (
            "a new intent?"
            if one.intent is None
            else f"{one.intent}? p={one.probability:.2f}, in scope {one.in_scope:.2f}"
        )
        print(f"{one.gap.count.count:5}×  {one.gap.cluster.id}  {one.gap.cluster.question}  [{near}]")
        for example in one.gap.examples[:_SHOWN]:
            if example != one.gap.cluster.question:
                print(f"        “{example}”")


@app.command("accept")
def accept(
    cluster: Annotated[str, typer.Argument(help="Its id, as `kefu intent suggest` shows it.")],
    intent: Intent = None,
    is_none: IsNone = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Take what was not understood as examples of an intent, which may be a new one, or of none."""
    chosen = _chosen(intent, is_none=is_none)
    _print_report(run(lambda factory: _accept(factory, cluster, chosen, workspace)), as_json=as_json)


@app.command("correct")
def correct(
    message: Annotated[str, typer.Argument(help="The id of a customer's message.")],
    intent: Intent = None,
    is_none: IsNone = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what a customer's message really asks for: it becomes an example for the next training."""
    chosen = _chosen(intent, is_none=is_none)
    _print_report(run(lambda factory: _correct(factory, message, chosen, workspace)), as_json=as_json)


@app.command("activate")
def activate(version: int, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Let a version answer; servers that are up change to it within a second."""
    _print_model(run(lambda factory: _activate(factory, version, workspace)), as_json=as_json)


@app.command("rollback")
def roll_back(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Let the version before the one that answers do so."""
    _print_model(run(lambda factory: _roll_back(factory, workspace)), as_json=as_json)


@app.command("card")
def card(
    version: Annotated[int | None, typer.Argument(help="Default: the one that answers.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Show what a version was trained on, how good it is and where it is wrong."""
    model = run(lambda factory: _get(factory, version, workspace))
    if as_json:
        print_json({"version": model.version, "sha256": model.sha256, "size": model.size, **model.card})
    else:
        print(to_markdown(from_facts(model.card)), end="")


def _chosen(intent: str | None, *, is_none: bool) -> str | None:
    if (intent is None) is not is_none:
        raise typer.BadParameter("Give either --intent NAME or --none.")
    return intent


def _print_report(report: ExampleReport, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
    else:
        print(f"{report.added} new, {report.changed} changed, {report.unchanged} unchanged.")


def _print_model(model: IntentModel, *, as_json: bool) -> None:
    if as_json:
        print_json(IntentModelResponse.of(model, active=model.version).model_dump(mode="json"))
    else:
        print(f"Version {model.version} answers.")


def _print_version(model: IntentModel, *, active: int | None) -> None:
    mark = "*" if model.version == active else " "
    kilobytes = round(model.size / 1000)
    print(
        f"{mark} version {model.version}  {model.created_at:%Y-%m-%d %H:%M}  {kilobytes} kB  accuracy {model.card['accuracy']}"
    )


async def _import(factory: Factory, examples: list[tuple[str, str | None]], slug: str | None) -> ExampleReport:
    workspace = await get_workspace(factory, slug)
    return await factory.intents.add_examples(workspace.id, examples, source=ExampleSource.FILE, given_by=_BY)


async def _list(factory: Factory, slug: str | None) -> tuple[IntentOverview, list[IntentModel]]:
    workspace = await get_workspace(factory, slug)
    models, _ = await factory.intents.list_versions(workspace.id)
    return await factory.intents.get_overview(workspace.id), models


async def _train(factory: Factory, slug: str | None) -> Job:
    return await work(factory, (await get_workspace(factory, slug)).id, INTENT_TRAINING)


async def _evaluate(factory: Factory, texts: list[str], slug: str | None) -> tuple[list[Recognition], float]:
    classifier = await factory.intent_serving.load((await get_workspace(factory, slug)).id)
    return judge_texts(classifier, texts)


async def _recognise(factory: Factory, text: str, slug: str | None) -> Recognition:
    return await factory.intent_serving.recognise((await get_workspace(factory, slug)).id, text)


async def _suggest(factory: Factory, slug: str | None, limit: int) -> list[Suggestion]:
    workspace = await get_workspace(factory, slug)
    await factory.outbox.dispatch_due()
    await work(factory, workspace.id, GAP_REVIEW)
    return await factory.intent_corrections.suggest(workspace.id, limit=limit)


async def _accept(factory: Factory, cluster_id: str, intent: str | None, slug: str | None) -> ExampleReport:
    workspace = await get_workspace(factory, slug)
    return await factory.intent_corrections.accept(workspace.id, cluster_id, intent, given_by=_BY)


async def _correct(factory: Factory, message_id: str, intent: str | None, slug: str | None) -> ExampleReport:
    workspace = await get_workspace(factory, slug)
    return await factory.intent_corrections.correct(workspace.id, message_id, intent, given_by=_BY)


async def _activate(factory: Factory, version: int, slug: str | None) -> IntentModel:
    return await factory.intents.activate((await get_workspace(factory, slug)).id, version)


async def _roll_back(factory: Factory, slug: str | None) -> IntentModel:
    return await factory.intents.roll_back((await get_workspace(factory, slug)).id)


async def _get(factory: Factory, version: int | None, slug: str | None) -> IntentModel:
    return await factory.intents.get_version((await get_workspace(factory, slug)).id, version)
