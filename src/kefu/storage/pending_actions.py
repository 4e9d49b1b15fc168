"""Writes that wait for a yes. Of one conversation and key at most one is open, and of its flows at most one waits."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Integer, Row, and_, bindparam, or_

from kefu.domain.action import AGENTS_STATES, AuthLevel, Caller, PendingAction, PendingActionState
from kefu.domain.errors import NotFoundError
from kefu.storage.repository import Repository
from kefu.storage.tables import pending_actions as table

_CONVERSATION, _KEY = table.c.conversation_id == bindparam("of_conversation"), table.c.key == bindparam("of_key")
_IS_OPEN = table.c.closed_at.is_(None)
_ADD = Repository.insert(table)
_GET = Repository.select(table).where(table.c.id == bindparam("of_id"))
_FIND_NEWEST = (
    Repository.select(table).where(_CONVERSATION, _KEY).order_by(table.c.created_at.desc(), table.c.id.desc()).limit(1)
)
_LIST = (
    Repository.select(table)
    .where(table.c.state.in_(bindparam("of_states", expanding=True)))
    .order_by(table.c.id.desc())
    .limit(bindparam("at_most", type_=Integer))
)
_LIST_OF_CONTACT = (
    Repository.select(table)
    .where(table.c.contact_id == bindparam("of_contact"))
    .order_by(table.c.id.desc())
    .limit(bindparam("at_most", type_=Integer))
)
_LIST_OPEN = Repository.select(table).where(_IS_OPEN, table.c.conversation_id == bindparam("of_conversation"))
_IS_DUE = table.c.expires_at <= bindparam("now")
_LIST_UNDECIDED = Repository.select(table).where(_IS_OPEN, _IS_DUE, table.c.state.in_(list(AGENTS_STATES)))
_WAITS_FOR_CALLER = and_(
    table.c.state == PendingActionState.WAITING, table.c.caller == bindparam("of_caller", type_=table.c.caller.type)
)
_REPLACE = (
    Repository.update(table)
    .where(_CONVERSATION, _IS_OPEN, or_(_KEY, _WAITS_FOR_CALLER))
    .values(state=PendingActionState.REPLACED, closed_at=bindparam("now", type_=table.c.closed_at.type))
)
_WITHDRAW = (
    Repository.update(table)
    .where(table.c.id.in_(bindparam("of_ids", expanding=True)), table.c.state == PendingActionState.WAITING)
    .values(state=PendingActionState.WITHDRAWN, closed_at=bindparam("now", type_=table.c.closed_at.type))
)
_MOVE = (
    Repository.update(table)
    .where(table.c.id == bindparam("of_id"), table.c.state == bindparam("from_state"))
    .values(
        state=bindparam("to_state"),
        expires_at=bindparam("to_expires_at", type_=table.c.expires_at.type),
        decided_by=bindparam("to_decided_by"),
        reason=bindparam("to_reason"),
        closed_at=bindparam("to_closed_at", type_=table.c.closed_at.type),
    )
)
_EXPIRE = Repository.update(table).values(state=PendingActionState.EXPIRED, closed_at=bindparam("now"))
_EXPIRE_UNCONFIRMED = _EXPIRE.where(_IS_OPEN, _IS_DUE, table.c.state == PendingActionState.WAITING)
_EXPIRE_OF_CONVERSATION = _EXPIRE.where(_IS_OPEN, table.c.conversation_id == bindparam("of_conversation"))


class PendingActionRepository(Repository):
    async def add(self, action: PendingAction) -> None:
        """Store it. It replaces the open one of its key, and whatever else of its caller waits in the conversation: a
        customer is asked one thing.
        """
        await self._execute(
            _REPLACE,
            of_conversation=action.conversation_id,
            of_key=action.key,
            of_caller=action.caller,
            now=self._clock.now(),
        )
        await self._add(_ADD, _to_row(action))

    async def get(self, action_id: str) -> PendingAction:
        row = (await self._execute(_GET, of_id=action_id)).one_or_none()
        if row is None:
            raise NotFoundError("pending action", action_id)
        return _to_action(row)

    async def find_newest(self, conversation_id: str, key: str) -> PendingAction | None:
        row = (await self._execute(_FIND_NEWEST, of_conversation=conversation_id, of_key=key)).one_or_none()
        return None if row is None else _to_action(row)

    async def list_newest(self, states: Collection[PendingActionState], *, limit: int) -> list[PendingAction]:
        rows = await self._execute(_LIST, of_states=list(states), at_most=limit)
        return [_to_action(row) for row in rows]

    async def list_of_contact(self, contact_id: str, *, limit: int) -> list[PendingAction]:
        """All that was ever asked for in the name of a contact, the newest first."""
        rows = await self._execute(_LIST_OF_CONTACT, of_contact=contact_id, at_most=limit)
        return [_to_action(row) for row in rows]

    async def move(
        self,
        action: PendingAction,
        state: PendingActionState,
        *,
        expires_at: datetime | None = None,
        decided_by: str | None = None,
        reason: str = "",
    ) -> bool:
        """Give it another state; False when somebody else was first, whose word counts."""
        rows = await self._execute(
            _MOVE,
            of_id=action.id,
            from_state=action.state,
            to_state=state,
            to_expires_at=expires_at or action.expires_at,
            to_decided_by=decided_by or action.decided_by,
            to_reason=reason or action.reason,
            to_closed_at=None if state.is_open else self._clock.now(),
        )
        return rows.rowcount > 0

    async def withdraw(self, action_ids: Sequence[str]) -> None:
        """Nobody is asked these any more; one that has come to something meanwhile stays as it is."""
        await self._execute(_WITHDRAW, of_ids=list(action_ids), now=self._clock.now())

    async def expire_unconfirmed(self) -> int:
        """Close what its customer has not said yes to in time; how many those were."""
        return (await self._execute(_EXPIRE_UNCONFIRMED, now=self._clock.now())).rowcount

    async def list_undecided(self) -> list[PendingAction]:
        """Those that their agents have not decided, or carried out, in time."""
        return [_to_action(row) for row in await self._execute(_LIST_UNDECIDED, now=self._clock.now())]

    async def list_open(self, conversation_id: str) -> list[PendingAction]:
        rows = await self._execute(_LIST_OPEN, of_conversation=conversation_id)
        return [_to_action(row) for row in rows]

    async def expire_of_conversation(self, conversation_id: str) -> list[PendingAction]:
        """Close all of a locked conversation, since a person has taken it over; those, as they were."""
        found = await self.list_open(conversation_id)
        if found:
            await self._execute(_EXPIRE_OF_CONVERSATION, of_conversation=conversation_id, now=self._clock.now())
        return found


def _to_row(action: PendingAction) -> dict[str, object]:
    return {
        "id": action.id,
        "conversation_id": action.conversation_id,
        "contact_id": action.contact_id,
        "auth": action.auth,
        "caller": action.caller,
        "tool": action.tool,
        "key": action.key,
        "arguments": action.arguments,
        "arguments_hash": action.arguments_hash,
        "preview": action.preview,
        "state": action.state,
        "amount": None if action.amount is None else str(action.amount),
        "needs_approval": action.needs_approval,
        "shown_turn": action.shown_turn,
        "decided_by": action.decided_by,
        "reason": action.reason,
        "created_at": action.created_at,
        "expires_at": action.expires_at,
    }


def _to_action(row: Row[tuple[object, ...]]) -> PendingAction:
    return PendingAction(
        id=row.id,
        workspace_id=row.workspace_id,
        conversation_id=row.conversation_id,
        contact_id=row.contact_id,
        auth=AuthLevel(row.auth),
        caller=Caller(row.caller),
        tool=row.tool,
        key=row.key,
        arguments=row.arguments,
        arguments_hash=row.arguments_hash,
        preview=row.preview,
        state=PendingActionState(row.state),
        amount=None if row.amount is None else Decimal(row.amount),
        needs_approval=row.needs_approval,
        shown_turn=row.shown_turn,
        created_at=row.created_at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        reason=row.reason,
    )
