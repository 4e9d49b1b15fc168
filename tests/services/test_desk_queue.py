"""The queue as it is: places, measured waits, and nothing of another workspace."""

from datetime import timedelta

import pytest

from kefu.dialogue.events import HandoffRequested
from kefu.dialogue.outlook import Outlook
from kefu.domain.conversation import Conversation, Handler
from kefu.domain.desk import Agent, AgentState, DeskEventDraft, DeskEventType, DeskFilter, DeskView
from kefu.domain.errors import NotFoundError
from kefu.domain.turn import Change, HandoffReason
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.kit.strings import Strings
from kefu.services.desk.queue import QueueService
from kefu.services.principal import Operator
from kefu.services.waiting import join, look
from kefu.storage.database import Database
from tests.storage.seeds import Seed, seed

CLOCK = Clock()
ALL = DeskFilter()


def operator_of(found: Seed) -> Operator:
    return Operator(found.workspace.id, "key_1", frozenset())


async def wait(
    database: Database, found: Seed, *, reason: HandoffReason = HandoffReason.CUSTOMER_REQUEST
) -> Conversation:
    """A new conversation at the end of the queue."""
    async with database.write(found.workspace.id) as unit:
        conversation = await unit.conversations.create(
            inbox_id=found.inbox.id, contact_id=found.contact.id, language="zh"
        )
        await unit.events.append(conversation.id, [], change=Change(handler=Handler.QUEUE))
        await join(unit, conversation, HandoffRequested(reason), at=CLOCK.now())
    return conversation


async def outlook_of(database: Database, found: Seed, conversation: Conversation) -> Outlook:
    async with database.read(found.workspace.id) as unit:
        return await look(unit, found.inbox, conversation.id, language="zh", at=CLOCK.now())


async def test_places_are_ranks_and_lists_say_the_same(database: Database) -> None:
    found = await seed(database)
    waiting = [await wait(database, found) for _ in range(4)]
    places = [(await outlook_of(database, found, conversation)).place for conversation in waiting]
    assert places == [1, 2, 3, 4]
    assert (await outlook_of(database, found, found.conversation)).place == 5, "who would join now comes last"
    queue = QueueService(database, strings=Strings.load("kefu.dialogue"))
    listed = await queue.list_items(operator_of(found), DeskView.WAITING, wanted=ALL, limit=2)
    assert [item.conversation.id for item in listed.items] == [one.id for one in waiting[:2]]
    assert ([item.place for item in listed.items], listed.total, listed.last_seq) == ([1, 2], 4, 4)


async def test_joining_again_keeps_the_place_and_takes_the_graver_reason(database: Database) -> None:
    found = await seed(database)
    first, _second = await wait(database, found), await wait(database, found)
    async with database.write(found.workspace.id) as unit:
        graver = HandoffRequested(HandoffReason.POLICY_RESTRICTION, "injury")
        await join(unit, first, graver, at=CLOCK.now() + timedelta(hours=1))
        kept = await unit.assignments.find(first.id)
    assert kept is not None
    assert (kept.reason, kept.policy) == (HandoffReason.POLICY_RESTRICTION, "injury")
    assert (await outlook_of(database, found, first)).place == 1


async def test_a_wait_is_told_only_when_enough_real_ones_are_known(database: Database) -> None:
    found = await seed(database)
    conversation = await wait(database, found)

    async def took(seconds: float | None) -> None:
        data = {"agent_id": "a", "agent_name": "A", "waited_seconds": seconds}
        async with database.write(found.workspace.id) as unit:
            await unit.desk_events.append(DeskEventDraft(DeskEventType.CONVERSATION_TAKEN, conversation.id, {**data}))

    for seconds in (60.0, None, 600.0):
        await took(seconds)
    assert (await outlook_of(database, found, conversation)).wait is None
    await took(120.0)
    assert (await outlook_of(database, found, conversation)).wait == timedelta(seconds=120)


@pytest.mark.parametrize(
    ("state", "age", "is_staffed"),
    [
        (AgentState.ONLINE, timedelta(seconds=10), True),
        (AgentState.ONLINE, timedelta(minutes=10), False),
        (AgentState.AWAY, timedelta(seconds=10), False),
    ],
)
async def test_only_who_is_online_and_was_heard_of_counts(
    database: Database, *, state: AgentState, age: timedelta, is_staffed: bool
) -> None:
    found = await seed(database)
    now = CLOCK.now()
    async with database.write(found.workspace.id) as unit:
        await unit.agents.add(Agent(new_id("agent"), found.workspace.id, "Mei", ("zh",), (), state, now - age, now))
    assert (await outlook_of(database, found, found.conversation)).is_staffed is is_staffed


async def test_filters_narrow_a_list(database: Database) -> None:
    found = await seed(database)
    asked, angry = await wait(database, found), await wait(database, found, reason=HandoffReason.POLICY_RESTRICTION)
    async with database.write(found.workspace.id) as unit:
        await unit.assignments.set_labels(asked.id, ["vip"])
    queue = QueueService(database, strings=Strings.load("kefu.dialogue"))

    async def ids(wanted: DeskFilter) -> list[str]:
        listed = await queue.list_items(operator_of(found), DeskView.WAITING, wanted=wanted, limit=10)
        assert listed.total == len(listed.items)
        return [item.conversation.id for item in listed.items]

    assert await ids(DeskFilter(reason=HandoffReason.POLICY_RESTRICTION)) == [angry.id]
    assert await ids(DeskFilter(label="vip")) == [asked.id]
    assert await ids(DeskFilter(language="en")) == []
    assert await ids(DeskFilter(inbox_id=found.inbox.id, language="zh")) == [asked.id, angry.id]


async def test_another_workspace_sees_nothing_of_it(database: Database) -> None:
    found, other = await seed(database), await seed(database, slug="other")
    conversation = await wait(database, found)
    queue = QueueService(database, strings=Strings.load("kefu.dialogue"))
    listed = await queue.list_items(operator_of(other), DeskView.ALL, wanted=ALL, limit=10)
    assert (listed.items, listed.total, listed.last_seq) == ([], 0, 0)
    with pytest.raises(NotFoundError):
        await queue.open(operator_of(other), conversation.id, language="zh")
    async with database.read(other.workspace.id) as unit:
        assert await unit.desk_events.list_of_conversation(conversation.id, limit=10) == []
        assert await unit.assignments.find(conversation.id) is None
