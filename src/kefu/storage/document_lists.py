"""Documents and chunks in number: what is in use, what waits, what an index is built from."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, bindparam

from kefu.domain.knowledge import Chunk, Document, Risk
from kefu.storage.documents import IS_NAMED, to_availability, to_document
from kefu.storage.repository import Repository
from kefu.storage.tables import chunks, documents

_LIST_VERSIONS = Repository.select(documents).where(*IS_NAMED).order_by(documents.c.version.desc())
_LIST_DRAFTS = Repository.select(documents).where(documents.c.is_draft).order_by(documents.c.key, documents.c.language)
_LIST_CURRENT = (
    Repository.select(documents).where(documents.c.is_current).order_by(documents.c.key, documents.c.language)
)
_CHUNKS = Repository.select(
    chunks,
    *chunks.c,
    documents.c.key,
    documents.c.version,
    documents.c.title,
    documents.c.language,
    documents.c.valid_from,
    documents.c.valid_until,
    documents.c.segments,
    documents.c.risk,
).join(documents, documents.c.id == chunks.c.document_id)
_LIST_CHUNKS = _CHUNKS.where(documents.c.is_current).order_by(documents.c.key, documents.c.language, chunks.c.ordinal)
_LIST_DRAFT_CHUNKS = _CHUNKS.where(*IS_NAMED, documents.c.is_draft).order_by(chunks.c.ordinal)

_CHUNKS_OF = _CHUNKS.where(documents.c.id == bindparam("of_document")).order_by(chunks.c.ordinal)
_CHUNKS_BY_ID = _CHUNKS.where(chunks.c.id.in_(bindparam("of_ids", expanding=True)))


class DocumentLists(Repository):
    async def list_versions(self, key: str, language: str) -> list[Document]:
        """Every version that is kept, the newest first."""
        return [to_document(row) for row in await self._execute(_LIST_VERSIONS, of_key=key, of_language=language)]

    async def list_drafts(self) -> list[Document]:
        return [to_document(row) for row in await self._execute(_LIST_DRAFTS)]

    async def list_current(self) -> list[Document]:
        return [to_document(row) for row in await self._execute(_LIST_CURRENT)]

    async def list_chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of one version, in their order."""
        return [_to_chunk(row) for row in await self._execute(_CHUNKS_OF, of_document=document_id)]

    async def list_chunks_by_id(self, ids: Sequence[str]) -> dict[str, Chunk]:
        """Those of these that are stored, of whatever version."""
        rows = await self._execute(_CHUNKS_BY_ID, of_ids=list(ids)) if ids else ()
        return {row.id: _to_chunk(row) for row in rows}

    async def list_chunks(self) -> list[Chunk]:
        """All chunks of all current documents, in a stable order."""

        def read(connection: Connection) -> list[Chunk]:
            return [_to_chunk(row) for row in connection.execute(_LIST_CHUNKS, self._own({}))]

        return await self._connection.run_sync(read)

    async def list_draft_chunks(self, key: str, language: str) -> list[Chunk]:
        """The chunks of a draft; empty without one."""
        rows = await self._execute(_LIST_DRAFT_CHUNKS, of_key=key, of_language=language)
        return [_to_chunk(row) for row in rows]


def _to_chunk(row: Row[tuple[object, ...]]) -> Chunk:
    return Chunk(
        id=row.id,
        workspace_id=row.workspace_id,
        document_id=row.document_id,
        document_key=row.key,
        document_version=row.version,
        ordinal=row.ordinal,
        title=row.title,
        heading_path=tuple(row.heading_path),
        language=row.language,
        text=row.text,
        start=row.start,
        end=row.end,
        questions=tuple(row.questions),
        availability=to_availability(row),
        risk=Risk(row.risk),
    )
