"""A visitor's conversations: open, read, rate, stop, and look behind a citation or a turn."""

from dataclasses import dataclass

from kefu.domain.conversation import Conversation, Language, Rating
from kefu.domain.desk import DeskEventDraft, DeskEventType
from kefu.domain.errors import InvalidInputError, NotFoundError
from kefu.domain.turn import Event, EventType
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.services.delivery import DeliveryService
from kefu.services.principal import Visitor
from kefu.services.runner import TurnRunner
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_SCORES = range(1, 6)
_MAX_COMMENT = 2_000
_CONTEXT = 400
"""Code points shown on either side of a quote."""


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A citation with the text around it; ``start``/``end`` mark the quote inside ``text``."""

    citation: JsonObject
    text: str
    start: int
    end: int
    title: str
    version: int
    is_current: bool


class ConversationService:
    """Every call answers as if conversations of other contacts did not exist."""

    def __init__(self, database: Database, *, delivery: DeliveryService, runner: TurnRunner, clock: Clock) -> None:
        self._database = database
        self._delivery = delivery
        self._runner = runner
        self._clock = clock

    async def create(self, visitor: Visitor, *, language: Language | None) -> Conversation:
        async with self._database.write(visitor.workspace_id) as unit:
            return await unit.conversations.create(
                inbox_id=visitor.inbox_id, contact_id=visitor.contact_id, language=language
            )

    async def get(self, visitor: Visitor, conversation_id: str) -> Conversation:
        async with self._database.read(visitor.workspace_id) as unit:
            return await get_own(unit, visitor, conversation_id)

    async def rate(self, visitor: Visitor, conversation_id: str, *, score: int, comment: str) -> None:
        """Keep what the visitor thinks of it; agents hear of it when one of them had to do with it."""
        if score not in _SCORES:
            raise InvalidInputError("A score is 1 to 5.", field="score")
        if len(comment) > _MAX_COMMENT:
            raise InvalidInputError(f"A comment has at most {_MAX_COMMENT} characters.", field="comment")
        async with self._database.write(visitor.workspace_id) as unit:
            conversation = await get_own(unit, visitor, conversation_id)
            await unit.conversations.rate(Rating(conversation.id, score, comment, self._clock.now()))
            assignment = await unit.assignments.find(conversation.id)
            data: JsonObject = {"score": score, "comment": comment}
            rated = DeskEventDraft(DeskEventType.CONVERSATION_RATED, conversation.id, data)
            told = [] if assignment is None else await unit.desk_events.append(rated)
        await self._delivery.publish_desk(visitor.workspace_id, told)

    async def stop(self, visitor: Visitor, conversation_id: str) -> None:
        """Let the turn of the newest message say no more. The record decides; the signal only makes it quick."""
        async with self._database.write(visitor.workspace_id) as unit:
            await get_own(unit, visitor, conversation_id)
            await unit.conversations.stop(conversation_id)
        await self._runner.stop(conversation_id)

    async def get_citation(self, visitor: Visitor, conversation_id: str, citation_id: str) -> CitedPassage:
        """Only citations that were shown in this conversation can be opened."""
        async with self._database.read(visitor.workspace_id) as unit:
            await get_own(unit, visitor, conversation_id)
            citation = await _find_citation(unit, conversation_id, citation_id)
            document = await unit.documents.get(str(citation["document_id"]))
        start, end = int(str(citation["start"])), int(str(citation["end"]))
        first, last = max(0, start - _CONTEXT), min(len(document.text), end + _CONTEXT)
        return CitedPassage(
            citation=citation,
            text=document.text[first:last],
            start=start - first,
            end=end - first,
            title=document.title,
            version=document.version,
            is_current=document.is_current,
        )


async def get_own(
    unit: Unit, visitor: Visitor, conversation_id: str, *, hidden: tuple[str, str] | None = None
) -> Conversation:
    """A conversation of the visitor's. Raises NotFoundError, for another one too, naming what is ``hidden``."""
    conversation = await unit.conversations.get(conversation_id)
    if conversation.contact_id != visitor.contact_id:
        raise NotFoundError(*(hidden or ("conversation", conversation_id)))
    return conversation


async def _find_citation(unit: Unit, conversation_id: str, citation_id: str) -> JsonObject:
    turn_id = "turn_" + citation_id.removeprefix("cit_").rpartition("_")[0]
    for event in await unit.events.list_of_turn(turn_id):
        if _cites(event, conversation_id, citation_id):
            return as_object(event.data["citation"])
    raise NotFoundError("citation", citation_id)


def _cites(event: Event, conversation_id: str, citation_id: str) -> bool:
    citation = event.data.get("citation")
    is_here = event.conversation_id == conversation_id and event.type is EventType.CITATION_ADDED
    return is_here and isinstance(citation, dict) and citation["id"] == citation_id
