"""``kefu key``."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.access import ApiKey, Scope
from kefu.factory import Factory
from kefu.services.access import IssuedKey

app = typer.Typer(help="API keys of machines and operators.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scopes: Annotated[list[Scope], typer.Option("--scope", help="What it may do; may be repeated.")],
    days: Annotated[
        int | None, typer.Option(min=1, help="Good for so many days; without: until it is revoked.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, once."""
    lifetime = None if days is None else timedelta(days=days)
    issued = run(lambda factory: _create(factory, name, frozenset(scopes), lifetime=lifetime, slug=workspace))
    if as_json:
        print_json({**_row(issued.key), "token": issued.token})
    else:
        print(issued.token)


@app.command("list")
def list_keys(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the keys, without their secrets."""
    keys = run(lambda factory: _list(factory, workspace))
    if as_json:
        print_json([_row(key) for key in keys])
        return
    for key in keys:
        state = "revoked" if key.revoked_at else f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "in use"
        print(f"{key.id}  {state:18} {key.name}  [{', '.join(sorted(key.scopes))}]")


@app.command("revoke")
def revoke(key_id: str, workspace: WorkspaceOption = None) -> None:
    """Take a key out of use, at once."""
    run(lambda factory: _revoke(factory, key_id, workspace))
    print("Revoked.")


async def _create(
    factory: Factory, name: str, scopes: frozenset[Scope], *, lifetime: timedelta | None, slug: str | None
) -> IssuedKey:
    workspace = await get_workspace(factory, slug)
    return await factory.access.issue(workspace.id, name=name, scopes=scopes, lifetime=lifetime)


async def _list(factory: Factory, slug: str | None) -> list[ApiKey]:
    return await factory.access.list_keys((await get_workspace(factory, slug)).id)


async def _revoke(factory: Factory, key_id: str, slug: str | None) -> None:
    await factory.access.revoke((await get_workspace(factory, slug)).id, key_id)


def _row(key: ApiKey) -> dict[str, object]:
    row = asdict(key)
    del row["secret_hash"], row["workspace_id"]
    return {**row, "scopes": sorted(key.scopes)}
