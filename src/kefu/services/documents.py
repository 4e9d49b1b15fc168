"""Single documents as their owners keep them: put, dated, published, taken away."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.improving import GapState
from kefu.domain.knowledge import Attributes, Document
from kefu.kit.clock import Clock
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.documents import read_page
from kefu.knowledge.faq import to_entry
from kefu.services.versions import Stored, raise_knowledge_version, store_version, withdraw
from kefu.storage.database import Database
from kefu.storage.unit import Unit


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What an owner hands in. With questions it is a FAQ entry; else ``text`` is Markdown."""

    key: str
    language: Language
    text: str
    title: str | None
    questions: tuple[str, ...]
    is_draft: bool
    attributes: Attributes


class DocumentService:
    """Every change raises the knowledge version in its own transaction, so that the next turn hears of it."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_current(self, workspace_id: str) -> list[Document]:
        """What is answered from, by key and language."""
        async with self._database.read(workspace_id) as unit:
            return await unit.document_lists.list_current()

    async def list_drafts(self, workspace_id: str) -> list[Document]:
        """What waits to be published, by key and language."""
        async with self._database.read(workspace_id) as unit:
            return await unit.document_lists.list_drafts()

    async def list_versions(self, workspace_id: str, *, key: str, language: Language) -> list[Document]:
        """All that is kept, the newest first. Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            versions = await unit.document_lists.list_versions(key, language)
        if not versions:
            raise NotFoundError("document", f"{key} ({language})")
        return versions

    async def get(self, workspace_id: str, *, key: str, language: Language) -> Document:
        """The current version. Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            return await _get_current(unit, key, language)

    async def put(self, workspace_id: str, text: DocumentText) -> Stored:
        """Store a text as the newest version, or as a draft. Raises InvalidInputError."""
        parsed = await asyncio.to_thread(parse_text, text)
        async with self._database.write(workspace_id) as unit:
            stored = await store_version(unit, parsed, clock=self._clock)
            if stored.is_changed and not text.is_draft:
                await raise_knowledge_version(unit)
            return stored

    async def set_attributes(
        self, workspace_id: str, *, key: str, language: Language, change: Callable[[Attributes], Attributes]
    ) -> Document:
        """Other dates, segments, tags or another owner for the current version. Raises NotFoundError, InvalidInputError."""
        async with self._database.write(workspace_id) as unit:
            current = await _get_current(unit, key, language)
            attributes = change(current.attributes)
            _require_order(attributes)
            await unit.documents.set_attributes(current.id, attributes)
            await raise_knowledge_version(unit)
            return replace(current, attributes=attributes)

    async def publish(self, workspace_id: str, *, key: str, language: Language) -> Document:
        """Answer from a draft from now on. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            draft = await unit.documents.find_draft(key, language)
            if draft is None:
                raise NotFoundError("draft", f"{key} ({language})")
            await unit.documents.publish(draft)
            await raise_knowledge_version(unit)
            return replace(draft, is_draft=False, is_current=True)

    async def remove(self, workspace_id: str, *, key: str, language: Language) -> None:
        """Take a document, and a draft of it, out of use. Its versions stay, for old citations. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            for gap in await unit.gap_clusters.list_drafted(key, language):
                if gap.state is GapState.DRAFTED:
                    await unit.gap_clusters.set_state(gap, GapState.OPEN)
            if not await withdraw(unit, [(key, language)]):
                raise NotFoundError("document", f"{key} ({language})")


async def _get_current(unit: Unit, key: str, language: Language) -> Document:
    current = await unit.documents.find_current(key, language)
    if current is None:
        raise NotFoundError("document", f"{key} ({language})")
    return current


def parse_text(text: DocumentText) -> ParsedDocument:
    """What was handed in, as a document. Raises InvalidInputError."""
    _require_order(text.attributes)
    if text.questions:
        parsed = to_entry(key=text.key, questions=text.questions, answer=text.text, language=text.language)
    else:
        parsed = read_page(text.text, file=text.key, key=text.key, language=text.language)
    title = text.title or parsed.draft.title
    draft = replace(
        parsed.draft,
        key=text.key,
        title=title,
        language=text.language,
        attributes=text.attributes,
        is_draft=text.is_draft,
    )
    return replace(parsed, draft=draft)


def _require_order(attributes: Attributes) -> None:
    dates = attributes.availability
    if dates.valid_from is not None and dates.valid_until is not None and dates.valid_until <= dates.valid_from:
        raise InvalidInputError("valid_until must be after valid_from.", field="valid_until")
