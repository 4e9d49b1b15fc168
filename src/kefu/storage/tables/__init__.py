"""All tables, in SQLAlchemy Core. Every table but ``workspaces`` and ``plugin_schemas`` carries
``workspace_id``.
"""

from kefu.storage.tables.actions import pending_actions, plugin_states, tool_ledger
from kefu.storage.tables.base import UtcDateTime, metadata, workspaces
from kefu.storage.tables.conversations import (
    contact_facts,
    contacts,
    conversations,
    events,
    inboxes,
    messages,
    ratings,
    turns,
)
from kefu.storage.tables.desk import agents, assignments, canned_responses, conversation_labels, desk_events, teams
from kefu.storage.tables.graph import graph_edges, graph_entities, graph_readings
from kefu.storage.tables.improving import gap_clusters, knowledge_findings
from kefu.storage.tables.intents import intent_examples, intent_model_parts, intent_models
from kefu.storage.tables.knowledge import chunks, documents, gaps, terms
from kefu.storage.tables.mcp import mcp_servers, mcp_tools
from kefu.storage.tables.plugins import channel_threads, plugin_schedules, plugin_schemas
from kefu.storage.tables.policies import answer_policies
from kefu.storage.tables.sources import source_items, sources, upload_parts, uploads
from kefu.storage.tables.work import api_keys, jobs, outbox

__all__ = [
    "UtcDateTime",
    "agents",
    "answer_policies",
    "api_keys",
    "assignments",
    "canned_responses",
    "channel_threads",
    "chunks",
    "contact_facts",
    "contacts",
    "conversation_labels",
    "conversations",
    "desk_events",
    "documents",
    "events",
    "gap_clusters",
    "gaps",
    "graph_edges",
    "graph_entities",
    "graph_readings",
    "inboxes",
    "intent_examples",
    "intent_model_parts",
    "intent_models",
    "jobs",
    "knowledge_findings",
    "mcp_servers",
    "mcp_tools",
    "messages",
    "metadata",
    "outbox",
    "pending_actions",
    "plugin_schedules",
    "plugin_schemas",
    "plugin_states",
    "ratings",
    "source_items",
    "sources",
    "teams",
    "terms",
    "tool_ledger",
    "turns",
    "upload_parts",
    "uploads",
    "workspaces",
]
