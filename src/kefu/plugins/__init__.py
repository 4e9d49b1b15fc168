"""The whole public surface for plugins: import nothing else of kefu (docs/plugins/writing.md)."""

from kefu.domain.action import AuthLevel, Caller, CallRate
from kefu.domain.conversation import Attachment
from kefu.domain.job import JobProblem
from kefu.domain.plugin_tables import (
    AddColumn,
    AddIndex,
    Change,
    Column,
    CreateTable,
    DropTable,
    Put,
    Remove,
    Row,
    RowChange,
    Where,
)
from kefu.domain.turn import DeltaKind, QuickReply
from kefu.plugins.cards import Card, OrderCard, OrderLine, Parcel, ParcelStep, Price, Product, Products, TableCard
from kefu.plugins.channels import (
    Channel,
    ChannelError,
    Inbound,
    InboundMessage,
    OutboundMessage,
    WebhookAnswer,
    WebhookRequest,
)
from kefu.plugins.context import TextContext, ToolContact, ToolContext, WorkContext
from kefu.plugins.errors import PluginError, ToolError
from kefu.plugins.guards import Guard, GuardAction, Verdict
from kefu.plugins.jobs import Daily, Every, Job, JobHandle
from kefu.plugins.knowledge import KnowledgeSource, SourceDocument, SourceEntry, SourcePage
from kefu.plugins.manifest import API_VERSION, Intent, Manifest, Plugin, Use
from kefu.plugins.models import Arguments, PluginSettings, Result
from kefu.plugins.reading import Marked, Recognised, Recogniser, SlotType
from kefu.plugins.spec import Preview, Tool, ToolSpec
from kefu.plugins.tables import OwnTables
from kefu.plugins.tool import tool

__all__ = [
    "API_VERSION",
    "AddColumn",
    "AddIndex",
    "Arguments",
    "Attachment",
    "AuthLevel",
    "CallRate",
    "Caller",
    "Card",
    "Change",
    "Channel",
    "ChannelError",
    "Column",
    "CreateTable",
    "Daily",
    "DeltaKind",
    "DropTable",
    "Every",
    "Guard",
    "GuardAction",
    "Inbound",
    "InboundMessage",
    "Intent",
    "Job",
    "JobHandle",
    "JobProblem",
    "KnowledgeSource",
    "Manifest",
    "Marked",
    "OrderCard",
    "OrderLine",
    "OutboundMessage",
    "OwnTables",
    "Parcel",
    "ParcelStep",
    "Plugin",
    "PluginError",
    "PluginSettings",
    "Preview",
    "Price",
    "Product",
    "Products",
    "Put",
    "QuickReply",
    "Recognised",
    "Recogniser",
    "Remove",
    "Result",
    "Row",
    "RowChange",
    "SlotType",
    "SourceDocument",
    "SourceEntry",
    "SourcePage",
    "TableCard",
    "TextContext",
    "Tool",
    "ToolContact",
    "ToolContext",
    "ToolError",
    "ToolSpec",
    "Use",
    "Verdict",
    "WebhookAnswer",
    "WebhookRequest",
    "Where",
    "WorkContext",
    "tool",
]
