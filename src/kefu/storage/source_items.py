"""The pages and files of sources, and which documents came from them."""

from dataclasses import asdict

from sqlalchemy import Integer, Row, bindparam, or_

from kefu.domain.source import SourceItem
from kefu.storage.documents import IS_NAMED
from kefu.storage.repository import Repository
from kefu.storage.tables import documents, source_items

_ADD = Repository.insert(source_items)
_LIST = (
    Repository.select(source_items)
    .where(source_items.c.source_id == bindparam("of_source"))
    .order_by(source_items.c.address)
)
_SOME = _LIST.limit(bindparam("at_most", type_=Integer))
_REMOVE = Repository.delete(source_items).where(source_items.c.id == bindparam("of_id"))
_IN_USE = or_(documents.c.is_current, documents.c.is_draft)
_DOCUMENTS = (
    Repository.select(documents, documents.c.key, documents.c.language)
    .where(documents.c.source_item_id == bindparam("of_item"), _IN_USE)
    .distinct()
)
_OWNER = (
    Repository.select(documents, source_items.c.source_id)
    .join(source_items, source_items.c.id == documents.c.source_item_id)
    .where(*IS_NAMED, _IN_USE)
    .limit(1)
)
_OWN = (
    Repository.update(documents)
    .where(documents.c.id == bindparam("of_document"))
    .values(source_item_id=bindparam("new_item"))
)
_RELEASE = (
    Repository.update(documents).where(documents.c.source_item_id == bindparam("of_item")).values(source_item_id=None)
)

Name = tuple[str, str]
"""Key and language of a document."""


class SourceItemRepository(Repository):
    async def put(self, item: SourceItem) -> None:
        """Store an item in the place of the one with its id."""
        await self._execute(_REMOVE, of_id=item.id)
        await self._add(_ADD, asdict(item))

    async def list_all(self, source_id: str) -> list[SourceItem]:
        """Every item of a source, by address; their number is limited where they are read."""
        return [_to_item(row) for row in await self._execute(_LIST, of_source=source_id)]

    async def list_some(self, source_id: str, *, limit: int) -> list[SourceItem]:
        return [_to_item(row) for row in await self._execute(_SOME, of_source=source_id, at_most=limit)]

    async def remove(self, item_id: str) -> None:
        """Forget an item. What came from it is nobody's from then on."""
        await self._execute(_RELEASE, of_item=item_id)
        await self._execute(_REMOVE, of_id=item_id)

    async def list_documents(self, item_id: str) -> list[Name]:
        """What came from an item and is in use, drafts included."""
        return [(row.key, row.language) for row in await self._execute(_DOCUMENTS, of_item=item_id)]

    async def find_owner(self, key: str, language: str) -> str | None:
        """The source that a document in use came from."""
        owner: str | None = (await self._execute(_OWNER, of_key=key, of_language=language)).scalar_one_or_none()
        return owner

    async def own(self, document_id: str, item_id: str) -> None:
        """Say that a document came from an item."""
        await self._execute(_OWN, of_document=document_id, new_item=item_id)


def _to_item(row: Row[tuple[object, ...]]) -> SourceItem:
    return SourceItem(
        id=row.id,
        source_id=row.source_id,
        address=row.address,
        content_hash=row.content_hash,
        reading_hash=row.reading_hash,
        etag=row.etag,
        last_modified=row.last_modified,
    )
