"""A workspace's own words: added, listed, taken away. Each change makes a new version of its knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass

from kefu.domain.errors import InvalidInputError
from kefu.domain.knowledge import Term
from kefu.services.versions import raise_knowledge_version
from kefu.storage.database import Database

MOST_TERMS = 5_000
"""In one workspace: each is read with every build of its index."""


@dataclass(frozen=True, slots=True)
class TermReport:
    """What became of the terms given."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


class TermService:
    """Keeps the terms of workspaces; the index that is built next reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, workspace_id: str, terms: Sequence[Term]) -> TermReport:
        """Store terms; one with the same language and text is replaced. All or none."""
        async with self._database.write(workspace_id) as unit:
            known = {(term.language, term.text): term for term in await unit.terms.list_all()}
            given = {(term.language, term.text): term for term in terms}
            if len(known.keys() | given.keys()) > MOST_TERMS:
                raise InvalidInputError(f"A workspace has at most {MOST_TERMS} terms.")
            changed = [term for name, term in given.items() if known.get(name) != term]
            for term in changed:
                await unit.terms.put(term)
            if changed:
                await raise_knowledge_version(unit)
        added = len(given.keys() - known.keys())
        return TermReport(added, len(changed) - added, len(given) - len(changed))

    async def list_all(self, workspace_id: str) -> list[Term]:
        async with self._database.read(workspace_id) as unit:
            return await unit.terms.list_all()

    async def remove(self, workspace_id: str, *, text: str, language: str) -> bool:
        """Forget a term; False when there was none."""
        async with self._database.write(workspace_id) as unit:
            is_removed = await unit.terms.remove(text, language)
            if is_removed:
                await raise_knowledge_version(unit)
            return is_removed
