"""Documents and their chunks. Old versions stay, because citations point into them."""

from collections.abc import Sequence

from sqlalchemy import Row, bindparam

from kefu.domain.errors import NotFoundError
from kefu.domain.knowledge import Attributes, Availability, Chunk, Document, DocumentKind, Risk
from kefu.storage.repository import Repository
from kefu.storage.tables import chunks, documents

IS_NAMED = documents.c.key == bindparam("of_key"), documents.c.language == bindparam("of_language")
_ADD = Repository.insert(documents)
_ADD_CHUNKS = Repository.insert(chunks)
_GET = Repository.select(documents).where(documents.c.id == bindparam("of_id"))
_FIND_CURRENT = Repository.select(documents).where(*IS_NAMED, documents.c.is_current)
_LAST_VERSION = (
    Repository.select(documents, documents.c.version).where(*IS_NAMED).order_by(documents.c.version.desc()).limit(1)
)
_FIND_DRAFT = Repository.select(documents).where(*IS_NAMED, documents.c.is_draft)
_REPLACE = Repository.update(documents).where(*IS_NAMED, documents.c.is_current).values(is_current=False)
_REMOVE = _REPLACE.values(is_current=False, removed_in=bindparam("in_version"))
_PUBLISH = (
    Repository.update(documents)
    .where(documents.c.id == bindparam("of_id"), documents.c.is_draft)
    .values(is_current=True, is_draft=False)
)
_DROP_DRAFT = Repository.delete(documents).where(documents.c.id == bindparam("of_id"), documents.c.is_draft)
_DROP_CHUNKS = Repository.delete(chunks).where(chunks.c.document_id == bindparam("of_document"))
_LIST_REMOVED = Repository.select(documents, documents.c.id).where(documents.c.removed_in > bindparam("after_version"))
_SET_ATTRIBUTES = (
    Repository.update(documents)
    .where(documents.c.id == bindparam("of_id"))
    .values(
        valid_from=bindparam("new_valid_from", type_=documents.c.valid_from.type),
        valid_until=bindparam("new_valid_until", type_=documents.c.valid_until.type),
        segments=bindparam("new_segments", type_=documents.c.segments.type),
        tags=bindparam("new_tags", type_=documents.c.tags.type),
        owner=bindparam("new_owner"),
        origin=bindparam("new_origin"),
        risk=bindparam("new_risk"),
    )
)


class DocumentRepository(Repository):
    async def find_current(self, key: str, language: str) -> Document | None:
        row = (await self._execute(_FIND_CURRENT, of_key=key, of_language=language)).one_or_none()
        return None if row is None else to_document(row)

    async def last_version(self, key: str, language: str) -> int:
        """The highest version that ever was (0 for none); a removed document's numbers are not used again."""
        return (await self._execute(_LAST_VERSION, of_key=key, of_language=language)).scalar_one_or_none() or 0

    async def get(self, document_id: str) -> Document:
        row = (await self._execute(_GET, of_id=document_id)).one_or_none()
        if row is None:
            raise NotFoundError("document", document_id)
        return to_document(row)

    async def add_version(self, document: Document, pieces: Sequence[Chunk]) -> None:
        """Store a version with its chunks: as the draft of its key and language, or as the current one."""
        if document.is_draft:
            await self.drop_draft(document.key, document.language)
        else:
            await self._execute(_REPLACE, of_key=document.key, of_language=document.language)
        await self._add(_ADD, _document_values(document))
        if pieces:
            await self._add(_ADD_CHUNKS, *map(_chunk_values, pieces))

    async def find_draft(self, key: str, language: str) -> Document | None:
        row = (await self._execute(_FIND_DRAFT, of_key=key, of_language=language)).one_or_none()
        return None if row is None else to_document(row)

    async def publish(self, draft: Document) -> None:
        """Make a draft the current version of its key and language."""
        await self._execute(_REPLACE, of_key=draft.key, of_language=draft.language)
        await self._execute(_PUBLISH, of_id=draft.id)

    async def drop_draft(self, key: str, language: str) -> bool:
        """Forget a draft: nothing was ever quoted from it. False when there was none."""
        draft = await self.find_draft(key, language)
        if draft is not None:
            await self._execute(_DROP_CHUNKS, of_document=draft.id)
            await self._execute(_DROP_DRAFT, of_id=draft.id)
        return draft is not None

    async def remove(self, key: str, language: str, *, in_version: int) -> bool:
        """Take a document out of use as of this knowledge version; False when there was none."""
        rows = await self._execute(_REMOVE, of_key=key, of_language=language, in_version=in_version)
        return rows.rowcount > 0

    async def list_removed(self, *, after_version: int) -> frozenset[str]:
        """Ids of documents that were taken out of use after this knowledge version."""
        return frozenset((await self._execute(_LIST_REMOVED, after_version=after_version)).scalars())

    async def set_attributes(self, document_id: str, attributes: Attributes) -> None:
        values = {f"new_{name}": value for name, value in _attribute_values(attributes).items()}
        await self._execute(_SET_ATTRIBUTES, of_id=document_id, **values)


def _document_values(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "key": document.key,
        "language": document.language,
        "version": document.version,
        "kind": document.kind,
        "title": document.title,
        "text": document.text,
        "content_hash": document.content_hash,
        "is_current": document.is_current,
        "is_draft": document.is_draft,
        "created_at": document.created_at,
        **_attribute_values(document.attributes),
    }


def _attribute_values(attributes: Attributes) -> dict[str, object]:
    return {
        "valid_from": attributes.availability.valid_from,
        "valid_until": attributes.availability.valid_until,
        "segments": sorted(attributes.availability.segments),
        "tags": list(attributes.tags),
        "owner": attributes.owner,
        "origin": attributes.origin,
        "risk": attributes.risk.value,
    }


def _chunk_values(chunk: Chunk) -> dict[str, object]:
    return {
        "id": chunk.id,
        "document_id": chunk.document_id,
        "ordinal": chunk.ordinal,
        "heading_path": list(chunk.heading_path),
        "text": chunk.text,
        "start": chunk.start,
        "end": chunk.end,
        "questions": list(chunk.questions),
    }


def to_document(row: Row[tuple[object, ...]]) -> Document:
    return Document(
        id=row.id,
        workspace_id=row.workspace_id,
        key=row.key,
        version=row.version,
        kind=DocumentKind(row.kind),
        title=row.title,
        language=row.language,
        text=row.text,
        content_hash=row.content_hash,
        created_at=row.created_at,
        is_current=row.is_current,
        is_draft=row.is_draft,
        attributes=Attributes(
            availability=to_availability(row),
            tags=tuple(row.tags),
            owner=row.owner,
            origin=row.origin,
            risk=Risk(row.risk),
        ),
    )


def to_availability(row: Row[tuple[object, ...]]) -> Availability:
    return Availability(row.valid_from, row.valid_until, frozenset(row.segments))
