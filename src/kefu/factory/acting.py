"""What the assistant can do: plugins, tools behind the gate, intents."""

from functools import cached_property

from kefu.demo.orders.plugin import make_plugin
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.tools.gate import Gate
from kefu.egress.client import EgressClient
from kefu.factory.knowledge import KnowledgeParts
from kefu.plugins.host import PluginHost
from kefu.services.abilities import AbilityService
from kefu.services.action_schedule import ActionSchedule
from kefu.services.actions import ActionService
from kefu.services.intent_serving import IntentServing
from kefu.services.intents import IntentService
from kefu.services.mcp.servers import McpService
from kefu.services.mcp.settings import read_servers
from kefu.services.mcp.toolbox import McpToolbox
from kefu.services.plugins import PluginService
from kefu.services.tool_ledger import StoredLedger


class ActingParts(KnowledgeParts):
    """Plugins, actions and intents."""

    @cached_property
    def intent_serving(self) -> IntentServing:
        return IntentServing(self.database, bus=self.bus, embedder=self.embedder)

    @cached_property
    def intents(self) -> IntentService:
        return IntentService(self.database, bus=self.bus, gaps=self.gaps, serving=self.intent_serving, clock=self.clock)

    @cached_property
    def plugin_host(self) -> PluginHost:
        demo = make_plugin(self.settings.data_dir / "demo" / "deeds.jsonl")
        host = self._plugin_host or PluginHost.discover(builtin=[demo])
        host.invite(self.mcp_toolbox.plugins_of)
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
    def mcp(self) -> McpService:
        return McpService(
            self.database,
            host=self.plugin_host,
            toolbox=self.mcp_toolbox,
            guard=InputGuard.load(),
            clock=self.clock,
        )

    @cached_property
    def abilities(self) -> AbilityService:
        return AbilityService(
            self.database,
            host=self.plugin_host,
            gate=self.gate,
            embedder=self.embedder,
            serving=self.intent_serving,
            strings=self.strings,
            clock=self.clock,
        )

    @cached_property
    def plugins(self) -> PluginService:
        return PluginService(self.database, self.plugin_host, clock=self.clock)

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.plugin_host, StoredLedger(self.database), clock=self.clock)

    @cached_property
    def actions(self) -> ActionService:
        return ActionService(
            self.database, host=self.plugin_host, gate=self.gate, delivery=self.delivery, clock=self.clock
        )

    @cached_property
    def action_schedule(self) -> ActionSchedule:
        return ActionSchedule(self.database)
