"""One contract for the gate's books, wherever they are kept: of one key there is one write."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from kefu.dialogue.tools.memory import MemoryLedger
from kefu.domain.action import (
    AuthLevel,
    Caller,
    CallRate,
    LedgerEntry,
    LedgerOutcome,
    LedgerStatus,
    PendingAction,
    PendingActionState,
    PluginState,
)
from kefu.domain.errors import LeaseLostError
from kefu.domain.turn import Lease
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.plugins.context import ToolContact
from kefu.storage.database import Database
from tests.storage.seeds import seed
from tests.support.writes import Books, stored_books

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> str:
    """A database's URL; empty for books in memory."""
    if request.param == "memory":
        return ""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_database_url")
    return url


@pytest.fixture
async def books(place: str) -> AsyncIterator[Books]:
    if not place:
        state = PluginState("ws", "desk", True, {}, (), Clock().now())
        ledger = MemoryLedger(clock=Clock(), states=[state])
        yield Books(ledger, "ws", "conv", ToolContact("cont", "ann", AuthLevel.IDENTIFIED))
        return
    database = Database(place, clock=Clock())
    yield await stored_books(database)
    await database.aclose()


def entry_of(books: Books, key: str = "k", **changes: object) -> LedgerEntry:
    now = Clock().now()
    entry = LedgerEntry(
        id=new_id("led"),
        workspace_id=books.workspace_id,
        key=key,
        tool="cancel_order",
        conversation_id=books.conversation_id,
        contact_id=books.contact.id,
        turn_id="turn_1",
        action_id=None,
        arguments={"order_id": "o1", "amount": "1.50"},
        arguments_hash="a" * 64,
        status=LedgerStatus.EXECUTING,
        result={},
        code="",
        detail="",
        decided_by=None,
        attempts=0,
        started_at=now,
        check_at=now + MINUTE,
        finished_at=None,
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def action_of(books: Books, key: str = "k", **changes: object) -> PendingAction:
    now = Clock().now()
    action = PendingAction(
        id=new_id("act"),
        workspace_id=books.workspace_id,
        conversation_id=books.conversation_id,
        contact_id=books.contact.id,
        auth=AuthLevel.IDENTIFIED,
        caller=Caller.FLOW,
        tool="cancel_order",
        key=key,
        arguments={"order_id": "o1"},
        arguments_hash="a" * 64,
        preview={"text": "x", "facts": {}},
        state=PendingActionState.WAITING,
        amount=Decimal("12.34"),
        needs_approval=False,
        shown_turn="turn_1",
        created_at=now,
        expires_at=now + MINUTE,
    )
    return replace(action, **changes)  # type: ignore[arg-type]


async def begin(books: Books, entry: LedgerEntry, **given: object) -> bool | None:
    options = {"action": None, "rate": None, "lease": None, **given}
    begun = await books.ledger.begin(entry, **options)  # type: ignore[arg-type]
    return None if begun is None else begun.is_ours


async def test_of_many_who_begin_one_key_one_is_told_that_it_is_theirs(books: Books) -> None:
    entries = [entry_of(books) for _ in range(8)]
    found = await asyncio.gather(*(begin(books, entry) for entry in entries))
    assert sorted(found, key=str) == [False] * 7 + [True]
    stored = await books.ledger.find_entry(books.workspace_id, "k")
    assert stored == entries[found.index(True)]


async def test_an_end_is_written_once(books: Books) -> None:
    entry = entry_of(books)
    await begin(books, entry)
    unknown = LedgerOutcome(LedgerStatus.UNKNOWN, {}, "tool_hung", "slow")
    open_end = await books.ledger.finish(replace(entry, attempts=2), unknown, check_at=entry.check_at)
    assert (open_end.status, open_end.code, open_end.attempts) == (LedgerStatus.UNKNOWN, "tool_hung", 2)
    assert (open_end.check_at, open_end.finished_at) == (entry.check_at, None)
    done = LedgerOutcome(LedgerStatus.SUCCEEDED, {"id": "r1"})
    settled = await books.ledger.finish(entry, done, check_at=None, decided_by="key_1")
    assert (settled.status, settled.result, settled.decided_by) == (LedgerStatus.SUCCEEDED, {"id": "r1"}, "key_1")
    late = await books.ledger.finish(entry, LedgerOutcome(LedgerStatus.FAILED, {}, "x"), check_at=None)
    assert late == settled


async def test_an_action_is_used_once_and_only_as_it_was(books: Books) -> None:
    action = action_of(books)
    await books.ledger.offer(action)
    assert await books.ledger.find_action(books.workspace_id, books.conversation_id, "k") == action
    stale = replace(action, state=PendingActionState.APPROVED)
    assert await begin(books, entry_of(books, "other"), action=stale) is None
    assert await begin(books, entry_of(books), action=action) is True
    used = await books.ledger.find_action(books.workspace_id, books.conversation_id, "k")
    assert used is not None
    assert used.state is PendingActionState.DONE
    assert await begin(books, entry_of(books, "other"), action=action) is None
    assert await books.ledger.find_entry(books.workspace_id, "other") is None


async def test_an_action_that_is_replaced_cannot_be_used(books: Books) -> None:
    first, second = action_of(books), action_of(books, arguments_hash="b" * 64)
    await books.ledger.offer(first)
    await books.ledger.offer(second)
    assert await books.ledger.find_action(books.workspace_id, books.conversation_id, "k") == second
    assert await begin(books, entry_of(books), action=first) is None


async def test_of_one_conversation_only_the_newest_question_waits(books: Books) -> None:
    first = action_of(books)
    approval = action_of(books, "big", needs_approval=True)
    await books.ledger.offer(approval)
    await books.ledger.request_approval(approval, expires_at=approval.expires_at)
    await books.ledger.offer(first)
    await books.ledger.offer(action_of(books, "other"))
    states = [await _state_of(books, key) for key in ("k", "other", "big")]
    assert states == [PendingActionState.REPLACED, PendingActionState.WAITING, PendingActionState.APPROVAL]
    assert await begin(books, entry_of(books), action=first) is None


async def _state_of(books: Books, key: str) -> PendingActionState:
    found = await books.ledger.find_action(books.workspace_id, books.conversation_id, key)
    assert found is not None
    return found.state


async def test_an_approval_is_asked_for_once(books: Books) -> None:
    action = action_of(books)
    await books.ledger.offer(action)
    until = action.expires_at + MINUTE
    assert await books.ledger.request_approval(action, expires_at=until) is True
    assert await books.ledger.request_approval(action, expires_at=until) is False
    found = await books.ledger.find_action(books.workspace_id, books.conversation_id, "k")
    assert found == replace(action, state=PendingActionState.APPROVAL, expires_at=until)


async def test_a_rate_holds_also_for_those_who_begin_together(books: Books) -> None:
    rate = CallRate(3, timedelta(hours=1))
    found = await asyncio.gather(*(begin(books, entry_of(books, f"k{n}"), rate=rate) for n in range(8)))
    assert (found.count(True), found.count(None)) == (3, 5)
    since = Clock().now() - rate.per
    assert (
        await books.ledger.count_writes(
            books.workspace_id, contact_id=books.contact.id, tool="cancel_order", since=since
        )
        == 3
    )


async def test_what_failed_does_not_count(books: Books) -> None:
    entry = entry_of(books)
    await begin(books, entry)
    await books.ledger.finish(entry, LedgerOutcome(LedgerStatus.FAILED, {}, "no"), check_at=None)
    since = entry.started_at - MINUTE
    count = books.ledger.count_writes(books.workspace_id, contact_id=books.contact.id, tool=entry.tool, since=since)
    assert await count == 0


async def test_another_workspace_knows_nothing_of_it(books: Books) -> None:
    await begin(books, entry_of(books))
    await books.ledger.offer(action_of(books))
    assert await books.ledger.find_entry("ws_other", "k") is None
    assert await books.ledger.find_action("ws_other", books.conversation_id, "k") is None
    assert await books.ledger.find_plugin_state("ws_other", "desk") is None
    assert await books.ledger.find_plugin_state(books.workspace_id, "desk") is not None


async def test_a_worker_that_lost_the_conversation_begins_nothing(database: Database) -> None:
    found = await seed(database)
    books = await stored_books(database, found=found)
    async with database.write(books.workspace_id) as unit:
        old = await unit.conversations.acquire_lease(books.conversation_id, lifetime=timedelta(0))
        new = await unit.conversations.acquire_lease(books.conversation_id, lifetime=MINUTE)
    assert isinstance(old, Lease)
    with pytest.raises(LeaseLostError):
        await begin(books, entry_of(books), lease=old)
    assert await books.ledger.find_entry(books.workspace_id, "k") is None
    assert await begin(books, entry_of(books), lease=new) is True
