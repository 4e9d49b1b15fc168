"""What is remembered of contacts, for the people who answer for it."""

from collections.abc import Sequence

from kefu.dialogue.flows.slot_types import KINDS
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.profile import AllowedFact, Profile
from kefu.storage.database import Database

MOST_ALLOWED = 30
_UNFIT = frozenset({"attachment", "choice", "choices", "order_ref", "order_id"})
"""Types whose values mean nothing outside one flow."""


class ProfileService:
    """Shows and deletes facts, and says which may be kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, workspace_id: str, contact_id: str) -> Profile:
        """Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            found = await unit.profiles.find(contact_id)
        if found is None:
            raise NotFoundError("contact", contact_id)
        return found[1]

    async def forget(self, workspace_id: str, contact_id: str, *, name: str | None = None) -> int:
        """Delete one fact, or all; how many there were. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            if await unit.contacts.find(contact_id) is None:
                raise NotFoundError("contact", contact_id)
            return await unit.profiles.forget(contact_id, name)

    async def list_allowed(self, workspace_id: str) -> tuple[AllowedFact, ...]:
        async with self._database.read(workspace_id) as unit:
            return await unit.profiles.list_allowed()

    async def set_allowed(self, workspace_id: str, facts: Sequence[AllowedFact]) -> None:
        """Allow exactly these facts. Raises InvalidInputError."""
        names = {fact.name for fact in facts}
        if len(names) < len(facts) or len(facts) > MOST_ALLOWED:
            raise InvalidInputError(f"At most {MOST_ALLOWED} facts, each with a name of its own.", field="facts")
        for fact in facts:
            if fact.type not in KINDS or fact.type in _UNFIT or (fact.type == "enum") != bool(fact.values):
                raise InvalidInputError(f"{fact.name} cannot have the type {fact.type}.", field="facts")
        async with self._database.write(workspace_id) as unit:
            await unit.profiles.set_allowed(facts)
