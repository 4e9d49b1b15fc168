"""``kefu model``."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.turn import TurnUse
from kefu.factory import Factory

app = typer.Typer(help="Language models.", no_args_is_help=True)


@app.command("use")
def use(
    days: Annotated[int, typer.Option(help="How far back.", min=1)] = 7,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Show how many turns needed a model, and what it took."""
    found = run(lambda factory: _use(factory, workspace, days))
    share = round(found.share_of_hard_turns, 4)
    if as_json:
        print_json({"days": days, **asdict(found), "share_of_hard_turns": share})
        return
    print(f"{found.turns} turns in {days} days, {found.hard} of them hard ({share:.1%})")
    tokens = f"{found.prompt_tokens} + {found.completion_tokens} tokens"
    print(f"a model was asked in {found.asked} turns: {found.calls} calls, {tokens}, {found.ms / 1000:.1f} s waited")


async def _use(factory: Factory, slug: str | None, days: int) -> TurnUse:
    workspace = await get_workspace(factory, slug)
    return await factory.model_use.of_last(workspace.id, timedelta(days=days))
