"""What the assistant can do: plugins, tools behind the gate, intents."""

from functools import cached_property

from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.tools.gate import Gate
from kefu.factory.knowledge import KnowledgeParts
from kefu.services.abilities import AbilityService
from kefu.services.action_schedule import ActionSchedule
from kefu.services.actions import ActionService
from kefu.services.flow_training import FlowClassifiers
from kefu.services.intent_corrections import IntentCorrections
from kefu.services.intent_serving import IntentServing
from kefu.services.intents import IntentService
from kefu.services.mcp.servers import McpService
from kefu.services.plugin_flows import PluginFlows
from kefu.services.plugin_work.enabling import PluginService
from kefu.services.plugin_work.jobs import PluginSchedule
from kefu.services.tool_ledger import StoredLedger


class ActingParts(KnowledgeParts):
    """Plugins, actions and intents."""

    @cached_property
    def intent_serving(self) -> IntentServing:
        return IntentServing(self.database, bus=self.bus, embedder=self.embedder)

    @cached_property
    def intents(self) -> IntentService:
        return IntentService(self.database, flows=self.plugin_flows, bus=self.bus, clock=self.clock)

    @cached_property
    def intent_corrections(self) -> IntentCorrections:
        return IntentCorrections(self.database, intents=self.intents, gaps=self.gaps, serving=self.intent_serving)

    @cached_property
    def plugin_flows(self) -> PluginFlows:
        return PluginFlows(self.plugin_host)

    @cached_property
    def flow_classifiers(self) -> FlowClassifiers:
        return FlowClassifiers(self.settings.intents_dir or self.settings.data_dir / "intents", embedder=self.embedder)

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
            flows=self.plugin_flows,
            gate=self.gate,
            classifiers=self.flow_classifiers,
            serving=self.intent_serving,
            strings=self.strings,
            clock=self.clock,
        )

    @cached_property
    def plugins(self) -> PluginService:
        return PluginService(self.database, self.plugin_host, tables=self.plugin_tables, clock=self.clock)

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.plugin_host, StoredLedger(self.database, self.delivery), clock=self.clock)

    @cached_property
    def actions(self) -> ActionService:
        return ActionService(
            self.database,
            host=self.plugin_host,
            gate=self.gate,
            delivery=self.delivery,
            strings=self.strings,
            clock=self.clock,
        )

    @cached_property
    def action_schedule(self) -> ActionSchedule:
        return ActionSchedule(self.database)

    @cached_property
    def plugin_schedule(self) -> PluginSchedule:
        return PluginSchedule(self.database, self.plugin_host, clock=self.clock)
