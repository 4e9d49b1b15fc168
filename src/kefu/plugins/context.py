"""What a tool is told of the turn that calls it."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from kefu.domain.action import AuthLevel
from kefu.domain.conversation import Language


@dataclass(frozen=True, slots=True)
class ToolContact:
    """For whom a tool is called. ``external_id`` is the shop's own id of the contact, once it has vouched for it."""

    id: str
    external_id: str | None
    auth: AuthLevel
    segments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ToolContext:
    """All that a tool may know beside its arguments: no database, no model, no other conversation."""

    workspace_id: str
    conversation_id: str
    contact: ToolContact
    now: datetime
    """The turn's moment; a replay gives the same one."""
    language: Language
    idempotency_key: str
    """For writes: hand it to the other system, so that a second call is no second deed. Empty for reads."""
    settings: BaseModel | None
    """The plugin's settings in this workspace, as its own model."""
