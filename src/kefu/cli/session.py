"""What most commands begin with: settings, logging, a ready database, the workspace."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

import orjson
import structlog
import typer

from kefu.config import Settings
from kefu.domain.conversation import Workspace
from kefu.domain.errors import NotFoundError
from kefu.factory import Factory
from kefu.storage import schema

T = TypeVar("T")
WorkspaceOption = Annotated[
    str | None, typer.Option("--workspace", help="Which workspace; may be left out if there is one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def configure_logging(level: str) -> None:
    """One JSON line an event on stderr, so that stdout carries results only."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_to_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def _to_line(event: object, **_options: object) -> str:
    return orjson.dumps(event, default=str).decode()


@asynccontextmanager
async def open_factory(settings: Settings, *, creates_schema: bool = True) -> AsyncIterator[Factory]:
    """A factory on a current schema. An empty embedded database is set up; an old one is refused."""
    factory = Factory(settings)
    try:
        if creates_schema and await schema.found_revision(factory.database) is None:
            await schema.upgrade(factory.database)
        await schema.require_current(factory.database)
        yield factory
    finally:
        await factory.aclose()


def run(task: Callable[[Factory], Awaitable[T]], *, log_level: str = "warning") -> T:
    """Run one asynchronous command."""
    settings = Settings.load()
    configure_logging(log_level)

    async def inner() -> T:
        async with open_factory(settings) as factory:
            return await task(factory)

    return asyncio.run(inner())


async def get_workspace(factory: Factory, slug: str | None) -> Workspace:
    """The named workspace; without a name the only one, which is made if there is none."""
    setup = factory.setup
    if slug is not None:
        return await setup.ensure_workspace(slug)
    workspaces = await setup.list_workspaces()
    if len(workspaces) > 1:
        raise NotFoundError("workspace", "name one of " + ", ".join(workspace.slug for workspace in workspaces))
    return workspaces[0] if workspaces else await setup.ensure_workspace("default")


def print_json(value: object) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
