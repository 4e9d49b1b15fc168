"""What is known: documents, sources, the index, and what improves them."""

from functools import cached_property

from kefu.domain.source import SourceKind
from kefu.egress.client import EgressClient
from kefu.egress.git import GitClient
from kefu.factory.foundation import Foundation
from kefu.knowledge.embedding import create_embedder
from kefu.services.answer_policy import AnswerPolicyService
from kefu.services.calibration import CalibrationService
from kefu.services.documents import DocumentService
from kefu.services.evaluation.own import OwnEvaluation
from kefu.services.export import ExportService
from kefu.services.findings import FindingService
from kefu.services.gaps import GapService
from kefu.services.graph import GraphService
from kefu.services.hit_testing import HitTestService
from kefu.services.imports import ImportService
from kefu.services.improving.drafting import DraftingService
from kefu.services.improving.gap_review import GapReview
from kefu.services.improving.impact import ImpactPreview
from kefu.services.improving.review import KnowledgeReview
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.services.reindexing import ReindexService
from kefu.services.source_readers.files import FolderReader, GitReader
from kefu.services.source_readers.plugin import PluginReader
from kefu.services.source_readers.port import SourceReader
from kefu.services.source_readers.web import PageReader, SiteReader
from kefu.services.source_schedule import SourceSchedule
from kefu.services.sources import SourceService
from kefu.services.terms import TermService
from kefu.storage.vectors import create_vectors


class KnowledgeParts(Foundation):
    """Knowledge and its upkeep."""

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
            SourceKind.PLUGIN: PluginReader(self.plugin_caller, folder=self._spool, max_file_mib=max_file_mib),
        }

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
    def hit_tests(self) -> HitTestService:
        return HitTestService(self.database, knowledge=self.knowledge, finder=self.finder)

    @cached_property
    def terms(self) -> TermService:
        return TermService(self.database)

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
    def answer_policies(self) -> AnswerPolicyService:
        return AnswerPolicyService(self.database, clock=self.clock)

    @cached_property
    def calibration(self) -> CalibrationService:
        return CalibrationService(
            self.database,
            knowledge=self.knowledge,
            finder=self.finder,
            policies=self.answer_policies,
            jobs=self.jobs,
            clock=self.clock,
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
