"""The web application: one assembly for production and tests."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, nullcontext

from fastapi import FastAPI

from kefu import __version__
from kefu.factory import Factory
from kefu.server import errors, limits
from kefu.server.mcp_app import PATH as MCP_PATH
from kefu.server.mcp_app import McpApp
from kefu.server.openai_app import create_openai_app
from kefu.server.pages import install_pages
from kefu.server.routers import (
    actions,
    channels,
    contacts,
    conversations,
    desk,
    desk_setup,
    graph,
    health,
    improving,
    intents,
    jobs,
    knowledge,
    mcp,
    messages,
    policy,
    sources,
    visitors,
)
from kefu.server.schemas import Problem
from kefu.server.security import SecurityHeaders, allow_origins
from kefu.server.streams.connections import Connections
from kefu.storage import schema

_API = "/api/v1"
_API_PARTS = (
    visitors,
    conversations,
    messages,
    jobs,
    graph,
    knowledge,
    improving,
    sources,
    actions,
    intents,
    policy,
    desk,
    desk_setup,
    contacts,
    channels,
    mcp,
)
_PROBLEMS: dict[int | str, dict[str, object]] = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
    422: {"model": Problem, "description": "The request does not fit"},
}


def create_app(factory: Factory, *, with_demo_page: bool = False) -> FastAPI:
    """Build the application on a factory; its lifespan owns the factory's life."""
    settings = factory.settings
    app = FastAPI(
        title="kefu",
        version=__version__,
        summary="AI customer service with sources, people beside it.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    openai_app = create_openai_app()
    connections = Connections(settings.max_connections)
    for each in (app, openai_app):
        each.state.factory = factory
        each.state.connections = connections
    app.state.origins = settings.origins
    for part in _API_PARTS:
        app.include_router(part.router, prefix=_API, responses=_PROBLEMS)
    app.include_router(health.router)
    app.mount("/v1", openai_app)
    app.state.mcp = McpApp(factory, connections=connections) if settings.mcp.serve else None
    if app.state.mcp is not None:
        app.add_route(MCP_PATH, app.state.mcp, include_in_schema=False)
    install_pages(app, with_demo_page=with_demo_page)
    errors.install(app)
    limits.install(app)
    app.add_middleware(SecurityHeaders, embedders=settings.origins)
    allow_origins(app, settings.origins)
    return app


async def _load_knowledge(factory: Factory) -> None:
    """So that no customer waits for the first index; until then the server is alive but not ready.

    What is there then stays, so the collector need not look at it again: among hundreds of thousands of objects a full
    collection takes a tenth of a second, in the middle of somebody's turn.
    """
    for workspace in await factory.setup.list_workspaces():
        await factory.plugins.refresh(workspace.id)
        await factory.knowledge.refresh(workspace.id)
        await factory.reindexing.order_if_changed(workspace.id)
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    factory: Factory = app.state.factory
    mcp_app: McpApp | None = app.state.mcp
    async with aclosing(factory), nullcontext() if mcp_app is None else mcp_app.run():
        await schema.require_current(factory.database)
        await factory.database.check()
        factory.runner.start()
        factory.outbox.start()
        factory.job_runner.start()
        factory.source_schedule.start()
        factory.action_schedule.start()
        factory.intent_serving.start()
        factory.abilities.start()
        factory.plugin_schedule.start()
        app.state.loading = asyncio.create_task(_load_knowledge(factory), name="load-knowledge")
        try:
            yield
        finally:
            app.state.loading.cancel()
            await asyncio.gather(app.state.loading, return_exceptions=True)
            gc.unfreeze()
            await factory.runner.drain(seconds=factory.settings.drain_seconds)
            app.state.connections.drained.set()
