"""One unit of work: the repositories of one workspace on one connection."""

from kefu.kit.clock import Clock
from kefu.storage.agents import AgentRepository
from kefu.storage.answer_policies import AnswerPolicyRepository
from kefu.storage.api_keys import ApiKeyRepository
from kefu.storage.asked_questions import AskedQuestions
from kefu.storage.assignments import AssignmentRepository
from kefu.storage.canned_responses import CannedResponseRepository
from kefu.storage.channel_threads import ChannelThreadRepository
from kefu.storage.connection import Connection
from kefu.storage.contacts import ContactRepository
from kefu.storage.conversations import ConversationRepository
from kefu.storage.desk_events import DeskEventRepository
from kefu.storage.desk_lists import DeskLists
from kefu.storage.document_lists import DocumentLists
from kefu.storage.documents import DocumentRepository
from kefu.storage.events import EventRepository
from kefu.storage.gap_clusters import GapClusterRepository
from kefu.storage.gaps import GapRepository
from kefu.storage.graph_edges import GraphEdgeRepository
from kefu.storage.graph_entities import GraphEntityRepository
from kefu.storage.hotlines import HotlineRepository
from kefu.storage.intent_examples import IntentExampleRepository
from kefu.storage.intent_models import IntentModelRepository
from kefu.storage.jobs import JobRepository
from kefu.storage.knowledge_findings import KnowledgeFindingRepository
from kefu.storage.mcp_servers import McpServerRepository
from kefu.storage.messages import MessageRepository
from kefu.storage.outbox import OutboxRepository
from kefu.storage.pending_actions import PendingActionRepository
from kefu.storage.plugin_rows import PluginRowRepository
from kefu.storage.plugin_schedules import PluginScheduleRepository
from kefu.storage.plugin_states import PluginStateRepository
from kefu.storage.presence import PresenceRepository
from kefu.storage.profiles import ProfileRepository
from kefu.storage.source_items import SourceItemRepository
from kefu.storage.sources import SourceRepository
from kefu.storage.terms import TermRepository
from kefu.storage.tool_ledger import ToolLedgerRepository
from kefu.storage.turns import TurnRepository
from kefu.storage.uploads import UploadRepository
from kefu.storage.workspaces import WorkspaceRepository


class Unit:
    """What a service sees of the database inside one transaction."""

    def __init__(self, connection: Connection, *, workspace_id: str, clock: Clock) -> None:
        self.workspace_id = workspace_id
        self.workspaces = WorkspaceRepository(connection, workspace_id=workspace_id, clock=clock)
        self.presence = PresenceRepository(connection, workspace_id=workspace_id, clock=clock)
        self.hotlines = HotlineRepository(connection, workspace_id=workspace_id, clock=clock)
        self.contacts = ContactRepository(connection, workspace_id=workspace_id, clock=clock)
        self.profiles = ProfileRepository(connection, workspace_id=workspace_id, clock=clock)
        self.conversations = ConversationRepository(connection, workspace_id=workspace_id, clock=clock)
        self.messages = MessageRepository(connection, workspace_id=workspace_id, clock=clock)
        self.events = EventRepository(connection, workspace_id=workspace_id, clock=clock)
        self.turns = TurnRepository(connection, workspace_id=workspace_id, clock=clock)
        self.documents = DocumentRepository(connection, workspace_id=workspace_id, clock=clock)
        self.answer_policies = AnswerPolicyRepository(connection, workspace_id=workspace_id, clock=clock)
        self.terms = TermRepository(connection, workspace_id=workspace_id, clock=clock)
        self.document_lists = DocumentLists(connection, workspace_id=workspace_id, clock=clock)
        self.gaps = GapRepository(connection, workspace_id=workspace_id, clock=clock)
        self.gap_clusters = GapClusterRepository(connection, workspace_id=workspace_id, clock=clock)
        self.knowledge_findings = KnowledgeFindingRepository(connection, workspace_id=workspace_id, clock=clock)
        self.asked_questions = AskedQuestions(connection, workspace_id=workspace_id, clock=clock)
        self.outbox = OutboxRepository(connection, workspace_id=workspace_id, clock=clock)
        self.jobs = JobRepository(connection, workspace_id=workspace_id, clock=clock)
        self.api_keys = ApiKeyRepository(connection, workspace_id=workspace_id, clock=clock)
        self.sources = SourceRepository(connection, workspace_id=workspace_id, clock=clock)
        self.source_items = SourceItemRepository(connection, workspace_id=workspace_id, clock=clock)
        self.uploads = UploadRepository(connection, workspace_id=workspace_id, clock=clock)
        self.graph_entities = GraphEntityRepository(connection, workspace_id=workspace_id, clock=clock)
        self.graph_edges = GraphEdgeRepository(connection, workspace_id=workspace_id, clock=clock)
        self.pending_actions = PendingActionRepository(connection, workspace_id=workspace_id, clock=clock)
        self.tool_ledger = ToolLedgerRepository(connection, workspace_id=workspace_id, clock=clock)
        self.plugin_states = PluginStateRepository(connection, workspace_id=workspace_id, clock=clock)
        self.mcp_servers = McpServerRepository(connection, workspace_id=workspace_id, clock=clock)
        self.intent_examples = IntentExampleRepository(connection, workspace_id=workspace_id, clock=clock)
        self.intent_models = IntentModelRepository(connection, workspace_id=workspace_id, clock=clock)
        self.agents = AgentRepository(connection, workspace_id=workspace_id, clock=clock)
        self.assignments = AssignmentRepository(connection, workspace_id=workspace_id, clock=clock)
        self.desk_events = DeskEventRepository(connection, workspace_id=workspace_id, clock=clock)
        self.desk_lists = DeskLists(connection, workspace_id=workspace_id, clock=clock)
        self.canned_responses = CannedResponseRepository(connection, workspace_id=workspace_id, clock=clock)
        self.plugin_rows = PluginRowRepository(connection, workspace_id=workspace_id, clock=clock)
        self.plugin_schedules = PluginScheduleRepository(connection, workspace_id=workspace_id, clock=clock)
        self.channel_threads = ChannelThreadRepository(connection, workspace_id=workspace_id, clock=clock)
