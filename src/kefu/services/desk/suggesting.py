"""A reply that an agent may send: what the knowledge says about the customer's last question. Never sent by itself."""

from dataclasses import dataclass

from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.finding import Finder
from kefu.domain.conversation import Author
from kefu.domain.knowledge import Citation, Viewer
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.text import detect_language
from kefu.services.knowledge_base import KnowledgeBaseService
from kefu.services.principal import Operator
from kefu.storage.database import Database

_RECENT = 120


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` is None when no document answers; ``probability`` is the calibrated one of an answer, as in a turn."""

    question: str
    text: str | None
    probability: float
    citations: tuple[Citation, ...]


class SuggestingService:
    """Asks the same index and the same finder as a turn, with what the customer may be shown."""

    def __init__(self, database: Database, *, knowledge: KnowledgeBaseService, finder: Finder, clock: Clock) -> None:
        self._database = database
        self._knowledge = knowledge
        self._finder = finder
        self._clock = clock

    async def suggest(self, operator: Operator, conversation_id: str) -> Suggestion | None:
        """None when the customer has written nothing. Quotes only: an agent checks them faster than a paraphrase."""
        async with self._database.read(operator.workspace_id) as unit:
            conversation = await unit.conversations.get(conversation_id)
            contact = await unit.contacts.find(conversation.contact_id)
            recent = await unit.messages.list_since(
                conversation_id, floor=conversation.last_seq - _RECENT, handled_seq=conversation.handled_seq
            )
        said = [message.text for message in recent if message.author is Author.VISITOR]
        if not said:
            return None
        question = said[-1]
        language = conversation.language or detect_language(question)
        segments = frozenset[str]() if contact is None else contact.segments
        viewer = Viewer(self._clock.now(), segments)
        index = await self._knowledge.index_for(operator.workspace_id, viewer=viewer)
        finding = await self._finder.find(question, language=language, index=index)
        if not finding.is_answerable:
            return Suggestion(question, None, finding.probability, ())
        citations = CitationList(new_id("turn"))
        cited = tuple(citations.cite(quote)[0] for quote in finding.quotes)
        text = "\n".join(quote.text for quote in finding.quotes)
        return Suggestion(question, text, finding.probability, cited)
