"""Who talks where: workspace, inbox, contact, conversation, message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from kefu.domain.hours import OpeningHours

Language = Literal["zh", "en"]
Hotlines = Mapping[str, Mapping[Language, str]]
"""By policy class, whom to call: names and numbers in the workspace's own words, in each language."""


class Status(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Handler(StrEnum):
    """Who answers now; an axis of its own beside Status."""

    ASSISTANT = "assistant"
    QUEUE = "queue"
    AGENT = "agent"


class Author(StrEnum):
    VISITOR = "visitor"
    ASSISTANT = "assistant"
    AGENT = "agent"
    SYSTEM = "system"


class ChannelKind(StrEnum):
    WIDGET = "widget"
    API = "api"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class InboxProfile:
    """What a customer sees of an inbox before the first message, by language."""

    colour: str = "#1f6feb"
    greeting: dict[Language, str] = field(default_factory=dict)
    suggestions: dict[Language, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant. ``knowledge_version`` grows with each change of what may be said."""

    id: str
    slug: str
    name: str
    knowledge_version: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """One configured entry. ``burst_window_ms``: how long after a message the assistant waits before it speaks."""

    id: str
    workspace_id: str
    slug: str
    name: str
    channel: ChannelKind
    burst_window_ms: int
    profile: InboxProfile = field(default_factory=InboxProfile)
    hours: OpeningHours | None = None
    """When people answer here; None: nobody has said."""
    plugin_channel: str | None = None
    """``PLUGIN/CHANNEL`` of a plugin's channel."""
    hotlines: Hotlines = field(default_factory=dict)
    """Those of its workspace."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A visitor; ``external_id`` is set once the shop has vouched for who it is, and ``segments`` are what it says it belongs to."""

    id: str
    workspace_id: str
    inbox_id: str
    external_id: str | None
    created_at: datetime
    segments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Conversation:
    """The present of one thread: a projection that the event log can rebuild."""

    id: str
    workspace_id: str
    inbox_id: str
    contact_id: str
    status: Status
    handler: Handler
    language: Language | None
    last_seq: int
    inbound_seq: int
    """Number of the newest visitor message."""
    handled_seq: int
    """Number up to which visitor messages have been answered (or left to a person)."""
    stopped_seq: int
    """Newest visitor message whose turn the visitor has stopped."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A reference to an uploaded file."""

    name: str
    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance. ``choice`` is the value of a pressed quick reply; it needs no understanding."""

    id: str
    conversation_id: str
    seq: int
    client_id: str
    author: Author
    text: str
    created_at: datetime
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A message that is not stored yet."""

    client_id: str
    author: Author
    text: str
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """CSAT of a conversation: 1 (bad) to 5 (good)."""

    conversation_id: str
    score: int
    comment: str
    at: datetime
