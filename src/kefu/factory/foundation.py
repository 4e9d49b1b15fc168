"""What everything else stands on: database, bus, model, encoder, jobs."""

from functools import cached_property
from pathlib import Path

from kefu.config import Settings
from kefu.demo.orders.plugin import make_plugin
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.calibrate import Calibrator
from kefu.domain.conversation import Language
from kefu.egress.client import EgressClient
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.knowledge.embedding import Embedder, create_embedder
from kefu.knowledge.reader import Reader, create_reader
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.models.gateway import open_gateway
from kefu.models.port import ChatModel
from kefu.plugins.host import PluginHost
from kefu.services.access import AccessService
from kefu.services.delivery import DeliveryService
from kefu.services.jobs import JobService
from kefu.services.mcp.settings import read_servers
from kefu.services.mcp.toolbox import McpToolbox
from kefu.services.plugin_work.calling import PluginCaller
from kefu.services.plugin_work.tables import PluginTables
from kefu.services.setup import SetupService
from kefu.services.tokens import VisitorTokens
from kefu.storage.bus import Bus, MemoryBus, RedisBus
from kefu.storage.database import Database
from kefu.storage.rates import RateLimits


class Foundation:
    """The process's objects, made when first asked for."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        model: ChatModel | None = None,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
        parser: ParserProcess | None = None,
        plugin_host: PluginHost | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self._model = model
        self._embedder = embedder
        self._reader = reader
        self._parser = parser
        self._plugin_host = plugin_host
        self.api_key = settings.optional_key("api_key")

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.sqlalchemy_url, clock=self.clock)

    @cached_property
    def bus(self) -> Bus:
        return RedisBus(self.settings.redis_url) if self.settings.redis_url else MemoryBus()

    @cached_property
    def limits(self) -> RateLimits:
        return RateLimits(
            self.settings.redis_url,
            messages_per_minute=self.settings.messages_per_minute,
            visitors_per_minute=self.settings.visitors_per_minute,
            calls_per_minute=self.settings.mcp.calls_per_minute,
        )

    @cached_property
    def tokens(self) -> VisitorTokens:
        return VisitorTokens(self.settings.visitor_key(), clock=self.clock)

    @cached_property
    def model(self) -> ChatModel:
        return self._model or open_gateway(self.settings.model, clock=self.clock)

    @cached_property
    def strings(self) -> Strings:
        return Strings.load("kefu.dialogue")

    @cached_property
    def ai_notice(self) -> dict[Language, str]:
        return {"zh": self.strings.get("ai_notice", "zh"), "en": self.strings.get("ai_notice", "en")}

    @cached_property
    def embedder(self) -> Embedder:
        return self._embedder or create_embedder(self.settings.embedder, clock=self.clock)

    @cached_property
    def parser(self) -> ParserProcess:
        return self._parser or ParserProcess(self.settings.parser)

    @property
    def _spool(self) -> Path:
        return self.settings.data_dir / "spool"

    @cached_property
    def delivery(self) -> DeliveryService:
        return DeliveryService(self.database, self.bus)

    @cached_property
    def access(self) -> AccessService:
        return AccessService(self.database, clock=self.clock)

    @cached_property
    def jobs(self) -> JobService:
        return JobService(self.database)

    @cached_property
    def plugin_host(self) -> PluginHost:
        """The plugins of this process, with their tables in our database."""
        demo = make_plugin(self.settings.data_dir / "demo" / "deeds.jsonl")
        host = self._plugin_host or PluginHost.discover(builtin=[demo])
        host.keep_tables(self.plugin_tables.of)
        host.guests.invite(self.mcp_toolbox.plugins_of)
        return host

    @cached_property
    def mcp_toolbox(self) -> McpToolbox:
        settings = self.settings.mcp
        return McpToolbox(
            self.database,
            egress=EgressClient(self.settings.egress),
            configured=read_servers(settings.servers_file),
            max_bytes=settings.result_kib * 1024,
            clock=self.clock,
        )

    @cached_property
    def plugin_tables(self) -> PluginTables:
        return PluginTables(self.database, clock=self.clock)

    @cached_property
    def plugin_caller(self) -> PluginCaller:
        return PluginCaller(self.database, self.plugin_host, clock=self.clock)

    @cached_property
    def finder(self) -> Finder:
        return Finder(Calibrator.load(), self._reader or create_reader(self.settings.reader))

    @cached_property
    def setup(self) -> SetupService:
        return SetupService(self.database)
