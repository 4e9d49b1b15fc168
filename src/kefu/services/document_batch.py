"""Documents on their way in: stored in commits that are large enough to be quick, and small enough to hold up nobody."""

from collections.abc import Awaitable, Callable

from kefu.domain.knowledge import Document
from kefu.kit.clock import Clock
from kefu.knowledge.blocks import ParsedDocument
from kefu.services.versions import raise_knowledge_version, store_version
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_DOCUMENTS = 200
_CHARACTERS = 2_000_000
"""What one transaction stores at most, nearly: little enough that no customer's message waits long for the writer."""
_MOST_SHARES = 2
_SECONDS = 10.0
"""How much work a worker that dies may take with it, nearly."""

Also = Callable[[Unit], Awaitable[None]]
"""What is written in the same commit."""


class DocumentBatch:
    """Every commit has its own knowledge_version. ``added``: new or changed; ``unchanged``: those that were there.

    With ``source_id`` the documents come from items of that source: a document that another source brought is left
    alone and told in ``taken``, by its key.
    """

    def __init__(self, database: Database, *, workspace_id: str, clock: Clock, source_id: str | None = None) -> None:
        self._database = database
        self._workspace_id = workspace_id
        self._clock = clock
        self._source_id = source_id
        self._waiting: list[tuple[ParsedDocument, str | None]] = []
        self._also: list[Also] = []
        self._characters = 0
        self._stored_at = clock.monotonic()
        self.added = self.unchanged = 0
        self.taken: list[str] = []

    async def add(self, document: ParsedDocument, *, item_id: str | None = None) -> None:
        self._waiting.append((document, item_id))
        self._characters += len(document.draft.text)
        if self._share >= _MOST_SHARES:  # a file of very many documents
            await self.store()

    def then(self, also: Also) -> None:
        """Write this too, after the documents that were added before it."""
        self._also.append(also)

    @property
    def is_due(self) -> bool:
        """Whether it is time to store what waits: asked between two files, so that whole files are stored."""
        return self._share >= 1 or self._clock.monotonic() - self._stored_at > _SECONDS

    @property
    def _share(self) -> float:
        return max(len(self._waiting) / _DOCUMENTS, self._characters / _CHARACTERS)

    async def store(self) -> None:
        """Commit what waits, all or nothing."""
        waiting, self._waiting, self._characters = self._waiting, [], 0
        also, self._also = self._also, []
        self._stored_at = self._clock.monotonic()
        if not waiting and not also:
            return
        async with self._database.write(self._workspace_id) as unit:
            if self._source_id is not None:
                await unit.sources.get(self._source_id)  # it may have been deleted meanwhile
            changed = [await self._store_one(unit, document, item_id) for document, item_id in waiting]
            if any(one is not None and not one.is_draft for one in changed):
                await raise_knowledge_version(unit)
            for each in also:
                await each(unit)

    async def _store_one(self, unit: Unit, document: ParsedDocument, item_id: str | None) -> Document | None:
        """The document if it is new or changed."""
        draft = document.draft
        if item_id is not None:
            owner = await unit.source_items.find_owner(draft.key, draft.language)
            if owner not in (None, self._source_id):
                self.taken.append(draft.key)
                return None
        stored = await store_version(unit, document, clock=self._clock)
        if item_id is not None:
            await unit.source_items.own(stored.document.id, item_id)
        self.added += stored.is_changed
        self.unchanged += not stored.is_changed
        return stored.document if stored.is_changed else None
