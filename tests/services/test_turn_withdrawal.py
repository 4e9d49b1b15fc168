"""What a turn takes back is withdrawn in the transaction that stores the turn's end."""

from collections.abc import AsyncGenerator
from datetime import timedelta

from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch, Finished, Said
from kefu.dialogue.state import State
from kefu.dialogue.taping.context_json import Begin
from kefu.dialogue.taping.tape import Tape
from kefu.domain.action import PendingActionState
from kefu.domain.conversation import Author, Message
from kefu.domain.turn import Change, Decision, DeltaKind, EventDraft, EventType
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.services.delivery import DeliveryService
from kefu.services.turn_run import TurnRun
from kefu.services.wire import message_to_json
from kefu.storage.bus import MemoryBus
from kefu.storage.database import Database
from tests.services.test_tool_ledger import action_of
from tests.storage.seeds import Seed, seed
from tests.support.writes import stored_books

LEASE = timedelta(seconds=30)


async def run_turn(database: Database, found: Seed, *, withdrawn: tuple[str, ...]) -> bool:
    """One turn that says a sentence and takes back what waited."""
    clock, bus, conversation = Clock(), MemoryBus(), found.conversation
    message = Message(new_id("msg"), conversation.id, 1, "c1", Author.VISITOR, "no", clock.now())
    turn_id = new_id("turn")
    async with database.write(found.workspace.id) as unit:
        await unit.messages.add(message, body_hash="")
        draft = EventDraft(EventType.MESSAGE_RECEIVED, {"message": message_to_json(message)})
        await unit.events.append(conversation.id, [draft], change=Change(is_inbound=True))
        lease = await unit.conversations.acquire_lease(conversation.id, lifetime=LEASE)
        await unit.turns.open(turn_id, conversation.id, through_seq=1)
    assert lease is not None

    async def speak() -> AsyncGenerator[Batch, None]:
        ending = Finished(Decision.ANSWER, None, "en", (), None, None, {}, withdrawn=withdrawn)
        yield (Said("OK.", DeltaKind.TEMPLATE), ending)

    return await TurnRun(
        TurnContext(turn_id, found.workspace.id, conversation.id, "Shop", (message,), State(), clock.now()),
        lease=lease,
        begin=Begin(last_seq=1, handled_seq=0, inbound_seq=1),
        tape=Tape(),
        burst_window=timedelta(0),
        lease_lifetime=LEASE,
        database=database,
        delivery=DeliveryService(database, bus),
        bus=bus,
        clock=clock,
    ).execute(speak())


async def test_what_a_turn_takes_back_waits_no_longer(database: Database) -> None:
    found = await seed(database)
    books = await stored_books(database, found=found)
    waiting, approval = action_of(books), action_of(books, "big")
    await books.ledger.offer(approval)
    await books.ledger.request_approval(approval, expires_at=approval.expires_at)
    await books.ledger.offer(waiting)

    await run_turn(database, found, withdrawn=(waiting.id, approval.id))

    async with database.read(found.workspace.id) as unit:
        states = [(await unit.pending_actions.get(one.id)).state for one in (waiting, approval)]
    assert states == [PendingActionState.WITHDRAWN, PendingActionState.APPROVAL]
