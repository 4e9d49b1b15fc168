"""``kefu contact``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.errors import InvalidInputError
from kefu.domain.profile import AllowedFact, Profile
from kefu.factory import Factory
from kefu.kit.jsonvalue import as_list, as_object
from kefu.storage.fact_rows import allowed_from_json, allowed_to_json

app = typer.Typer(help="What is remembered of contacts.", no_args_is_help=True)


@app.command("show")
def show(contact: str, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the facts of a contact."""
    profile = run(lambda factory: _get(factory, contact, workspace))
    if as_json:
        print_json({"consent": profile.consent, "facts": [asdict(fact) for fact in profile.facts]})
        return
    print(f"Consent: {profile.consent or 'not asked or not answered'}.")
    for fact in profile.facts:
        print(f"{fact.name}  {fact.display}  {fact.at:%Y-%m-%d}  {fact.source} {fact.turn_id}")


@app.command("forget")
def forget(
    contact: str,
    fact: Annotated[str | None, typer.Option(help="One fact; without it: all.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Delete the facts of a contact."""
    count = run(lambda factory: _forget(factory, contact, fact, workspace))
    if as_json:
        print_json({"forgotten": count})
    else:
        print(f"{count} forgotten.")


@app.command("facts")
def facts(
    file: Annotated[Path | None, typer.Argument(help="A JSON file with the list of allowed facts.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show which facts may be remembered, as JSON; with a file, allow exactly those in it."""
    allowed = None if file is None else _read(file)
    print_json([allowed_to_json(one) for one in run(lambda factory: _facts(factory, allowed, workspace))])


def _read(file: Path) -> list[AllowedFact]:
    try:
        return [allowed_from_json(as_object(one)) for one in as_list(orjson.loads(file.read_bytes()))]
    except (OSError, ValueError, TypeError) as error:
        raise InvalidInputError(f"{file} holds no list of facts: {error}", field="facts") from error


async def _get(factory: Factory, contact: str, slug: str | None) -> Profile:
    return await factory.profiles.get((await get_workspace(factory, slug)).id, contact)


async def _forget(factory: Factory, contact: str, fact: str | None, slug: str | None) -> int:
    return await factory.profiles.forget((await get_workspace(factory, slug)).id, contact, name=fact)


async def _facts(factory: Factory, allowed: list[AllowedFact] | None, slug: str | None) -> tuple[AllowedFact, ...]:
    workspace = await get_workspace(factory, slug)
    if allowed is not None:
        await factory.profiles.set_allowed(workspace.id, allowed)
    return await factory.profiles.list_allowed(workspace.id)
