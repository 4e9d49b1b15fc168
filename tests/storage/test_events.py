"""The log: numbers without gaps, fenced writers, nothing half-written; the same on SQLite and PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest

from kefu.domain.errors import LeaseLostError, NotFoundError, TurnSupersededError
from kefu.domain.turn import Change, EventDraft, EventType
from kefu.storage.database import Database
from tests.storage.seeds import seed

LONG = timedelta(minutes=1)
DRAFT = EventDraft(EventType.ANSWER_DELTA, {"text": "七天无理由退货", "kind": "quote"}, "turn_1")


async def test_numbers_have_no_gap_under_parallel_writers(database: Database) -> None:
    found = await seed(database)

    async def append() -> None:
        async with database.write(found.workspace.id) as unit:
            await unit.events.append(found.conversation.id, [DRAFT, DRAFT], change=Change())

    await asyncio.gather(*(append() for _ in range(20)))
    async with database.read(found.workspace.id) as unit:
        events = await unit.events.list_after(found.conversation.id, 0)
    assert [event.seq for event in events] == list(range(1, 41))
    assert events[0].data == DRAFT.data


async def test_rolled_back_append_leaves_no_gap(database: Database) -> None:
    found = await seed(database)
    with pytest.raises(RuntimeError):
        async with database.write(found.workspace.id) as unit:
            await unit.events.append(found.conversation.id, [DRAFT], change=Change())
            raise RuntimeError
    async with database.write(found.workspace.id) as unit:
        (event,) = await unit.events.append(found.conversation.id, [DRAFT], change=Change())
    assert event.seq == 1


async def test_older_lease_holder_cannot_write(database: Database) -> None:
    found = await seed(database)
    async with database.write(found.workspace.id) as unit:
        old = await unit.conversations.acquire_lease(found.conversation.id, lifetime=timedelta(seconds=-1))
    async with database.write(found.workspace.id) as unit:
        new = await unit.conversations.acquire_lease(found.conversation.id, lifetime=LONG)
    assert old is not None
    assert new is not None
    assert new.token > old.token
    with pytest.raises(LeaseLostError):
        async with database.write(found.workspace.id) as unit:
            await unit.events.append(found.conversation.id, [DRAFT], change=Change(), lease=old)
    async with database.write(found.workspace.id) as unit:
        await unit.events.append(found.conversation.id, [DRAFT], change=Change(), lease=new)


async def test_a_held_lease_is_given_to_nobody_else(database: Database) -> None:
    found = await seed(database)

    async def acquire() -> bool:
        async with database.write(found.workspace.id) as unit:
            return await unit.conversations.acquire_lease(found.conversation.id, lifetime=LONG) is not None

    assert sorted(await asyncio.gather(*(acquire() for _ in range(10)))) == [False] * 9 + [True]


async def test_first_sentence_is_refused_after_a_newer_message(database: Database) -> None:
    found = await seed(database)
    async with database.write(found.workspace.id) as unit:
        await unit.events.append(found.conversation.id, [DRAFT], change=Change(is_inbound=True))
    with pytest.raises(TurnSupersededError):
        async with database.write(found.workspace.id) as unit:
            await unit.events.append(found.conversation.id, [DRAFT], change=Change(), seen_inbound=0)


async def test_other_workspaces_do_not_exist(database: Database) -> None:
    ours, theirs = await seed(database, slug="ours"), await seed(database, slug="theirs")
    with pytest.raises(NotFoundError):
        async with database.write(ours.workspace.id) as unit:
            await unit.events.append(theirs.conversation.id, [DRAFT], change=Change())
    async with database.read(ours.workspace.id) as unit:
        assert await unit.events.list_after(theirs.conversation.id, 0) == []
        with pytest.raises(NotFoundError):
            await unit.conversations.get(theirs.conversation.id)


async def test_how_the_dialogue_was_left_is_found_behind_500_other_events(database: Database) -> None:
    found = await seed(database)
    ending = EventDraft(EventType.TURN_FINISHED, {"dialogue": {"turns": 7}}, "turn_1")
    async with database.write(found.workspace.id) as unit:
        await unit.events.append(found.conversation.id, [DRAFT, ending, *[DRAFT] * 500], change=Change())
    async with database.read(found.workspace.id) as unit:
        events = await unit.events.list_recent(found.conversation.id, floor=502 - 120)
    assert [event.seq for event in events] == [2, *range(383, 503)]
    assert events[0].data == ending.data


async def test_a_conversation_without_a_turn_has_only_its_events(database: Database) -> None:
    found = await seed(database)
    async with database.write(found.workspace.id) as unit:
        await unit.events.append(found.conversation.id, [DRAFT], change=Change())
    async with database.read(found.workspace.id) as unit:
        assert len(await unit.events.list_recent(found.conversation.id, floor=-119)) == 1
