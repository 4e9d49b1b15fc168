"""The knowledge graph as people see and curate it."""

from dataclasses import dataclass, replace

from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError
from kefu.domain.graph import Edge, EdgeFilter, EdgeStatus, Entity, Extractor, Proof, Value
from kefu.domain.job import Job, JobDraft
from kefu.domain.knowledge import TermKind
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.knowledge.graph.assembly import Entities, to_proof
from kefu.knowledge.graph.drafts import Name, fact_of, key_of
from kefu.knowledge.graph.values import read_value
from kefu.services.graph_build import GRAPH_JOB, reading_of
from kefu.services.jobs import order_in
from kefu.storage.database import Database
from kefu.storage.unit import Unit

MOST_SHOWN = 500
_SUBJECT = "knowledge"


@dataclass(frozen=True, slots=True)
class EdgeText:
    """What a person says: with ``document_key`` and ``sentence`` it is proved, and may be quoted.

    ``object`` names another thing, ``value`` is a value; one of them is given.
    """

    language: Language
    subject: str
    relation: str
    object: str | None = None
    value: str | None = None
    is_negated: bool = False
    qualifier: str = ""
    document_key: str | None = None
    sentence: str | None = None


class GraphService:
    """Every change raises the knowledge version in its own transaction, so that the next turn hears of it."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def order_build(self, workspace_id: str) -> Job:
        """Read what is not read yet; while such a job is open, that one is returned."""
        async with self._database.write(workspace_id) as unit:
            return await order_in(unit, JobDraft(GRAPH_JOB, _SUBJECT))

    async def order_if_due(self, workspace_id: str) -> None:
        """Order a build if a document is not read yet."""
        async with self._database.read(workspace_id) as unit:
            reading = reading_of(await unit.terms.list_all())
            unread = await unit.graph_edges.list_unread(reading)
        if unread:
            await self.order_build(workspace_id)

    async def list_entities(
        self,
        workspace_id: str,
        *,
        text: str | None = None,
        kind: TermKind | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Entity]:
        async with self._database.read(workspace_id) as unit:
            return await unit.graph_entities.list_page(text=text, kind=kind, after=after, limit=min(limit, MOST_SHOWN))

    async def list_edges(
        self, workspace_id: str, chosen: EdgeFilter | None = None, *, after: str = "", limit: int = 100
    ) -> list[Edge]:
        async with self._database.read(workspace_id) as unit:
            return await unit.graph_edges.list_page(chosen or EdgeFilter(), after=after, limit=min(limit, MOST_SHOWN))

    async def list_live(self, workspace_id: str) -> list[Edge]:
        """All that is used: nothing rejected, nothing of a document that is out of use."""
        async with self._database.read(workspace_id) as unit:
            return await unit.graph_edges.list_live()

    async def set_entity(
        self, workspace_id: str, entity_id: str, *, kind: TermKind | None = None, aliases: tuple[str, ...] | None = None
    ) -> Entity:
        """Another kind or other aliases, which no reading changes. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            entity = await unit.graph_entities.get(entity_id)
            changed = replace(
                entity,
                kind=entity.kind if kind is None else kind,
                aliases=entity.aliases if aliases is None else aliases,
                is_by_hand=True,
            )
            await unit.graph_entities.set(changed)
            await unit.workspaces.bump_knowledge_version()
            return changed

    async def judge(self, workspace_id: str, edge_id: str, status: EdgeStatus) -> Edge:
        """Accept or reject an edge; the judgement outlives new versions of its document. Raises NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            edge = await unit.graph_edges.get(edge_id)
            await unit.graph_edges.set_status(edge_id, status)
            await unit.workspaces.bump_knowledge_version()
            return replace(edge, status=status)

    async def add(self, workspace_id: str, text: EdgeText) -> Edge:
        """Store what a person says. Raises InvalidInputError and NotFoundError."""
        async with self._database.write(workspace_id) as unit:
            edge = await self._add(unit, text)
            await unit.workspaces.bump_knowledge_version()
            return edge

    async def change(self, workspace_id: str, edge_id: str, text: EdgeText) -> Edge:
        """Reject an edge and store what a person says in its place, by default with the same proof."""
        async with self._database.write(workspace_id) as unit:
            old = await unit.graph_edges.get(edge_id)
            await unit.graph_edges.set_status(edge_id, EdgeStatus.REJECTED)
            if text.document_key is None and old.proof is not None:
                text = replace(text, document_key=old.proof.document_key, sentence=old.proof.sentence)
            edge = await self._add(unit, text)
            await unit.workspaces.bump_knowledge_version()
            return edge

    async def _add(self, unit: Unit, text: EdgeText) -> Edge:
        if (text.object is None) == (text.value is None):
            raise InvalidInputError("Give an object or a value, and not both.", field="object")
        proof = await _prove(unit, text)
        entities = Entities(unit.workspace_id, await unit.graph_entities.list_all())
        subject = entities.get(Name(text.subject), text.language)
        other = None if text.object is None else entities.get(Name(text.object), text.language)
        await unit.graph_entities.add([(key_of(one.name, one.language), one) for one in entities.added])
        edge = self._to_edge(unit.workspace_id, text, subject=subject, other=other, proof=proof)
        known = await unit.graph_edges.find_fact(edge.fact, key=text.document_key, language=text.language)
        edge = edge if known is None else replace(edge, id=known.id)
        await unit.graph_edges.replace(edge)
        return edge

    def _to_edge(
        self, workspace_id: str, text: EdgeText, *, subject: Entity, other: Entity | None, proof: Proof | None
    ) -> Edge:
        value: Value | None = None if text.value is None else read_value(text.value, text.language)
        fact = fact_of(
            text.language,
            subject=text.subject,
            relation=text.relation,
            said=text.object or text.value or "",
            is_negated=text.is_negated,
            qualifier=text.qualifier,
        )
        return Edge(
            id=new_id("edge"),
            workspace_id=workspace_id,
            fact=fact,
            subject=subject,
            relation=text.relation,
            object=other,
            value=value,
            is_negated=text.is_negated,
            qualifier=text.qualifier,
            proof=proof,
            extractor=Extractor.HAND,
            confidence=1.0,
            status=EdgeStatus.BY_HAND,
            created_at=self._clock.now(),
        )


async def _prove(unit: Unit, text: EdgeText) -> Proof | None:
    """Where the current version of the document says it, word for word."""
    if text.document_key is None:
        return None
    if not text.sentence:
        raise InvalidInputError("Give the sentence of the document that says it.", field="sentence")
    document = await unit.documents.find_current(text.document_key, text.language)
    for chunk in await unit.document_lists.list_chunks_of(document.id) if document else ():
        place = chunk.text.find(text.sentence)
        if place >= 0:
            start = chunk.start + place
            return to_proof(chunk, start=start, end=start + len(text.sentence))
    raise InvalidInputError("The current version of this document has no such sentence.", field="sentence")
