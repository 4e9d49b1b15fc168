"""``kefu why`` and ``kefu replay``: what a turn did, for what reasons, and whether it would do so again."""

from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError
from kefu.factory import Factory
from kefu.kit.jsonvalue import JsonObject, as_list
from kefu.services.replay import ReplayOutcome, ReplayReport

TurnArgument = Annotated[str, typer.Argument(help="The turn's id: a reply's `trace_id`.")]


def why(
    turn: TurnArgument,
    language: Annotated[str | None, typer.Option(help="zh or en; without it the conversation's.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Say in sentences why a turn did what it did."""
    wanted = _to_language(language)
    found = run(lambda factory: _explain(factory, turn, workspace, wanted))
    if as_json:
        print_json(found)
        return
    for sentence in as_list(found["why"]):
        print(sentence)


def replay(turn: TurnArgument, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Play a turn again from what it was given, and compare its events with the stored ones, byte by byte."""
    report = run(lambda factory: _replay(factory, turn, workspace))
    if as_json:
        print_json(_to_row(report))
    else:
        _show(report)
    if report.outcome is not ReplayOutcome.EQUAL:
        raise typer.Exit(1)


async def _explain(factory: Factory, turn: str, slug: str | None, language: Language | None) -> JsonObject:
    workspace = await get_workspace(factory, slug)
    return await factory.explaining.explain(workspace.id, turn, language=language)


async def _replay(factory: Factory, turn: str, slug: str | None) -> ReplayReport:
    workspace = await get_workspace(factory, slug)
    return await factory.replays.replay(workspace.id, turn)


def _show(report: ReplayReport) -> None:
    found = report.difference
    match report.outcome:
        case ReplayOutcome.EQUAL:
            print(f"equal: {report.events} events, byte by byte")
        case ReplayOutcome.UNRECORDED:
            print(f"not recorded: the turn is {report.turn.state}, and left nothing to replay it from")
        case _ if found is not None:
            print(f"{report.outcome}: stage {found.stage}, event {found.event} ({found.type or 'none'}) {found.path}")
            print(f"  stored    {found.stored}")
            print(f"  replayed  {found.replayed}")
    if report.missing:
        print(f"no longer stored: {report.missing}")
    for name, (then, now) in (report.versions or {}).items():
        print(f"{name} was {then or 'not there'}, is {now or 'not there'}")


def _to_row(report: ReplayReport) -> dict[str, object]:
    found = report.difference
    return {
        "turn": report.turn.id,
        "state": report.turn.state.value,
        "outcome": report.outcome.value,
        "events": report.events,
        "difference": None
        if found is None
        else {
            "stage": found.stage,
            "event": found.event,
            "type": found.type,
            "path": found.path,
            "stored": found.stored,
            "replayed": found.replayed,
        },
        "missing": report.missing,
        "versions": {name: {"then": then, "now": now} for name, (then, now) in (report.versions or {}).items()},
    }


def _to_language(name: str | None) -> Language | None:
    match name:
        case None | "zh" | "en":
            return name
    raise InvalidInputError("A language is zh or en.", field="language")
