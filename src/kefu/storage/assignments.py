"""Who is to answer which conversation; who waits, and at which place."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Integer, Row, bindparam, func

from kefu.domain.desk import Assignment
from kefu.domain.turn import HandoffReason
from kefu.storage.repository import Repository
from kefu.storage.tables import assignments, conversation_labels

_IS_THIS = assignments.c.conversation_id == bindparam("of_conversation")
_ADD = Repository.insert(assignments)
_DELETE = Repository.delete(assignments).where(_IS_THIS)
_FIND = Repository.select(assignments).where(_IS_THIS)
_COUNT_WAITING = Repository.select(assignments, func.count().label("waiting")).where(assignments.c.is_waiting)
_COUNT_BEFORE = _COUNT_WAITING.where(assignments.c.due_at < bindparam("due", type_=assignments.c.due_at.type))
_OF_LABELLED = conversation_labels.c.conversation_id == bindparam("of_conversation")
_ADD_LABEL = Repository.insert(conversation_labels)
_DELETE_LABELS = Repository.delete(conversation_labels).where(_OF_LABELLED)
_LIST_LABELS = (
    Repository.select(conversation_labels)
    .where(conversation_labels.c.conversation_id.in_(bindparam("of_conversations", expanding=True)))
    .order_by(conversation_labels.c.label)
)
_LIST_DUE = (
    Repository.select(assignments, assignments.c.due_at)
    .where(assignments.c.is_waiting)
    .order_by(assignments.c.due_at)
    .limit(bindparam("at_most", type_=Integer))
)


class AssignmentRepository(Repository):
    async def put(self, assignment: Assignment) -> None:
        """Store the assignment of a conversation whose row is locked; it replaces the one before."""
        await self._execute(_DELETE, of_conversation=assignment.conversation_id)
        await self._add(_ADD, asdict(assignment))

    async def find(self, conversation_id: str) -> Assignment | None:
        row = (await self._execute(_FIND, of_conversation=conversation_id)).one_or_none()
        return None if row is None else to_assignment(row)

    async def count_waiting(self, *, due_before: datetime | None = None) -> int:
        """How many conversations wait; with ``due_before``, how many of them are due earlier."""
        if due_before is None:
            return int((await self._execute(_COUNT_WAITING)).scalar_one())
        return int((await self._execute(_COUNT_BEFORE, due=due_before)).scalar_one())

    async def list_due(self, *, limit: int) -> list[datetime]:
        """When the waiting ones are due, the earliest first: a place is a rank in it."""
        return [row.due_at for row in await self._execute(_LIST_DUE, at_most=limit)]

    async def set_labels(self, conversation_id: str, labels: list[str]) -> None:
        await self._execute(_DELETE_LABELS, of_conversation=conversation_id)
        if labels:
            rows = [{"conversation_id": conversation_id, "label": label} for label in labels]
            await self._add(_ADD_LABEL, *rows)

    async def list_labels(self, conversation_ids: list[str]) -> dict[str, tuple[str, ...]]:
        """Labels by conversation; one without labels is not in it."""
        found: dict[str, tuple[str, ...]] = {}
        for row in await self._execute(_LIST_LABELS, of_conversations=conversation_ids):
            found[row.conversation_id] = (*found.get(row.conversation_id, ()), row.label)
        return found


def to_assignment(row: Row[tuple[object, ...]]) -> Assignment:
    return Assignment(
        conversation_id=row.conversation_id,
        reason=None if row.reason is None else HandoffReason(row.reason),
        is_waiting=row.is_waiting,
        queued_at=row.queued_at,
        due_at=row.due_at,
        promised_at=row.promised_at,
        agent_id=row.agent_id,
        team_id=row.team_id,
        taken_at=row.taken_at,
        snoozed_until=row.snoozed_until,
        policy=row.policy,
    )
