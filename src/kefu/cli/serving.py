"""``kefu serve``, ``kefu demo`` and ``kefu worker``."""

import asyncio
import signal
from importlib.resources import files
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from kefu.app import create_app
from kefu.cli.progress import bar
from kefu.cli.session import configure_logging, open_factory
from kefu.config import Settings
from kefu.demo.orders.plugin import NAME as DEMO_ORDERS
from kefu.factory import Factory
from kefu.server import serving
from kefu.services.setup import DEMO
from kefu.storage.fact_rows import allowed_from_json

Host = Annotated[str | None, typer.Option(help="Address to listen on (KEFU_HOST).")]
Port = Annotated[int | None, typer.Option(help="Port to listen on (KEFU_PORT).")]
_console = Console(stderr=True)


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the API, the widget and the turns."""
    settings = _load(host, port)
    asyncio.run(_prepare(settings))
    serving.serve(create_app(Factory(settings)), log_level=settings.log_level)


def demo(host: Host = None, port: Port = None) -> None:
    """Set up the demo workspace with its knowledge and serve a demo shop with the chat widget."""
    settings = _load(host, port)
    asyncio.run(_prepare_demo(settings))
    _console.print(f"Demo shop: [bold]http://{settings.host}:{settings.port}[/bold]  (Ctrl+C stops it)")
    serving.serve(create_app(Factory(settings), with_demo_page=True), log_level="warning")


def worker() -> None:
    """Work without listening: jobs, messages whose server died, and the outbox."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    asyncio.run(_work(settings))


def _load(host: str | None, port: int | None) -> Settings:
    settings = Settings.load()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update=given)
    settings.visitor_key()  # a weak or missing key stops here, before anything is set up
    configure_logging(settings.log_level)
    return settings


async def _prepare(settings: Settings) -> None:
    async with open_factory(settings) as factory:
        if not await factory.setup.list_workspaces():
            await factory.setup.ensure_workspace("default")


async def _prepare_demo(settings: Settings) -> None:
    async with open_factory(settings) as factory:
        if await seed_demo(factory):
            await build_demo_index(factory)


async def seed_demo(factory: Factory) -> int:
    """Fill the demo workspace, with a progress bar; the number of documents that are new."""
    with bar("Reading the demo's knowledge") as show:
        report = await factory.setup.ensure_demo(factory.knowledge, progress=show)
    _console.print(f"Knowledge: {report.added} new, {report.unchanged} unchanged.")
    if report.added:  # a second start leaves all this as somebody may have changed it
        workspace = await factory.setup.ensure_workspace(DEMO)
        await factory.plugins.enable(workspace.id, DEMO_ORDERS)
        await factory.profiles.set_allowed(workspace.id, [allowed_from_json(fact) for fact in _demo_file("facts.json")])
        await factory.desk_hours.set_hotlines(workspace.id, _demo_file("hotlines.json"))
    return report.added


def _demo_file(name: str) -> Any:
    return orjson.loads((files("kefu.demo") / name).read_bytes())


async def build_demo_index(factory: Factory) -> None:
    """Make the vectors of what is new while somebody watches; a server then only reads them."""
    workspace = await factory.setup.ensure_workspace(DEMO)
    with _console.status("Building the search index"):
        index = await factory.knowledge.index_for(workspace.id)
    _console.print(f"Search index: {index.size} passages.")


async def _work(settings: Settings) -> None:
    async with open_factory(settings) as factory:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        factory.runner.start()
        factory.outbox.start()
        factory.job_runner.start()
        factory.source_schedule.start()
        factory.action_schedule.start()
        factory.intent_serving.start()
        factory.abilities.start()
        factory.plugin_schedule.start()
        for workspace in await factory.setup.list_workspaces():
            await factory.plugins.refresh(workspace.id)
        await stop.wait()
        await factory.runner.drain(seconds=settings.drain_seconds)
