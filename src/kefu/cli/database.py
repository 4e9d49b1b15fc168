"""``kefu db``."""

import asyncio

import typer

from kefu.cli.session import AsJson, print_json
from kefu.config import Settings
from kefu.factory import Factory
from kefu.storage import schema

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(as_json: AsJson = False) -> None:
    """Bring the schema to this version."""
    revision = asyncio.run(_upgrade())
    print_json({"revision": revision}) if as_json else print(f"The schema is at {revision}.")


@app.command("check")
def check(as_json: AsJson = False) -> None:
    """Say whether the schema is current and equal to the code's tables; exit status 1 if not."""
    result = asyncio.run(_check())
    if as_json:
        print_json(result)
    else:
        print(
            "current" if result["is_current"] else f"found {result['found']}, wanted {result['wanted']}",
            result["drift"] or "",
        )
    if not result["is_current"] or result["drift"]:
        raise typer.Exit(1)


async def _upgrade() -> str:
    database = Factory(Settings.load()).database
    try:
        return await schema.upgrade(database)
    finally:
        await database.aclose()


async def _check() -> dict[str, object]:
    database = Factory(Settings.load()).database
    try:
        found = await schema.found_revision(database)
        drift = await schema.find_drift(database) if found else []
    finally:
        await database.aclose()
    wanted = schema.wanted_revision()
    return {"found": found, "wanted": wanted, "is_current": found == wanted, "drift": drift}
