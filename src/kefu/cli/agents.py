"""``kefu agent``: who answers customers, and when."""

from pathlib import Path
from typing import Annotated, cast

import orjson
import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.conversation import Hotlines, Inbox, Language
from kefu.domain.desk import Agent
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.hours import OpeningHours
from kefu.factory import Factory
from kefu.server.schemas_desk_setup import AgentResponse, HotlinesBody, HoursBody, InboxHoursResponse

Approves = Annotated[bool, typer.Option("--approves", help="The key also decides on writes that wait for an approval.")]
app = typer.Typer(help="People who answer customers.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="How colleagues call them.")],
    language: Annotated[list[str] | None, typer.Option(help="zh or en; may be repeated. Default: both.")] = None,
    team: Annotated[list[str] | None, typer.Option(help="A team, made if it does not exist; may be repeated.")] = None,
    approves: Approves = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Make an agent with a key of their own, and show the key, once."""
    spoken = language or ["zh", "en"]
    agent, token = run(lambda factory: _add(factory, name, spoken, team or [], may_approve=approves, slug=workspace))
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
def key(name: str, approves: Approves = False, workspace: WorkspaceOption = None) -> None:
    """Make another key for an agent and show it, once; `kefu key revoke` takes one out of use."""
    print(run(lambda factory: _key(factory, name, may_approve=approves, slug=workspace)))


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


@app.command("hotlines")
def hotlines(
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Hotlines as JSON.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show, or set, whom customers are told to contact by class of what cannot wait: injury, fraud, a person at risk."""
    wanted = None if file is None else HotlinesBody.model_validate({"hotlines": orjson.loads(file.read_bytes())})
    print_json(run(lambda factory: _hotlines(factory, wanted, workspace)))


async def _hotlines(factory: Factory, wanted: HotlinesBody | None, slug: str | None) -> Hotlines:
    workspace = await get_workspace(factory, slug)
    if wanted is not None:
        return await factory.desk_hours.set_hotlines(workspace.id, wanted.to_hotlines())
    return await factory.desk_hours.get_hotlines(workspace.id)


async def _add(
    factory: Factory, name: str, languages: list[str], teams: list[str], *, may_approve: bool, slug: str | None
) -> tuple[Agent, str]:
    workspace = await get_workspace(factory, slug)
    if not set(languages) <= {"zh", "en"}:
        raise InvalidInputError("A language is zh or en.", field="language")
    spoken = [cast("Language", language) for language in languages]
    agent = await factory.desk_people.add_agent(workspace.id, name=name, languages=spoken, teams=teams)
    issued = await factory.desk_people.issue_key(workspace.id, agent.id, may_approve=may_approve)
    return agent, issued.token


async def _list(factory: Factory, slug: str | None) -> list[AgentResponse]:
    workspace = await get_workspace(factory, slug)
    found = await factory.desk_people.list_agents(workspace.id)
    return [AgentResponse.of(agent, factory.clock.now()) for agent in found]


async def _key(factory: Factory, name: str, *, may_approve: bool, slug: str | None) -> str:
    workspace = await get_workspace(factory, slug)
    agent = await factory.desk_people.find_agent(workspace.id, name)
    if agent is None:
        raise NotFoundError("agent", name)
    return (await factory.desk_people.issue_key(workspace.id, agent.id, may_approve=may_approve)).token


async def _hours(
    factory: Factory, slug_of_inbox: str, wanted: OpeningHours | None, *, changes: bool, slug: str | None
) -> InboxHoursResponse:
    workspace = await get_workspace(factory, slug)
    found: Inbox = await factory.desk_hours.get_inbox(workspace.id, slug_of_inbox)
    if changes:
        found = await factory.desk_hours.set_hours(workspace.id, slug_of_inbox, wanted)
    return InboxHoursResponse.of(found, factory.clock.now())
