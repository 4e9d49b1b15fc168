"""A workspace with sources, its jobs run by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from kefu.config import Settings
from kefu.domain.job import Job
from kefu.domain.source import Source, SourceKind, SourceOptions
from kefu.egress.settings import EgressSettings
from kefu.factory import Factory
from kefu.kit.clock import Clock
from kefu.knowledge.embedding import NullEmbedder
from kefu.plugins.host import PluginHost
from kefu.services.source_settings import SourceSettings
from tests.support.shared import shared_parser, shared_reader


class Later(Clock):
    """A clock that can be put forward. With ``hurry`` its counter jumps by so many seconds whenever it is read."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.hurry = self._jumped = 0.0

    def monotonic(self) -> float:
        self._jumped += self.hurry
        return super().monotonic() + self._jumped

    def now(self) -> datetime:
        return super().now() + self.ahead


class Shop:
    def __init__(self, factory: Factory, workspace_id: str, clock: Later) -> None:
        self.factory, self.workspace_id, self.clock = factory, workspace_id, clock

    async def add(self, kind: SourceKind, address: str, **options: object) -> Source:
        fields = SourceOptions(**options)  # type: ignore[arg-type]
        return await self.factory.sources.add(self.workspace_id, kind=kind, address=address, options=fields)

    async def sync(self, source: Source) -> Job:
        """Order a sync and run what is due."""
        job = await self.factory.sources.order_sync(self.workspace_id, source.id)
        assert await self.factory.job_runner.run_due() >= 1
        return await self.factory.jobs.get(self.workspace_id, job.id)

    async def texts(self) -> dict[str, str]:
        """Current documents by key."""
        return {one.key: one.text for one in await self.factory.documents.list_current(self.workspace_id)}

    async def source(self, source: Source) -> Source:
        return await self.factory.sources.get(self.workspace_id, source.id)


@asynccontextmanager
async def open_shop(
    database_url: str, folder: Path, *, port: int = 80, plugin_host: PluginHost | None = None
) -> AsyncIterator[Shop]:
    """What is on 127.0.0.1 at the port may be fetched, and the folder ``allowed`` may be read."""
    (folder / "allowed").mkdir(exist_ok=True)
    settings = Settings(
        data_dir=folder / "data",
        database_url=database_url.replace("+aiosqlite", "").replace("+asyncpg", ""),
        egress=EgressSettings(allowed="127.0.0.1", ports=str(port), pause=0, seconds=5),
        sources=SourceSettings(folders=str(folder / "allowed")),
    )
    clock = Later()
    factory = Factory(
        settings,
        clock=clock,
        embedder=NullEmbedder(),
        reader=shared_reader(),
        parser=shared_parser(),
        plugin_host=plugin_host,
    )
    try:
        workspace = await factory.setup.ensure_workspace("shop")
        yield Shop(factory, workspace.id, clock)
    finally:
        await factory.aclose()
