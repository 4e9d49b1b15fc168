"""All tables, in SQLAlchemy Core. Every table but ``workspaces`` carries ``workspace_id``."""

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
from kefu.storage.tables.graph import graph_edges, graph_entities, graph_readings
from kefu.storage.tables.improving import gap_clusters, knowledge_findings
from kefu.storage.tables.knowledge import chunks, documents, gaps, terms
from kefu.storage.tables.sources import source_items, sources, upload_parts, uploads
from kefu.storage.tables.work import api_keys, jobs, outbox

__all__ = [
    "UtcDateTime",
    "api_keys",
    "chunks",
    "contact_facts",
    "contacts",
    "conversations",
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
    "terms",
    "turns",
    "upload_parts",
    "uploads",
    "workspaces",
]
