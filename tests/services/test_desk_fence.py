"""A conversation that a person has taken is never spoken into again: not by a late sentence, not by a lost signal."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from kefu.config import Settings
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch, Finished, Said
from kefu.dialogue.state import State
from kefu.dialogue.taping.context_json import Begin
from kefu.dialogue.taping.tape import Tape
from kefu.domain.conversation import Author, Handler, Message
from kefu.domain.desk import AgentState
from kefu.domain.errors import LeaseLostError
from kefu.domain.turn import Change, Decision, DeltaKind, Event, EventDraft, EventType, TurnState
from kefu.factory import Factory
from kefu.kit.ids import new_id
from kefu.knowledge.embedding import NullEmbedder
from kefu.services.delivery import DeliveryService
from kefu.services.desk.holding import HoldingService
from kefu.services.principal import Operator
from kefu.services.turn_run import TurnRun
from kefu.services.wire import message_to_json
from kefu.storage.bus import Bus, Listener, MemoryBus
from tests.storage.seeds import Seed, seed
from tests.support.shared import shared_reader

LEASE = timedelta(seconds=30)


class DeafBus:
    """A bus that loses all that is published."""

    def __init__(self) -> None:
        self._inner = MemoryBus()

    async def publish(self, channel: str, message: bytes) -> None:
        raise ConnectionError(channel)

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[Listener]:
        return self._inner.subscribe(channel)

    async def check(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


@pytest.fixture
async def factory(database_url: str, tmp_path: Path) -> AsyncIterator[Factory]:
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=database_url.replace("+aiosqlite", "").replace("+asyncpg", ""),
        secret_key=SecretStr("x" * 40),
    )
    made = Factory(settings, embedder=NullEmbedder(), reader=shared_reader())
    yield made
    await made.aclose()


class Assistant:
    """A turn that says one sentence, and the others only when it is let."""

    def __init__(self, factory: Factory, found: Seed, bus: Bus) -> None:
        self.factory, self.found = factory, found
        self.turn_id = new_id("turn")
        self.has_spoken, self.may_go_on = asyncio.Event(), asyncio.Event()
        self._bus = bus

    async def run(self) -> bool:
        message = await self._receive()
        conversation_id, workspace_id = self.found.conversation.id, self.found.workspace.id
        async with self.factory.database.write(workspace_id) as unit:
            lease = await unit.conversations.acquire_lease(conversation_id, lifetime=LEASE)
            assert lease is not None
            await unit.turns.open(self.turn_id, conversation_id, through_seq=message.seq)
        context = TurnContext(
            self.turn_id, workspace_id, conversation_id, "Shop", (message,), State(), self.factory.clock.now()
        )
        run = TurnRun(
            context,
            lease=lease,
            begin=Begin(last_seq=message.seq, handled_seq=0, inbound_seq=message.seq),
            tape=Tape(),
            burst_window=timedelta(0),
            lease_lifetime=LEASE,
            database=self.factory.database,
            delivery=DeliveryService(self.factory.database, self._bus),
            bus=self._bus,
            clock=self.factory.clock,
        )
        return await run.execute(self._speak())

    async def _speak(self) -> AsyncGenerator[Batch, None]:
        yield (Said("First sentence. ", DeltaKind.TEMPLATE),)
        self.has_spoken.set()
        await self.may_go_on.wait()
        yield (Said("LATE SENTENCE", DeltaKind.TEMPLATE),)
        yield (Finished(Decision.ANSWER, None, "en", (), None, None, {}),)

    async def _receive(self) -> Message:
        conversation = self.found.conversation
        message = Message(new_id("msg"), conversation.id, 1, "c1", Author.VISITOR, "hello", self.factory.clock.now())
        async with self.factory.database.write(self.found.workspace.id) as unit:
            await unit.messages.add(message, body_hash="")
            draft = EventDraft(EventType.MESSAGE_RECEIVED, {"message": message_to_json(message)})
            await unit.events.append(conversation.id, [draft], change=Change(is_inbound=True))
        return message


async def agent_key(factory: Factory, found: Seed, name: str = "Mei") -> Operator:
    people = factory.desk_people
    agent = await people.add_agent(found.workspace.id, name=name, languages=("zh",))
    operator = await factory.access.authenticate((await people.issue_key(found.workspace.id, agent.id)).token)
    await factory.desk_presence.say(operator, AgentState.ONLINE)
    return operator


async def log_of(factory: Factory, found: Seed) -> list[Event]:
    async with factory.database.read(found.workspace.id) as unit:
        return await unit.events.list_after(found.conversation.id, 0)


@pytest.mark.parametrize("hears_of_it", [True, False], ids=["signal arrives", "signal is lost"])
async def test_a_late_sentence_never_lands(factory: Factory, hears_of_it: bool) -> None:
    found = await seed(factory.database)
    bus = factory.bus if hears_of_it else DeafBus()
    assistant = Assistant(factory, found, bus)
    turn = asyncio.create_task(assistant.run())
    await assistant.has_spoken.wait()

    holding = HoldingService(
        factory.database,
        delivery=factory.delivery,
        runner=factory.runner,
        strings=factory.strings,
        clock=factory.clock,
    )
    await holding.take(await agent_key(factory, found), found.conversation.id)
    if hears_of_it:
        await turn  # the signal ends it, though nobody let it go on
    assistant.may_go_on.set()
    await turn

    events = await log_of(factory, found)
    assert [event.type for event in events] == [
        EventType.MESSAGE_RECEIVED, EventType.ANSWER_DELTA, EventType.TURN_FAILED, EventType.STATUS_CHANGED,
    ]  # fmt: skip
    failed = events[2].data
    assert (failed["code"], failed["text"]) == ("turn_taken_over", "First sentence. ")
    assert "LATE" not in repr(events)
    async with factory.database.read(found.workspace.id) as unit:
        state = (await unit.turns.get(assistant.turn_id)).state
        conversation = await unit.conversations.get(found.conversation.id)
    assert state is TurnState.INTERRUPTED
    assert (conversation.handler, conversation.handled_seq) == (Handler.AGENT, 1)


async def test_the_fence_holds_after_the_conversation_was_given_back(factory: Factory) -> None:
    found = await seed(factory.database)
    async with factory.database.write(found.workspace.id) as unit:
        old = await unit.conversations.acquire_lease(found.conversation.id, lifetime=LEASE)
    mei = await agent_key(factory, found)
    await factory.desk_holding.take(mei, found.conversation.id)
    await factory.desk_holding.give_back(mei, found.conversation.id)
    late = EventDraft(EventType.ANSWER_DELTA, {"text": "late", "kind": "template"}, "turn_1")
    with pytest.raises(LeaseLostError):
        async with factory.database.write(found.workspace.id) as unit:
            await unit.events.append(found.conversation.id, [late], change=Change(), lease=old)


async def test_of_many_agents_exactly_one_takes(factory: Factory) -> None:
    found = await seed(factory.database)
    operators = [await agent_key(factory, found, f"Agent {number}") for number in range(5)]
    outcomes = await asyncio.gather(
        *(factory.desk_holding.take(operator, found.conversation.id) for operator in operators),
        return_exceptions=True,
    )
    refusals = [outcome for outcome in outcomes if outcome is not None]
    assert len(refusals) == 4
    assert {getattr(refusal, "code", repr(refusal)) for refusal in refusals} == {"conversation_taken"}
    async with factory.database.read(found.workspace.id) as unit:
        assignment = await unit.assignments.find(found.conversation.id)
    assert assignment is not None
    assert assignment.agent_id == operators[outcomes.index(None)].agent_id
