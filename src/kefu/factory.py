"""All objects are built here: once a process, from settings, with only what each needs."""

import asyncio
from functools import cached_property
from pathlib import Path

from redis.exceptions import RedisError

from kefu.config import Settings
from kefu.dialogue.answer.composing import Composer
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.answer.prompts import PromptBook
from kefu.dialogue.answering import Answering
from kefu.dialogue.calibrate import Calibrator
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.memory.context import Recall
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.query.rewriting import Rewriter
from kefu.dialogue.query.understanding import Understanding
from kefu.dialogue.turn import Engine
from kefu.domain.conversation import Language
from kefu.domain.errors import KefuError
from kefu.domain.source import SourceKind
from kefu.egress.client import EgressClient
from kefu.egress.git import GitClient
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.knowledge.embedding import Embedder, create_embedder
from kefu.knowledge.reader import Reader, create_reader
from kefu.knowledge.sandbox.process import ParserProcess
from kefu.models.gateway import open_gateway
from kefu.models.port import ChatModel
from kefu.models.tokens import TokenMeter
from kefu.services.access import AccessService
from kefu.services.chat_completions import ChatCompletionService
from kefu.services.conversations import ConversationService
from kefu.services.delivery import DeliveryService
from kefu.services.documents import DocumentService
from kefu.services.evaluation.own import OwnEvaluation
from kefu.services.export import ExportService
from kefu.services.findings import FindingService
from kefu.services.gaps import GapService
from kefu.services.graph import GraphService
from kefu.services.graph_build import GRAPH_JOB, GraphBuild
from kefu.services.hit_testing import HitTestService
from kefu.services.imports import IMPORT, ImportService
from kefu.services.improving.drafting import DraftingService
from kefu.services.improving.gap_review import GAP_REVIEW, GapReview
from kefu.services.improving.impact import IMPACT, ImpactPreview
from kefu.services.improving.review import KNOWLEDGE_REVIEW, KnowledgeReview
from kefu.services.indexing import REINDEX
from kefu.services.job_runner import JobRunner
from kefu.services.jobs import JobService
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.services.outbox import OutboxDispatcher
from kefu.services.profiles import ProfileService
from kefu.services.receiving import ReceivingService
from kefu.services.reindexing import ReindexService
from kefu.services.replies import ReplyService
from kefu.services.runner import TurnRunner
from kefu.services.setup import SetupService
from kefu.services.source_readers.files import FolderReader, GitReader
from kefu.services.source_readers.port import SourceReader
from kefu.services.source_readers.web import PageReader, SiteReader
from kefu.services.source_schedule import SourceSchedule
from kefu.services.source_sync import SYNC, SourceSync
from kefu.services.sources import SourceService
from kefu.services.terms import TermService
from kefu.services.tokens import IdentityTokens, VisitorTokens
from kefu.services.turn import TurnService
from kefu.services.turn_record import QUESTION_UNANSWERED, SOURCES_DISAGREED
from kefu.services.versions import KNOWLEDGE_CHANGED
from kefu.services.visitors import VisitorService
from kefu.storage.bus import Bus, MemoryBus, RedisBus
from kefu.storage.database import Database
from kefu.storage.rates import RateLimits
from kefu.storage.vectors import create_vectors


class Factory:
    """The process's objects, made when first asked for. ``aclose`` gives everything back."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        model: ChatModel | None = None,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self._model = model
        self._embedder = embedder
        self._reader = reader
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
    def knowledge(self) -> KnowledgeBaseService:
        return KnowledgeBaseService(
            self.database,
            embedder=self.embedder,
            vectors=create_vectors(data_dir=self.settings.data_dir, url=self.settings.chroma_url),
            clock=self.clock,
            parser=self.parser,
            open_builtin=create_embedder,
            on_built=self.graph.order_if_due if self.settings.graph_automatic else None,
        )

    @cached_property
    def parser(self) -> ParserProcess:
        return ParserProcess(self.settings.parser)

    @cached_property
    def imports(self) -> ImportService:
        return ImportService(
            self.database,
            parser=self.parser,
            clock=self.clock,
            folder=self._spool,
            max_upload_mib=self.settings.sources.max_upload_mib,
        )

    @cached_property
    def _source_readers(self) -> dict[SourceKind, SourceReader]:
        egress, max_file_mib = EgressClient(self.settings.egress), self.settings.parser.max_file_mib
        return {
            SourceKind.WEB: PageReader(egress, folder=self._spool, clock=self.clock),
            SourceKind.SITEMAP: SiteReader(egress, folder=self._spool, clock=self.clock),
            SourceKind.GIT: GitReader(GitClient(egress), folder=self._spool, max_file_mib=max_file_mib),
            SourceKind.FOLDER: FolderReader(self.settings.sources.folder_paths, max_file_mib=max_file_mib),
        }

    @property
    def _spool(self) -> Path:
        return self.settings.data_dir / "spool"

    @cached_property
    def sources(self) -> SourceService:
        return SourceService(self.database, self._source_readers, clock=self.clock)

    @cached_property
    def source_schedule(self) -> SourceSchedule:
        return SourceSchedule(self.database, clock=self.clock)

    @cached_property
    def reindexing(self) -> ReindexService:
        return ReindexService(self.knowledge, jobs=self.jobs)

    @cached_property
    def graph(self) -> GraphService:
        return GraphService(self.database, clock=self.clock)

    @cached_property
    def documents(self) -> DocumentService:
        return DocumentService(self.database, clock=self.clock)

    @cached_property
    def finder(self) -> Finder:
        return Finder(Calibrator.load(), self._reader or create_reader(self.settings.reader))

    @cached_property
    def hit_tests(self) -> HitTestService:
        return HitTestService(self.database, knowledge=self.knowledge, finder=self.finder)

    @cached_property
    def engine(self) -> Engine:
        guard = InputGuard.load()
        recall = Recall(TokenMeter(), budget=self.settings.model.memory_tokens)
        composer = Composer(self.model, guard=guard, prompts=PromptBook(), strings=self.strings, recall=recall)
        return Engine(
            guard=guard,
            proposer=Proposer(RuleProposer.load()),
            answering=Answering(
                self.finder, composer, self.strings, understanding=Understanding(guard, Rewriter(self.model))
            ),
            strings=self.strings,
            clock=self.clock,
        )

    @cached_property
    def delivery(self) -> DeliveryService:
        return DeliveryService(self.database, self.bus)

    @cached_property
    def runner(self) -> TurnRunner:
        turns = TurnService(
            database=self.database,
            bus=self.bus,
            engine=self.engine,
            knowledge=self.knowledge,
            delivery=self.delivery,
            clock=self.clock,
        )
        return TurnRunner(turns, database=self.database, bus=self.bus, clock=self.clock)

    @cached_property
    def receiving(self) -> ReceivingService:
        return ReceivingService(
            self.database, delivery=self.delivery, runner=self.runner, limits=self.limits, clock=self.clock
        )

    @cached_property
    def replies(self) -> ReplyService:
        return ReplyService(self.delivery)

    @cached_property
    def conversations(self) -> ConversationService:
        return ConversationService(self.database, runner=self.runner, clock=self.clock)

    @cached_property
    def visitors(self) -> VisitorService:
        key = self.settings.optional_key("identity_key")
        identities = None if key is None else IdentityTokens(key, clock=self.clock)
        return VisitorService(self.database, tokens=self.tokens, identities=identities, clock=self.clock)

    @cached_property
    def chat_completions(self) -> ChatCompletionService:
        return ChatCompletionService(
            self.database, visitors=self.visitors, receiving=self.receiving, replies=self.replies, clock=self.clock
        )

    @cached_property
    def setup(self) -> SetupService:
        return SetupService(self.database)

    @cached_property
    def terms(self) -> TermService:
        return TermService(self.database)

    @cached_property
    def profiles(self) -> ProfileService:
        return ProfileService(self.database)

    @cached_property
    def gaps(self) -> GapService:
        return GapService(self.database, clock=self.clock)

    @cached_property
    def gap_review(self) -> GapReview:
        return GapReview(
            self.database, knowledge=self.knowledge, finder=self.finder, embedder=self.embedder, clock=self.clock
        )

    @cached_property
    def knowledge_review(self) -> KnowledgeReview:
        return KnowledgeReview(self.database, embedder=self.embedder, clock=self.clock)

    @cached_property
    def impact(self) -> ImpactPreview:
        return ImpactPreview(
            self.database, knowledge=self.knowledge, finder=self.finder, jobs=self.jobs, clock=self.clock
        )

    @cached_property
    def drafting(self) -> DraftingService:
        return DraftingService(self.database, documents=self.documents)

    @cached_property
    def export(self) -> ExportService:
        return ExportService(self.database)

    @cached_property
    def own_evaluation(self) -> OwnEvaluation:
        return OwnEvaluation(self.knowledge, finder=self.finder, clock=self.clock)

    @cached_property
    def findings(self) -> FindingService:
        return FindingService(self.database)

    @cached_property
    def outbox(self) -> OutboxDispatcher:
        handlers = {
            QUESTION_UNANSWERED: self.gaps.record,
            KNOWLEDGE_CHANGED: self.gaps.ask_again,
            SOURCES_DISAGREED: self.findings.record_conflict,
        }
        return OutboxDispatcher(self.database, handlers, clock=self.clock)

    @cached_property
    def access(self) -> AccessService:
        return AccessService(self.database, clock=self.clock)

    @cached_property
    def jobs(self) -> JobService:
        return JobService(self.database)

    @cached_property
    def job_runner(self) -> JobRunner:
        sync = SourceSync(self.database, self._source_readers, parser=self.parser, clock=self.clock)
        graph = GraphBuild(self.database, clock=self.clock)
        handlers = {
            GRAPH_JOB: graph.execute,
            IMPORT: self.imports.run,
            SYNC: sync.run,
            REINDEX: self.reindexing.run,
            GAP_REVIEW.kind: self.gap_review.run,
            KNOWLEDGE_REVIEW.kind: self.knowledge_review.run,
            IMPACT: self.impact.run,
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
        for name in ("source_schedule", "job_runner", "outbox", "model", "knowledge", "limits", "bus", "database"):
            if name in opened:
                await opened[name].aclose()
        if "parser" in opened:
            await asyncio.to_thread(self.parser.close)
        if "embedder" in opened:
            self.embedder.close()  # no search is left to ask it
