"""The log: appended, numbered without gaps, fenced."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Integer, Row, bindparam, case, func, null, or_

from kefu.domain.errors import KefuError, LeaseLostError, NotFoundError, TurnSupersededError
from kefu.domain.turn import Change, Event, EventDraft, EventType, Lease
from kefu.storage.repository import Repository
from kefu.storage.tables import conversations, events

_OF_CONVERSATION = events.c.conversation_id == bindparam("of_conversation")
_AT_MOST = bindparam("at_most", type_=Integer)
_ADD = Repository.insert(events)
_LIST_AFTER = (
    Repository.select(events)
    .where(_OF_CONVERSATION, events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(_AT_MOST)
)
_LAST_TURN = (
    Repository.select(events, events.c.seq)
    .where(_OF_CONVERSATION, events.c.type == EventType.TURN_FINISHED)
    .order_by(events.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
"""Walks back through the primary key: a few rows, unless a person has held the conversation for long."""
_LIST_RECENT = (
    Repository.select(events)
    .where(_OF_CONVERSATION, or_(events.c.seq > bindparam("floor"), events.c.seq == _LAST_TURN))
    .order_by(events.c.seq)
)
_LAST_TURN_UNTIL = (
    Repository.select(events, events.c.seq)
    .where(_OF_CONVERSATION, events.c.type == EventType.TURN_FINISHED, events.c.seq <= bindparam("last"))
    .order_by(events.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_LIST_BETWEEN = (
    Repository.select(events)
    .where(
        _OF_CONVERSATION,
        events.c.seq <= bindparam("last"),
        or_(events.c.seq > bindparam("floor"), events.c.seq == _LAST_TURN_UNTIL),
    )
    .order_by(events.c.seq)
)
_LIST_OF_TURN = Repository.select(events).where(events.c.turn_id == bindparam("of_turn")).order_by(events.c.seq)


def _given(name: str, column: Column[Any]) -> ColumnElement[Any]:
    """A parameter, or what the column says where the parameter is None."""
    return func.coalesce(bindparam(name, type_=column.type), column)


_NEW_SEQ = conversations.c.last_seq + bindparam("count", type_=Integer)
_ADVANCE = (
    Repository.update(conversations)
    .where(
        conversations.c.id == bindparam("of_id"),
        conversations.c.lease_token == _given("of_token", conversations.c.lease_token),
        conversations.c.inbound_seq == _given("seen_inbound", conversations.c.inbound_seq),
    )
    .values(
        last_seq=_NEW_SEQ,
        inbound_seq=case((bindparam("is_inbound", type_=Boolean), _NEW_SEQ), else_=conversations.c.inbound_seq),
        handled_seq=_given("to_handled_seq", conversations.c.handled_seq),
        handler=_given("to_handler", conversations.c.handler),
        status=_given("to_status", conversations.c.status),
        language=_given("to_language", conversations.c.language),
        lease_expires_at=case((bindparam("is_last", type_=Boolean), null()), else_=conversations.c.lease_expires_at),
        updated_at=bindparam("now"),
    )
    .returning(conversations.c.last_seq)
)
_GET_TOKEN = Repository.select(conversations, conversations.c.lease_token).where(
    conversations.c.id == bindparam("of_id")
)


class EventRepository(Repository):
    async def append(
        self,
        conversation_id: str,
        drafts: Sequence[EventDraft],
        *,
        change: Change,
        lease: Lease | None = None,
        seen_inbound: int | None = None,
        is_last: bool = False,
    ) -> list[Event]:
        """Number and store events, and change the conversation's projection with them.

        The update of the conversation's row hands out the numbers, so two writers cannot take the same ones and a
        rolled-back transaction leaves no gap. With a ``lease`` only its holder may append (LeaseLostError), who gives
        it back with what ``is_last``; with ``seen_inbound`` only while no newer visitor message exists
        (TurnSupersededError).
        """
        now = self._clock.now()
        rows = await self._execute(
            _ADVANCE,
            of_id=conversation_id,
            of_token=None if lease is None else lease.token,
            seen_inbound=seen_inbound,
            count=len(drafts),
            is_inbound=change.is_inbound,
            to_handled_seq=change.handled_seq,
            to_handler=change.handler,
            to_status=change.status,
            to_language=change.language,
            is_last=is_last,
            now=now,
        )
        last_seq = rows.scalar_one_or_none()
        if last_seq is None:
            raise await self._refusal(conversation_id, lease)
        stored = [
            Event(conversation_id, seq, draft.type, draft.data, draft.turn_id, now)
            for seq, draft in enumerate(drafts, start=last_seq - len(drafts) + 1)
        ]
        if stored:
            await self._add(_ADD, *map(_to_row, stored))
        return stored

    async def list_after(self, conversation_id: str, seq: int, *, limit: int = 500) -> list[Event]:
        """Events with a number above ``seq``, in order."""
        rows = await self._execute(_LIST_AFTER, of_conversation=conversation_id, after=seq, at_most=limit)
        return [_to_event(row) for row in rows]

    async def list_recent(self, conversation_id: str, *, floor: int) -> list[Event]:
        """Events with a number above ``floor``, in order, and before them the end of the last turn if it is older: in
        it stands how the dialogue was left.
        """
        rows = await self._execute(_LIST_RECENT, of_conversation=conversation_id, floor=floor)
        return [_to_event(row) for row in rows]

    async def list_between(self, conversation_id: str, *, floor: int, last: int) -> list[Event]:
        """What ``list_recent`` gave when ``last`` was the conversation's last number."""
        rows = await self._execute(_LIST_BETWEEN, of_conversation=conversation_id, floor=floor, last=last)
        return [_to_event(row) for row in rows]

    async def list_of_turn(self, turn_id: str) -> list[Event]:
        rows = await self._execute(_LIST_OF_TURN, of_turn=turn_id)
        return [_to_event(row) for row in rows]

    async def _refusal(self, conversation_id: str, lease: Lease | None) -> KefuError:
        token = (await self._execute(_GET_TOKEN, of_id=conversation_id)).scalar_one_or_none()
        if token is None:
            return NotFoundError("conversation", conversation_id)
        if lease is not None and token != lease.token:
            return LeaseLostError(conversation_id=conversation_id, token=lease.token)
        return TurnSupersededError(conversation_id=conversation_id)


def _to_row(event: Event) -> dict[str, object]:
    return {
        "conversation_id": event.conversation_id,
        "seq": event.seq,
        "type": event.type,
        "turn_id": event.turn_id,
        "data": event.data,
        "at": event.at,
    }


def _to_event(row: Row[tuple[object, ...]]) -> Event:
    return Event(
        conversation_id=row.conversation_id,
        seq=row.seq,
        type=EventType(row.type),
        data=row.data,
        turn_id=row.turn_id,
        at=row.at,
    )
