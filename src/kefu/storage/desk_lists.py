"""What agents see as lists: conversations with who is to answer them, the oldest promise first."""

from sqlalchemy import ColumnElement, Integer, String, and_, bindparam, func, or_, true

from kefu.domain.conversation import Handler, Status
from kefu.domain.desk import DeskFilter, DeskItem, DeskView
from kefu.storage.assignments import to_assignment
from kefu.storage.conversations import to_conversation
from kefu.storage.repository import Repository
from kefu.storage.tables import assignments, conversation_labels, conversations, messages


def _is(name: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """A filter that a None leaves open."""
    value = bindparam(name, type_=String)
    return or_(value.is_(None), column == value)


_LABELLED = (
    Repository.select(conversation_labels, conversation_labels.c.conversation_id)
    .where(conversation_labels.c.label == bindparam("of_label"))
    .scalar_subquery()
)
_FILTER = and_(
    _is("of_agent", assignments.c.agent_id),
    _is("of_team", assignments.c.team_id),
    _is("of_inbox", conversations.c.inbox_id),
    _is("of_language", conversations.c.language),
    _is("of_reason", assignments.c.reason),
    or_(bindparam("of_label", type_=String).is_(None), conversations.c.id.in_(_LABELLED)),
)
_VIEWS: dict[DeskView, ColumnElement[bool]] = {
    DeskView.WAITING: assignments.c.is_waiting,
    DeskView.HELD: and_(conversations.c.handler == Handler.AGENT, conversations.c.status == Status.OPEN),
    DeskView.SNOOZED: conversations.c.status == Status.SNOOZED,
    DeskView.RESOLVED: conversations.c.status == Status.RESOLVED,
    DeskView.ALL: true(),
}
_ASSIGNMENT_COLUMNS = [column for column in assignments.c if column.name != "workspace_id"]
_JOINED = (
    Repository.select(conversations, *conversations.c, *_ASSIGNMENT_COLUMNS, messages.c.text)
    .join(assignments, assignments.c.conversation_id == conversations.c.id)
    .outerjoin(
        messages,
        and_(messages.c.conversation_id == conversations.c.id, messages.c.seq == conversations.c.inbound_seq),
    )
)
_ORDER = func.coalesce(assignments.c.due_at, conversations.c.updated_at), conversations.c.id
_LISTS = {
    view: _JOINED.where(_FILTER, condition).order_by(*_ORDER).limit(bindparam("at_most", type_=Integer))
    for view, condition in _VIEWS.items()
}
_COUNTS = {
    view: Repository.select(conversations, func.count().label("total"))
    .join(assignments, assignments.c.conversation_id == conversations.c.id)
    .where(_FILTER, condition)
    for view, condition in _VIEWS.items()
}


class DeskLists(Repository):
    async def list_items(self, view: DeskView, *, wanted: DeskFilter, limit: int) -> list[DeskItem]:
        """The most urgent first; places and labels are not filled in."""
        rows = await self._execute(_LISTS[view], **_parameters(wanted), at_most=limit)
        return [DeskItem(to_conversation(row), to_assignment(row), None, preview=row.text or "") for row in rows]

    async def count(self, view: DeskView, *, wanted: DeskFilter) -> int:
        return int((await self._execute(_COUNTS[view], **_parameters(wanted))).scalar_one())


def _parameters(wanted: DeskFilter) -> dict[str, object]:
    return {
        "of_agent": wanted.agent_id,
        "of_team": wanted.team_id,
        "of_inbox": wanted.inbox_id,
        "of_language": wanted.language,
        "of_label": wanted.label,
        "of_reason": wanted.reason,
    }
