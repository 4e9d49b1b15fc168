"""What the functions of a plugin are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kefu.domain.action import AuthLevel
from kefu.domain.conversation import Language
from kefu.domain.turn import DeltaKind
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.tables import NO_TABLES, OwnTables


@dataclass(frozen=True, slots=True)
class ToolContact:
    """For whom a tool is called. ``external_id`` is the shop's own id of the contact, once it has vouched for it."""

    id: str
    external_id: str | None
    auth: AuthLevel
    segments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ToolContext:
    """All that a tool may know beside its arguments: no model, no other conversation, no tables but the plugin's own."""

    workspace_id: str
    conversation_id: str
    contact: ToolContact
    now: datetime
    """The turn's moment; a replay gives the same one."""
    language: Language
    idempotency_key: str
    """For writes: hand it to the other system, so that a second call is no second deed. Empty for reads."""
    settings: Any
    """The plugin's settings in this workspace, as its own model; None when it has none."""
    tables: OwnTables = NO_TABLES
    """The plugin's own tables, in this workspace."""


@dataclass(frozen=True, slots=True)
class TextContext:
    """What a function is told that reads or judges a text."""

    workspace_id: str
    conversation_id: str
    contact: ToolContact
    now: datetime
    """The turn's moment, where the workspace's days begin."""
    language: Language
    settings: Any
    tables: OwnTables = NO_TABLES
    is_asked: bool = False
    """For types of slots: the open question asks for one."""
    kind: DeltaKind | None = None
    """For guards of sentences: where the sentence comes from."""
    notes: Mapping[str, JsonObject] = field(default_factory=dict)
    """For guards of sentences: what guards have noted of the message, by ``PLUGIN.GUARD``."""


@dataclass(frozen=True, slots=True)
class WorkContext:
    """What a function is told that works beside conversations: a source, a channel, a job."""

    workspace_id: str
    now: datetime
    settings: Any
    tables: OwnTables = NO_TABLES
