"""Who asks."""

from dataclasses import dataclass

from kefu.domain.access import Scope


@dataclass(frozen=True, slots=True)
class Visitor:
    """The bearer of a visitor token: one contact at one inbox of one workspace."""

    workspace_id: str
    inbox_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Operator:
    """The bearer of an API key: a machine, or a person at the command line, working for one workspace."""

    workspace_id: str
    key_id: str
    scopes: frozenset[Scope]
    agent_id: str | None = None
    """The agent who bears it, if it is an agent's key."""

    @property
    def id(self) -> str:
        """The agent's, or else the key's: who did something."""
        return self.agent_id or self.key_id
