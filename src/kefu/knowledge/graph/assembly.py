"""Drafts to edges: names become entities, each once, and places become proofs in a document version."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from kefu.domain.conversation import Language
from kefu.domain.graph import Edge, EdgeStatus, Entity, Proof
from kefu.domain.knowledge import Chunk
from kefu.kit.ids import new_id
from kefu.knowledge.graph.drafts import EdgeDraft, Name, key_of

EntityKey = tuple[Language, str]
"""A language and the key of a name."""


class Entities:
    """The entities of a workspace by their names and aliases; a name that is new becomes one."""

    def __init__(self, workspace_id: str, known: Iterable[Entity] = ()) -> None:
        self._workspace_id = workspace_id
        self._by_key: dict[EntityKey, Entity] = {}
        self.added: list[Entity] = []
        for entity in known:
            for name in (*entity.aliases, entity.name):
                self._by_key[entity.language, key_of(name, entity.language)] = entity

    def get(self, name: Name, language: Language) -> Entity:
        """The entity of this name."""
        key = language, key_of(name.text, language)
        if key not in self._by_key:
            entity = Entity(new_id("ent"), self._workspace_id, language, name.text.strip(), name.kind)
            self._by_key[key] = entity
            self.added.append(entity)
        return self._by_key[key]


def to_edges(
    drafts: Iterable[EdgeDraft], chunks: Mapping[str, Chunk], *, entities: Entities, now: datetime
) -> list[Edge]:
    """The edges of drafts that were read from these chunks; new names are added to ``entities``."""
    return [_to_edge(draft, chunks[draft.chunk_id], entities, now) for draft in drafts]


def _to_edge(draft: EdgeDraft, chunk: Chunk, entities: Entities, now: datetime) -> Edge:
    return Edge(
        id=new_id("edge"),
        workspace_id=chunk.workspace_id,
        fact=draft.fact,
        subject=entities.get(draft.subject, draft.language),
        relation=draft.relation,
        object=None if draft.object is None else entities.get(draft.object, draft.language),
        value=draft.value,
        is_negated=draft.is_negated,
        qualifier=draft.qualifier,
        proof=to_proof(chunk, start=draft.start, end=draft.end),
        extractor=draft.extractor,
        confidence=draft.confidence,
        status=EdgeStatus.PROPOSED,
        created_at=now,
    )


def to_proof(chunk: Chunk, *, start: int, end: int) -> Proof:
    """``start`` and ``end`` are offsets into the document; they lie in the chunk."""
    return Proof(
        document_id=chunk.document_id,
        document_key=chunk.document_key,
        language=chunk.language,
        version=chunk.document_version,
        chunk_id=chunk.id,
        start=start,
        end=end,
        sentence=chunk.text[start - chunk.start : end - chunk.start],
    )
