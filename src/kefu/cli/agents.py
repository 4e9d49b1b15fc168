"""``kefu agent``: who answers customers, and when."""

from pathlib import Path
from typing import Annotated, cast

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.conversation import Inbox, Language
from kefu.domain.desk import Agent
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.hours import OpeningHours
from kefu.factory import Factory
from kefu.server.schemas_desk_setup import AgentResponse, HoursBody, InboxHoursResponse

app = typer.Typer(help="People who answer customers.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="How colleagues call them.")],
    language: Annotated[list[str] | None, typer.Option(help="zh or en; may be repeated. Default: both.")] = None,
    team: Annotated[list[str] | None, typer.Option(help="A team, made if it does not exist; may be repeated.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Make an agent with a key of their own, and show the key, once."""
    agent, token = run(lambda factory: _add(factory, name, language or ["zh", "en"], team or [], slug=workspace))
    if as_json:
        print_json({"id": agent.id, "name": agent.name, "token": token})
    else:
        print(token)


@app.command("list")
def list_agents(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the agents, and who is there."""
    agents = run(lambda factory: _list(factory, workspace))
    if as_json:
        print_json([agent.model_dump(mode="json") for agent in agents])
        return
    for agent in agents:
        print(f"{agent.id}  {agent.state:8} {agent.name}  [{', '.join(agent.languages)}]")


@app.command("key")
def key(name: str, workspace: WorkspaceOption = None) -> None:
    """Make another key for an agent and show it, once; `kefu key revoke` takes one out of use."""
    print(run(lambda factory: _key(factory, name, workspace)))


@app.command("hours")
def hours(
    inbox: Annotated[str, typer.Argument(help="web or api, for example.")],
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Opening hours as JSON.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the hours away.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show, set or remove an inbox's opening hours."""
    wanted = None if file is None else HoursBody.model_validate_json(file.read_bytes()).to_hours()
    changes = file is not None or remove
    shown = run(lambda factory: _hours(factory, inbox, wanted, changes=changes, slug=workspace))
    print_json(shown.model_dump(mode="json"))


async def _add(
    factory: Factory, name: str, languages: list[str], teams: list[str], *, slug: str | None
) -> tuple[Agent, str]:
    workspace = await get_workspace(factory, slug)
    if not set(languages) <= {"zh", "en"}:
        raise InvalidInputError("A language is zh or en.", field="language")
    spoken = [cast("Language", language) for language in languages]
    agent = await factory.desk_people.add_agent(workspace.id, name=name, languages=spoken, teams=teams)
    return agent, (await factory.desk_people.issue_key(workspace.id, agent.id)).token


async def _list(factory: Factory, slug: str | None) -> list[AgentResponse]:
    workspace = await get_workspace(factory, slug)
    found = await factory.desk_people.list_agents(workspace.id)
    return [AgentResponse.of(agent, factory.clock.now()) for agent in found]


async def _key(factory: Factory, name: str, slug: str | None) -> str:
    workspace = await get_workspace(factory, slug)
    agent = await factory.desk_people.find_agent(workspace.id, name)
    if agent is None:
        raise NotFoundError("agent", name)
    return (await factory.desk_people.issue_key(workspace.id, agent.id)).token


async def _hours(
    factory: Factory, slug_of_inbox: str, wanted: OpeningHours | None, *, changes: bool, slug: str | None
) -> InboxHoursResponse:
    workspace = await get_workspace(factory, slug)
    found: Inbox = await factory.desk_hours.get_inbox(workspace.id, slug_of_inbox)
    if changes:
        found = await factory.desk_hours.set_hours(workspace.id, slug_of_inbox, wanted)
    return InboxHoursResponse.of(found, factory.clock.now())
