"""The entities of a knowledge graph."""

from collections.abc import Sequence

from sqlalchemy import Boolean, Row, bindparam, func, or_

from kefu.domain.errors import NotFoundError
from kefu.domain.graph import Entity
from kefu.domain.knowledge import TermKind
from kefu.storage.repository import Repository
from kefu.storage.tables import graph_edges, graph_entities

_ADD = Repository.insert(graph_entities)
_ALL = Repository.select(graph_entities).order_by(graph_entities.c.language, graph_entities.c.key)
_PAGE = (
    Repository.select(graph_entities)
    .where(
        or_(
            bindparam("any_text", type_=Boolean()),
            func.lower(graph_entities.c.name).like(bindparam("of_text"), escape="\\"),
        ),
        or_(bindparam("any_kind", type_=Boolean()), graph_entities.c.kind == bindparam("of_kind")),
        graph_entities.c.id > bindparam("after"),
    )
    .order_by(graph_entities.c.id)
    .limit(bindparam("most"))
)
_GET = Repository.select(graph_entities).where(graph_entities.c.id == bindparam("of_id"))
_SET = (
    Repository.update(graph_entities)
    .where(graph_entities.c.id == bindparam("of_id"))
    .values(
        kind=bindparam("new_kind"),
        aliases=bindparam("new_aliases", type_=graph_entities.c.aliases.type),
        is_by_hand=bindparam("new_is_by_hand"),
    )
)
_DROP_UNUSED = Repository.delete(graph_entities).where(
    ~graph_entities.c.is_by_hand,
    graph_entities.c.id.not_in(Repository.select(graph_edges, graph_edges.c.subject_id)),
    graph_entities.c.id.not_in(
        Repository.select(graph_edges, graph_edges.c.object_id).where(graph_edges.c.object_id.is_not(None))
    ),
)


class GraphEntityRepository(Repository):
    async def list_all(self) -> list[Entity]:
        """Every entity, by language and key."""
        return [to_entity(row) for row in await self._execute(_ALL)]

    async def list_page(self, *, text: str | None, kind: TermKind | None, after: str, limit: int) -> list[Entity]:
        """Entities by id; ``after`` is the last id of the page before, or empty."""
        rows = await self._execute(
            _PAGE,
            any_text=text is None,
            of_text=to_pattern(text),
            any_kind=kind is None,
            of_kind=kind or "",
            after=after,
            most=limit,
        )
        return [to_entity(row) for row in rows]

    async def get(self, entity_id: str) -> Entity:
        row = (await self._execute(_GET, of_id=entity_id)).one_or_none()
        if row is None:
            raise NotFoundError("entity", entity_id)
        return to_entity(row)

    async def add(self, entities: Sequence[tuple[str, Entity]]) -> None:
        """Store new entities, each with the key of its name."""
        if entities:
            await self._add(_ADD, *(_values(key, entity) for key, entity in entities))

    async def set(self, entity: Entity) -> None:
        """Store another kind or other aliases."""
        await self._execute(
            _SET,
            of_id=entity.id,
            new_kind=entity.kind,
            new_aliases=list(entity.aliases),
            new_is_by_hand=entity.is_by_hand,
        )

    async def drop_unused(self) -> int:
        """Forget entities that no edge has and no person has touched."""
        return (await self._execute(_DROP_UNUSED)).rowcount


def to_entity(row: Row[tuple[object, ...]]) -> Entity:
    return Entity(
        row.id, row.workspace_id, row.language, row.name, TermKind(row.kind), tuple(row.aliases), row.is_by_hand
    )


def to_pattern(text: str | None) -> str:
    """What LIKE looks for, for a piece of text anywhere; its own wildcards are plain characters."""
    plain = (text or "").lower()
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, f"\\{special}")
    return f"%{plain}%"


def _values(key: str, entity: Entity) -> dict[str, object]:
    return {
        "id": entity.id,
        "language": entity.language,
        "key": key,
        "name": entity.name,
        "kind": entity.kind,
        "aliases": list(entity.aliases),
        "is_by_hand": entity.is_by_hand,
    }
