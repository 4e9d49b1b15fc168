"""All tables, in SQLAlchemy Core. Every table but ``workspaces`` carries ``workspace_id``."""

from kefu.storage.tables.base import UtcDateTime, metadata, workspaces
from kefu.storage.tables.conversations import contacts, conversations, events, inboxes, messages, ratings, turns
from kefu.storage.tables.desk import agents, assignments, canned_responses, conversation_labels, desk_events, teams
from kefu.storage.tables.graph import graph_edges, graph_entities, graph_readings
from kefu.storage.tables.improving import gap_clusters, knowledge_findings
from kefu.storage.tables.knowledge import chunks, documents, gaps, terms
from kefu.storage.tables.sources import source_items, sources, upload_parts, uploads
from kefu.storage.tables.work import api_keys, jobs, outbox

__all__ = [
    "UtcDateTime",
    "agents",
    "api_keys",
    "assignments",
    "canned_responses",
    "chunks",
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
    "jobs",
    "knowledge_findings",
    "messages",
    "metadata",
    "outbox",
    "ratings",
    "source_items",
    "sources",
    "teams",
    "terms",
    "turns",
    "upload_parts",
    "uploads",
    "workspaces",
]
