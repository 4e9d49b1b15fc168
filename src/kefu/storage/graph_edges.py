"""The edges of a knowledge graph, each with its two entities and the version that proves it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Row, and_, bindparam, func, or_

from kefu.domain.errors import NotFoundError
from kefu.domain.graph import Edge, EdgeFilter, EdgeStatus, Entity, Extractor, Proof, Value, ValueKind
from kefu.domain.knowledge import Document, TermKind
from kefu.storage.graph_entities import to_pattern
from kefu.storage.repository import Repository
from kefu.storage.tables import documents, graph_edges, graph_entities, graph_readings

_subjects = graph_entities.alias("subjects")
_objects = graph_entities.alias("objects")
_ENDS: list[Any] = [
    *(column.label(f"subject_{column.name}") for column in _subjects.c if column.name != "id"),
    *(column.label(f"object_{column.name}") for column in _objects.c if column.name != "id"),
    documents.c.version,
]
_ALL = (
    Repository.select(graph_edges, *graph_edges.c, *_ENDS)
    .join(_subjects, _subjects.c.id == graph_edges.c.subject_id)
    .outerjoin(_objects, _objects.c.id == graph_edges.c.object_id)
    .outerjoin(documents, documents.c.id == graph_edges.c.document_id)
)
_LIVE = _ALL.where(
    graph_edges.c.status != EdgeStatus.REJECTED, or_(graph_edges.c.document_id.is_(None), documents.c.is_current)
).order_by(graph_edges.c.id)
_PAGE = (
    _ALL.where(
        or_(bindparam("any_status", type_=Boolean()), graph_edges.c.status == bindparam("of_status")),
        or_(
            bindparam("any_entity", type_=Boolean()),
            graph_edges.c.subject_id == bindparam("of_entity"),
            graph_edges.c.object_id == bindparam("of_entity"),
        ),
        or_(bindparam("any_relation", type_=Boolean()), graph_edges.c.relation == bindparam("of_relation")),
        or_(bindparam("any_document", type_=Boolean()), graph_edges.c.document_key == bindparam("of_document")),
        or_(
            bindparam("any_text", type_=Boolean()),
            func.lower(_subjects.c.name).like(bindparam("of_text"), escape="\\"),
            func.lower(graph_edges.c.sentence).like(bindparam("of_text"), escape="\\"),
        ),
        or_(graph_edges.c.document_id.is_(None), documents.c.is_current),
        graph_edges.c.id > bindparam("after"),
    )
    .order_by(graph_edges.c.id)
    .limit(bindparam("most"))
)
_GET = _ALL.where(graph_edges.c.id == bindparam("of_id"))
_IS_OF_KEY = graph_edges.c.document_key == bindparam("of_key"), graph_edges.c.language == bindparam("of_language")
_CURATED = _ALL.where(*_IS_OF_KEY, graph_edges.c.status != EdgeStatus.PROPOSED)
_DROP_PROPOSED = Repository.delete(graph_edges).where(*_IS_OF_KEY, graph_edges.c.status == EdgeStatus.PROPOSED)
_DROP = Repository.delete(graph_edges).where(graph_edges.c.id == bindparam("of_id"))
_ADD = Repository.insert(graph_edges)
_SET_STATUS = (
    Repository.update(graph_edges).where(graph_edges.c.id == bindparam("of_id")).values(status=bindparam("new_status"))
)
_FIND = _ALL.where(
    graph_edges.c.fact == bindparam("of_fact"),
    func.coalesce(graph_edges.c.document_key, "") == bindparam("of_key"),
    graph_edges.c.language == bindparam("of_language"),
)
_IS_READ = and_(graph_readings.c.document_id == documents.c.id, graph_readings.c.reading == bindparam("of_reading"))
_UNREAD = (
    Repository.select(documents, documents.c.id)
    .outerjoin(graph_readings, _IS_READ)
    .where(documents.c.is_current, graph_readings.c.document_id.is_(None))
    .order_by(documents.c.id)
)
_ADD_READING = Repository.insert(graph_readings)
_DROP_READING = Repository.delete(graph_readings).where(graph_readings.c.document_id == bindparam("of_document"))


class GraphEdgeRepository(Repository):
    async def list_live(self) -> list[Edge]:
        """What a snapshot is built with: nothing rejected, nothing of a document that is out of use."""
        return [_to_edge(row) for row in await self._execute(_LIVE)]

    async def list_page(self, chosen: EdgeFilter, *, after: str, limit: int) -> list[Edge]:
        """Edges by id; ``after`` is the last id of the page before, or empty."""
        rows = await self._execute(
            _PAGE,
            any_status=chosen.status is None,
            of_status=chosen.status or "",
            any_entity=chosen.entity_id is None,
            of_entity=chosen.entity_id or "",
            any_relation=chosen.relation is None,
            of_relation=chosen.relation or "",
            any_document=chosen.document_key is None,
            of_document=chosen.document_key or "",
            any_text=chosen.text is None,
            of_text=to_pattern(chosen.text),
            after=after,
            most=limit,
        )
        return [_to_edge(row) for row in rows]

    async def get(self, edge_id: str) -> Edge:
        row = (await self._execute(_GET, of_id=edge_id)).one_or_none()
        if row is None:
            raise NotFoundError("edge", edge_id)
        return _to_edge(row)

    async def find_fact(self, fact: str, *, key: str | None, language: str) -> Edge | None:
        """The same statement of the same document, or by hand without one."""
        row = (await self._execute(_FIND, of_fact=fact, of_key=key or "", of_language=language)).first()
        return None if row is None else _to_edge(row)

    async def list_curated(self, key: str, language: str) -> list[Edge]:
        """What people have said of a document's edges, whichever version they were read from."""
        return [_to_edge(row) for row in await self._execute(_CURATED, of_key=key, of_language=language)]

    async def replace_proposed(self, document: Document, edges: Sequence[Edge]) -> None:
        """The edges of a document that nobody has judged are those of its newest reading."""
        await self._execute(_DROP_PROPOSED, of_key=document.key, of_language=document.language)
        if edges:
            await self._add(_ADD, *map(_values, edges))

    async def replace(self, edge: Edge) -> None:
        """Store an edge in the place of that with its id."""
        await self._execute(_DROP, of_id=edge.id)
        await self._add(_ADD, _values(edge))

    async def set_status(self, edge_id: str, status: EdgeStatus) -> None:
        await self._execute(_SET_STATUS, of_id=edge_id, new_status=status)

    async def list_unread(self, reading: str) -> list[str]:
        """Ids of current documents that were not read in this way yet."""
        return list((await self._execute(_UNREAD, of_reading=reading)).scalars())

    async def mark_read(self, document_id: str, reading: str) -> None:
        await self._execute(_DROP_READING, of_document=document_id)
        await self._add(_ADD_READING, {"document_id": document_id, "reading": reading})


def _to_edge(row: Row[tuple[object, ...]]) -> Edge:
    value = None
    if row.value_kind is not None:
        value = Value(ValueKind(row.value_kind), row.value_text, row.value_number, row.value_unit)
    return Edge(
        id=row.id,
        workspace_id=row.workspace_id,
        fact=row.fact,
        subject=_to_entity(row, "subject"),
        relation=row.relation,
        object=None if row.object_id is None else _to_entity(row, "object"),
        value=value,
        is_negated=row.is_negated,
        qualifier=row.qualifier,
        proof=None if row.chunk_id is None else _to_proof(row),
        extractor=Extractor(row.extractor),
        confidence=row.confidence,
        status=EdgeStatus(row.status),
        created_at=row.created_at,
    )


def _to_entity(row: Row[tuple[object, ...]], end: str) -> Entity:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return Entity(
        found[f"{end}_id"],
        row.workspace_id,
        found[f"{end}_language"],
        found[f"{end}_name"],
        TermKind(found[f"{end}_kind"]),
        tuple(found[f"{end}_aliases"]),
        found[f"{end}_is_by_hand"],
    )


def _to_proof(row: Row[tuple[object, ...]]) -> Proof:
    return Proof(
        row.document_id, row.document_key, row.language, row.version, row.chunk_id, row.start, row.end, row.sentence
    )


def _values(edge: Edge) -> dict[str, object]:
    proof, value = edge.proof, edge.value
    return {
        "id": edge.id,
        "fact": edge.fact,
        "subject_id": edge.subject.id,
        "relation": edge.relation,
        "object_id": None if edge.object is None else edge.object.id,
        "value_kind": None if value is None else value.kind,
        "value_text": None if value is None else value.text,
        "value_number": None if value is None else value.number,
        "value_unit": None if value is None else value.unit,
        "is_negated": edge.is_negated,
        "qualifier": edge.qualifier,
        "document_id": None if proof is None else proof.document_id,
        "document_key": None if proof is None else proof.document_key,
        "language": edge.subject.language if proof is None else proof.language,
        "chunk_id": None if proof is None else proof.chunk_id,
        "start": None if proof is None else proof.start,
        "end": None if proof is None else proof.end,
        "sentence": None if proof is None else proof.sentence,
        "extractor": edge.extractor,
        "confidence": edge.confidence,
        "status": edge.status,
        "created_at": edge.created_at,
    }
