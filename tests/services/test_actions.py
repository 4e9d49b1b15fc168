"""Agents decide what is dear, and find out what became of what nobody knows."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from kefu.dialogue.tools.gate import Gate
from kefu.domain.action import LedgerStatus, PendingActionState
from kefu.domain.errors import ConflictError, InvalidInputError, NotFoundError
from kefu.domain.turn import Event, EventType
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.plugins.host import PluginHost
from kefu.services.action_schedule import ActionSchedule
from kefu.services.actions import APPROVED_ACTION, RECONCILE, ActionService, Decider
from kefu.services.delivery import DeliveryService
from kefu.services.job_runner import JobRunner
from kefu.services.tool_ledger import StoredLedger
from kefu.storage.bus import MemoryBus
from kefu.storage.database import Database
from tests.support.call_desk import BackEnd, make_desk
from tests.support.writes import Books, stored_books

ANN, BOB = Decider("key_ann", reason="seen"), Decider("key_bob")
DEAR = {"order_id": "o1", "amount": "600", "account": "card-7"}


STRINGS = Strings.load("kefu.dialogue")


class LateClock(Clock):
    """The system's time, so much later."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.later


@dataclass
class Office:
    database: Database
    books: Books
    back_end: BackEnd
    host: PluginHost
    actions: ActionService
    jobs: JobRunner
    clock: LateClock

    async def log(self) -> list[Event]:
        async with self.database.read(self.books.workspace_id) as unit:
            return await unit.events.list_recent(self.books.conversation_id, floor=0)

    async def events(self) -> list[Event]:
        """What became of tools."""
        return [event for event in await self.log() if event.type is EventType.TOOL_CALLED]

    async def told(self) -> list[str]:
        """What the customer was told outside of a turn."""
        messages = [event.data["message"] for event in await self.log() if event.type is EventType.MESSAGE_RECEIVED]
        return [message["text"] for message in messages if message["author"] == "system"]  # type: ignore[index, call-overload, misc]

    async def desk(self) -> list[tuple[str, object]]:
        """What agents were told: the type, with the state or the status."""
        async with self.database.read(self.books.workspace_id) as unit:
            events = await unit.desk_events.list_after(0, limit=100)
        return [(event.type, event.data.get("state", event.data.get("status"))) for event in events]

    async def waiting(self) -> str:
        """The id of the one action that waits for an approval."""
        result = await self.books.confirmed(self.host, "refund", DEAR)
        assert (result.status, result.code) == ("failed", "approval_pending")
        (view,) = await self.actions.list_actions(self.books.workspace_id, [PendingActionState.APPROVAL])
        assert view.arguments == {"order_id": "o1", "amount": "600"}, "the account is hidden"
        return view.action.id

    async def unknown(self, tool: str = "cancel_order") -> str:
        """The id of a write whose end is unknown."""
        self.back_end.mode = "raises"
        assert (await self.books.confirmed(self.host, tool, {"order_id": "o1"})).status == "unknown"
        self.back_end.mode = "well"
        (view,) = await self.actions.list_writes(self.books.workspace_id, [LedgerStatus.UNKNOWN])
        return view.entry.id

    async def status(self, entry_id: str) -> LedgerStatus:
        async with self.database.read(self.books.workspace_id) as unit:
            return (await unit.tool_ledger.get(entry_id)).status


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    back_end, clock = BackEnd(), LateClock()
    late = Database(database.url, clock=clock)
    host = PluginHost([make_desk(back_end)])
    actions = ActionService(
        late,
        host=host,
        gate=Gate(host, StoredLedger(late, DeliveryService(late, MemoryBus())), clock=clock),
        delivery=DeliveryService(late, MemoryBus()),
        strings=STRINGS,
        clock=clock,
    )
    handlers = {APPROVED_ACTION: actions.run_approved, RECONCILE.kind: actions.run_reconcile}
    yield Office(late, await stored_books(late), back_end, host, actions, JobRunner(late, handlers, clock=clock), clock)
    await host.aclose()
    await late.aclose()


async def test_an_approved_action_is_carried_out_once_with_who_approved_it(office: Office) -> None:
    action_id = await office.waiting()
    approved = await office.actions.approve(office.books.workspace_id, action_id, by=ANN)
    assert (approved.action.state, office.back_end.done) == (PendingActionState.APPROVED, [])
    assert await office.jobs.run_due() == 1
    assert office.back_end.done == [("refund", "o1")]
    (write,) = await office.actions.list_writes(office.books.workspace_id, [LedgerStatus.SUCCEEDED])
    assert (write.entry.decided_by, write.entry.action_id) == ("key_ann", action_id)
    (event,) = await office.events()
    assert (event.type, event.data["status"], event.data["action_id"]) == (
        EventType.TOOL_CALLED,
        "succeeded",
        action_id,
    )
    with pytest.raises(ConflictError):
        await office.actions.approve(office.books.workspace_id, action_id, by=BOB)


async def test_an_approval_does_not_help_one_who_may_no_longer(office: Office) -> None:
    action_id = await office.waiting()
    await office.actions.approve(office.books.workspace_id, action_id, by=ANN)
    office.back_end.owners["o1"] = "bob"
    await office.jobs.run_due()
    assert office.back_end.done == []
    (event,) = await office.events()
    assert (event.data["status"], event.data["code"]) == ("failed", "not_owner")


async def test_a_declined_action_is_never_carried_out(office: Office) -> None:
    action_id = await office.waiting()
    declined = await office.actions.decline(office.books.workspace_id, action_id, by=ANN)
    assert (declined.action.state, declined.action.decided_by) == (PendingActionState.DECLINED, "key_ann")
    for decide in (office.actions.approve, office.actions.decline):
        with pytest.raises(ConflictError):
            await decide(office.books.workspace_id, action_id, by=BOB)
    assert (await office.jobs.run_due(), office.back_end.done) == (0, [])
    (event,) = await office.events()
    assert event.data["code"] == "approval_declined"


async def test_only_what_waits_for_an_agent_is_approved(office: Office) -> None:
    await office.books.tools(office.host).write("cancel_order", {"order_id": "o1"}, key="k")
    (view,) = await office.actions.list_actions(office.books.workspace_id, [PendingActionState.WAITING])
    with pytest.raises(ConflictError):
        await office.actions.approve(office.books.workspace_id, view.action.id, by=ANN)
    with pytest.raises(NotFoundError):
        await office.actions.approve(office.books.workspace_id, "act_none", by=ANN)


async def test_an_old_request_is_not_approved_but_closed(office: Office) -> None:
    action_id = await office.waiting()
    office.clock.later = timedelta(hours=25)
    with pytest.raises(ConflictError):
        await office.actions.approve(office.books.workspace_id, action_id, by=ANN)
    assert await ActionSchedule(office.database).order_due() == 1
    await office.jobs.run_due()
    (view,) = await office.actions.list_actions(office.books.workspace_id, [PendingActionState.EXPIRED])
    assert view.action.id == action_id


async def test_a_takeover_closes_what_waits(office: Office) -> None:
    await office.waiting()
    async with office.database.write(office.books.workspace_id) as unit:
        (closed,) = await unit.pending_actions.expire_of_conversation(office.books.conversation_id)
    assert closed.state is PendingActionState.APPROVAL, "as it was"
    assert await office.actions.list_actions(office.books.workspace_id, [PendingActionState.APPROVAL]) == []


async def test_the_customer_hears_what_became_of_what_was_sent_for_approval(office: Office) -> None:
    action_id = await office.waiting()
    assert await office.told() == []
    await office.actions.approve(office.books.workspace_id, action_id, by=ANN)
    await office.jobs.run_due()
    assert await office.told() == [STRINGS.get("action_succeeded", "zh")]
    await office.jobs.run_due()
    assert len(await office.told()) == 1
    assert await office.desk() == [("approval_requested", None), ("approval_decided", "approved")]


async def test_a_no_and_a_silence_are_told_as_what_they_are(office: Office) -> None:
    await office.actions.decline(office.books.workspace_id, await office.waiting(), by=ANN)
    assert await office.told() == [STRINGS.get("action_declined", "zh")]
    assert "seen" not in repr(await office.log()), "the reason is for colleagues"
    office.clock.later = timedelta(minutes=1)
    second = {**DEAR, "order_id": "o1", "amount": "700"}
    await office.books.confirmed(office.host, "refund", second, key="k2")
    office.clock.later = timedelta(hours=25)
    await ActionSchedule(office.database).order_due()
    await office.jobs.run_due()
    assert await office.told() == [STRINGS.get("action_declined", "zh"), STRINGS.get("action_expired", "zh")]
    assert [state for kind, state in await office.desk() if kind == "approval_decided"] == ["declined", "expired"]


async def test_what_speaks_for_an_action_is_shown_with_what_came_before_it(office: Office) -> None:
    first = await office.waiting()
    await office.actions.decline(office.books.workspace_id, first, by=ANN)
    second = await office.books.confirmed(office.host, "refund", {**DEAR, "amount": "700"}, key="k2")
    assert second.code == "approval_pending"
    (waiting,) = await office.actions.list_actions(office.books.workspace_id, [PendingActionState.APPROVAL])
    file = await office.actions.find_file(office.books.workspace_id, waiting.action.id, language="en")
    assert (file.view.customer, file.view.arguments) == ("ann", {"order_id": "o1", "amount": "700"})
    assert [(each.action.id, each.action.state, each.action.reason) for each in file.earlier] == [
        (first, PendingActionState.DECLINED, "seen")
    ]


async def test_agents_are_told_when_nobody_knows_the_end_and_when_somebody_does(office: Office) -> None:
    entry_id = await office.unknown("reopen_order")
    assert await office.desk() == [("write_unknown", "unknown")]
    await office.actions.settle(office.books.workspace_id, entry_id, LedgerStatus.FAILED, by=ANN)
    assert (await office.desk())[1:] == [("write_settled", "failed")]
    assert await office.told() == [STRINGS.get("write_failed", "zh")]


@pytest.mark.parametrize(
    ("was_done", "status"), [(True, LedgerStatus.SUCCEEDED), (False, LedgerStatus.FAILED)], ids=["done", "no_trace"]
)
async def test_the_back_end_is_asked_what_became_of_it(office: Office, *, was_done: bool, status: LedgerStatus) -> None:
    entry_id = await office.unknown()
    if was_done:
        async with office.database.read(office.books.workspace_id) as unit:
            key = (await unit.tool_ledger.get(entry_id)).key
        (tool,) = (each for each in office.host.plugins[0].tools if each.name == "cancel_order")
        office.back_end.keys[key] = tool.spec.result.model_validate({"order_id": "o1", "status": "cancelled"})
    office.clock.later = timedelta(minutes=6)
    assert await ActionSchedule(office.database).order_due() == 1
    await office.jobs.run_due()
    assert await office.status(entry_id) is status
    assert office.back_end.calls.count("cancel_order") == 1, "asked, never called again"
    assert [event.data["status"] for event in await office.events()] == [status]
    assert await ActionSchedule(office.database).order_due() == 0


async def test_a_back_end_that_cannot_say_is_asked_less_and_less_until_a_person_has_to(office: Office) -> None:
    entry_id = await office.unknown()
    (tool,) = (each for each in office.host.plugins[0].tools if each.name == "cancel_order")
    assert tool.hooks.find is not None
    office.back_end.keys = None  # type: ignore[assignment]  # its find raises from now on
    asked = 0
    for _ in range(20):
        office.clock.later += timedelta(hours=2)
        asked += await ActionSchedule(office.database).order_due()
        await office.jobs.run_due()
    assert (await office.status(entry_id), asked) == (LedgerStatus.UNKNOWN, 8)


async def test_a_write_that_its_back_end_cannot_find_is_for_a_person(office: Office) -> None:
    entry_id = await office.unknown("reopen_order")
    assert await ActionSchedule(office.database).order_due() == 0
    with pytest.raises(InvalidInputError):
        await office.actions.settle(office.books.workspace_id, entry_id, LedgerStatus.UNKNOWN, by=ANN)
    settled = await office.actions.settle(
        office.books.workspace_id, entry_id, LedgerStatus.SUCCEEDED, by=ANN, note="seen in the shop"
    )
    assert (settled.entry.status, settled.entry.decided_by) == (LedgerStatus.SUCCEEDED, "key_ann")
    with pytest.raises(ConflictError):
        await office.actions.settle(office.books.workspace_id, entry_id, LedgerStatus.FAILED, by=BOB)
    result = await office.books.tools(office.host).write("reopen_order", {"order_id": "o1"}, key="k")
    assert (result.status, result.code) == ("succeeded", "settled_by_hand")  # type: ignore[union-attr]


async def test_a_plugin_that_is_gone_leaves_it_to_a_person(office: Office) -> None:
    entry_id = await office.unknown()
    office.host._tools.clear()
    view = await office.actions.ask(office.books.workspace_id, entry_id)
    assert (view.entry.status, view.entry.check_at, view.arguments) == (LedgerStatus.UNKNOWN, None, {})


async def test_a_disabled_plugin_stops_with_the_next_call_and_an_enabled_one_goes_on(office: Office) -> None:
    """In force at once, in a process that was never restarted."""
    workspace_id = office.books.workspace_id
    async with office.database.write(workspace_id) as unit:
        state = await unit.plugin_states.find("desk")
        assert state is not None
    for is_enabled, code in ((False, "tool_disabled"), (True, "")):
        async with office.database.write(workspace_id) as unit:
            await unit.plugin_states.put(type(state)(workspace_id, "desk", is_enabled, {}, (), state.changed_at))
        result = await office.books.tools(office.host).read("get_order", {"order_id": "o1"})
        assert result.code == code
