"""What customers really asked: read from the log of turns, newest first."""

from collections.abc import Iterator

from sqlalchemy import Integer, Row, bindparam

from kefu.domain.improving import AskedQuestion
from kefu.domain.turn import Decision, EventType, TurnState
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.storage.repository import Repository
from kefu.storage.tables import contacts, conversations, events, turns

_LIST = (
    Repository.select(turns, *events.c, contacts.c.segments)
    .join(events, (events.c.turn_id == turns.c.id) & (events.c.type == EventType.TURN_FINISHED))
    .join(conversations, conversations.c.id == turns.c.conversation_id)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(turns.c.state == TurnState.FINISHED)
    .order_by(turns.c.started_at.desc(), turns.c.id.desc())
    .limit(bindparam("at_most", type_=Integer))
)


class AskedQuestions(Repository):
    async def list_newest(self, *, limit: int) -> list[AskedQuestion]:
        """Questions of the last ``limit`` turns that looked something up; a turn may have asked several."""
        rows = await self._execute(_LIST, at_most=limit)
        return [question for row in rows for question in _questions(row)]


def _questions(row: Row[tuple[object, ...]]) -> Iterator[AskedQuestion]:
    """One for each time that the knowledge was searched; text that was not trusted names no question."""
    data: JsonObject = row.data
    if data.get("asked") is None:
        return
    reply = as_object(data["reply"])
    documents = [str(as_object(citation)["document_id"]) for citation in as_list(reply["citations"])]
    for step in as_list(as_object(data["trace"])["steps"]):
        found = as_object(step)
        if found["stage"] != "retrieve":
            continue
        facts = as_object(found["facts"])
        is_answered = found["chosen"] == "answer"
        yield AskedQuestion(
            turn_id=row.turn_id,
            conversation_id=row.conversation_id,
            text=str(facts["question"]),
            language="en" if data["language"] == "en" else "zh",
            at=row.at,
            is_answered=is_answered,
            is_handed_off=reply["decision"] == Decision.HANDOFF,
            probability=float(str(facts["probability"])),
            segments=frozenset(row.segments),
            documents=tuple(dict.fromkeys(documents)) if is_answered else (),
        )
