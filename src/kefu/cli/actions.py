"""``kefu action``."""

from enum import StrEnum
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.cli.working import work
from kefu.domain.action import LedgerStatus, PendingActionState
from kefu.factory import Factory
from kefu.server.schemas_actions import ActionResponse, WriteResponse
from kefu.services.actions import RECONCILE, ActionView, Decider, WriteView

app = typer.Typer(help="Writes on other systems: what waits, and what nobody knows the end of.", no_args_is_help=True)
_BY = "command line"
Reason = Annotated[str, typer.Option(help="Why, for colleagues; the customer is not shown it.")]


class Outcome(StrEnum):
    """What a person may say of a write."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


@app.command("list")
def list_actions(
    state: Annotated[list[PendingActionState] | None, typer.Option(help="Default: approval; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Show what waits for an agent's approval, and writes whose end is unknown."""
    states = state or [PendingActionState.APPROVAL]
    actions, writes = run(lambda factory: _list(factory, states, limit=limit, slug=workspace))
    if as_json:
        rows = [ActionResponse.of(view).model_dump(mode="json") for view in actions]
        print_json({"actions": rows, "writes": [WriteResponse.of(view).model_dump(mode="json") for view in writes]})
        return
    for view in actions:
        _show(view)
    for write in writes:
        _show_write(write)


@app.command("approve")
def approve(action_id: str, reason: Reason = "", workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Say yes to an action; a server or a worker carries it out."""
    by = Decider(_BY, reason=reason)
    _told(run(lambda factory: _decide(factory, action_id, by, is_approved=True, slug=workspace)), as_json=as_json)


@app.command("decline")
def decline(action_id: str, reason: Reason = "", workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Say no to an action."""
    by = Decider(_BY, reason=reason)
    _told(run(lambda factory: _decide(factory, action_id, by, is_approved=False, slug=workspace)), as_json=as_json)


@app.command("reconcile")
def reconcile(
    write_id: Annotated[str | None, typer.Argument(help="Without it: all that are due.")] = None,
    outcome: Annotated[
        Outcome | None, typer.Option(help="What a person knows; without: the other system is asked.")
    ] = None,
    note: Annotated[str, typer.Option(help="How it is known.")] = "",
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Find out what became of writes whose end is unknown."""
    if write_id is None:
        print_json(run(lambda factory: _reconcile(factory, workspace)))
        return
    view = run(lambda factory: _settle(factory, write_id, outcome, note=note, slug=workspace))
    print_json(WriteResponse.of(view).model_dump(mode="json")) if as_json else _show_write(view)


async def _list(
    factory: Factory, states: list[PendingActionState], *, limit: int, slug: str | None
) -> tuple[list[ActionView], list[WriteView]]:
    workspace = await get_workspace(factory, slug)
    actions = await factory.actions.list_actions(workspace.id, states, limit=limit)
    return actions, await factory.actions.list_writes(workspace.id, [LedgerStatus.UNKNOWN], limit=limit)


async def _decide(factory: Factory, action_id: str, by: Decider, *, is_approved: bool, slug: str | None) -> ActionView:
    workspace = await get_workspace(factory, slug)
    decide = factory.actions.approve if is_approved else factory.actions.decline
    return await decide(workspace.id, action_id, by=by)


async def _reconcile(factory: Factory, slug: str | None) -> object:
    return (await work(factory, (await get_workspace(factory, slug)).id, RECONCILE)).result


async def _settle(
    factory: Factory, write_id: str, outcome: Outcome | None, *, note: str, slug: str | None
) -> WriteView:
    workspace = await get_workspace(factory, slug)
    if outcome is None:
        return await factory.actions.ask(workspace.id, write_id)
    return await factory.actions.settle(workspace.id, write_id, LedgerStatus(outcome), by=Decider(_BY), note=note)


def _told(view: ActionView, *, as_json: bool) -> None:
    print_json(ActionResponse.of(view).model_dump(mode="json")) if as_json else _show(view)


def _show(view: ActionView) -> None:
    action = view.action
    amount = f"  {action.amount}" if action.amount is not None else ""
    print(f"{action.id}  {action.state:10} {action.tool}{amount}  {view.arguments}  {action.conversation_id}")


def _show_write(view: WriteView) -> None:
    entry = view.entry
    who = "ask a person" if entry.check_at is None else f"asked again {entry.check_at:%Y-%m-%d %H:%M}"
    rest = entry.code if entry.status.is_settled else f"{entry.code}, {who}"
    print(f"{entry.id}  {entry.status:10} {entry.tool}  {view.arguments}  {entry.conversation_id}  {rest}")
