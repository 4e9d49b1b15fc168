"""Who may do what: the scopes of a key, and the key itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What an API key may be used for."""

    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    INTENTS_READ = "intents:read"
    INTENTS_WRITE = "intents:write"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    ACTIONS_READ = "actions:read"
    ACTIONS_WRITE = "actions:write"
    INBOX_READ = "inbox:read"
    INBOX_WRITE = "inbox:write"
    INBOX_ADMIN = "inbox:admin"
    ASSISTANT_ASK = "assistant:ask"
    TOOLS_READ = "tools:read"
    TOOLS_ADMIN = "tools:admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of one workspace. Its secret is shown once, when it is made; only the secret's hash is kept."""

    id: str
    workspace_id: str
    name: str
    secret_hash: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    agent_id: str | None = None
    """The agent whose key it is; None for a machine or an operator."""

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
