"""What runs beside requests, and the end of it all."""

import asyncio
from functools import cached_property

from redis.exceptions import RedisError

from kefu.domain.errors import KefuError
from kefu.factory.desk import DeskParts
from kefu.services.actions import APPROVED_ACTION, RECONCILE
from kefu.services.calibration import CALIBRATION
from kefu.services.channel_orders import CHANNEL_DELIVERY
from kefu.services.desk.holding import SNOOZE_ENDED
from kefu.services.graph_build import GRAPH_JOB, GraphBuild
from kefu.services.imports import IMPORT
from kefu.services.improving.gap_review import GAP_REVIEW
from kefu.services.improving.impact import IMPACT
from kefu.services.improving.review import KNOWLEDGE_REVIEW
from kefu.services.indexing import REINDEX
from kefu.services.intent_training import IntentTraining
from kefu.services.intents import INTENT_TRAINING
from kefu.services.job_runner import JobRunner
from kefu.services.outbox import OutboxDispatcher
from kefu.services.plugin_work.delivery import ChannelDelivery
from kefu.services.plugin_work.jobs import PLUGIN_JOB, PluginJobs
from kefu.services.source_sync import SYNC, SourceSync
from kefu.services.turn_record import QUESTION_UNANSWERED, SOURCES_DISAGREED
from kefu.services.versions import KNOWLEDGE_CHANGED

_CLOSED_IN_ORDER = (
    "abilities",
    "desk_presence",
    "action_schedule",
    "plugin_schedule",
    "source_schedule",
    "intent_serving",
    "job_runner",
    "outbox",
    "mcp_toolbox",
    "plugin_host",
)
_CLOSED_LAST = ("model", "knowledge", "limits", "bus", "database")


class Factory(DeskParts):
    """The process's objects, made when first asked for. ``aclose`` gives everything back."""

    @cached_property
    def outbox(self) -> OutboxDispatcher:
        handlers = {
            QUESTION_UNANSWERED: self.gaps.record,
            KNOWLEDGE_CHANGED: self.gaps.ask_again,
            SOURCES_DISAGREED: self.findings.record_conflict,
            SNOOZE_ENDED: self.desk_holding.wake,
            CHANNEL_DELIVERY: ChannelDelivery(self.database, self.plugin_caller, clock=self.clock).deliver,
        }
        return OutboxDispatcher(self.database, handlers, clock=self.clock)

    @cached_property
    def job_runner(self) -> JobRunner:
        sync = SourceSync(self.database, self._source_readers, parser=self.parser, clock=self.clock)
        graph = GraphBuild(self.database, clock=self.clock)
        intents = IntentTraining(
            self.database, flows=self.plugin_flows, bus=self.bus, embedder=self.embedder, clock=self.clock
        )
        handlers = {
            INTENT_TRAINING.kind: intents.run,
            GRAPH_JOB: graph.execute,
            IMPORT: self.imports.run,
            SYNC: sync.run,
            REINDEX: self.reindexing.run,
            GAP_REVIEW.kind: self.gap_review.run,
            KNOWLEDGE_REVIEW.kind: self.knowledge_review.run,
            IMPACT: self.impact.run,
            APPROVED_ACTION: self.actions.run_approved,
            RECONCILE.kind: self.actions.run_reconcile,
            CALIBRATION: self.calibration.run,
            PLUGIN_JOB: PluginJobs(self.plugin_caller).run,
        }
        return JobRunner(self.database, handlers, clock=self.clock)

    async def find_problems(self) -> dict[str, str]:
        """What keeps a turn from starting here, by part; empty when all is well."""
        problems: dict[str, str] = {}
        try:
            await self.database.check()
        except KefuError as error:
            problems["database"] = error.code
        try:
            await self.bus.check()
        except RedisError as error:
            problems["redis"] = type(error).__name__
        return problems

    async def aclose(self) -> None:
        """Close what was opened, in the order that lets nothing work on a closed part."""
        opened = self.__dict__
        for name in (*_CLOSED_IN_ORDER, *_CLOSED_LAST):
            if name in opened:
                await opened[name].aclose()
        if "parser" in opened:
            await asyncio.to_thread(self.parser.close)
        if "embedder" in opened:
            self.embedder.close()  # no search is left to ask it
