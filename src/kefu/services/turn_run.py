"""One run of one turn: what may end it, when it may speak, and how what it says becomes events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import timedelta
from enum import StrEnum

import structlog

from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch
from kefu.dialogue.taping.context_json import Begin
from kefu.dialogue.taping.notes import TurnNotes
from kefu.dialogue.taping.tape import Tape
from kefu.domain.conversation import Conversation
from kefu.domain.desk import DeskEvent
from kefu.domain.errors import LeaseLostError, TurnSupersededError, UnavailableError
from kefu.domain.turn import Change, EventDraft, EventType, Lease, TurnState
from kefu.kit.clock import Clock
from kefu.services.channel_orders import to_delivery
from kefu.services.delivery import DeliveryService
from kefu.services.turn_record import Step, TurnRecord
from kefu.services.waiting import join
from kefu.storage.bus import Bus, Listener, ListenerTooSlowError
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_OVERRUN_PAUSE = 0.2
log = structlog.get_logger(__name__)


class Ending(StrEnum):
    """Why a run ended."""

    COMPLETE = "complete"
    SUPERSEDED = "superseded"
    STOPPED = "stopped"
    LEASE_LOST = "lease_lost"
    FAILED = "failed"


class _StoppedError(Exception):
    """The visitor stopped this turn before the batch was stored."""


def control_channel(conversation_id: str) -> str:
    """The bus channel that carries ``inbound``, ``stop`` and ``taken`` to whoever runs the turn."""
    return f"{conversation_id}:control"


class TurnRun:
    """Runs once. The first sentence is stored only if no newer message has come (the log itself decides)."""

    def __init__(
        self,
        context: TurnContext,
        *,
        lease: Lease,
        begin: Begin,
        tape: Tape,
        burst_window: timedelta,
        lease_lifetime: timedelta,
        database: Database,
        delivery: DeliveryService,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._context = context
        self._lease = lease
        self._inbound_seq = begin.inbound_seq
        self._may_speak_at = context.messages[-1].created_at + burst_window
        self._lease_lifetime = lease_lifetime
        self._database = database
        self._delivery = delivery
        self._bus = bus
        self._clock = clock
        self._record = TurnRecord(context, inbound_seq=begin.inbound_seq)
        self._notes = TurnNotes(context, begin, tape)
        self._storing = asyncio.Lock()
        """Held while a batch is stored: nothing cancels a run in the middle of a transaction."""
        self._has_next = False
        """Whether a newer message was there when the last batch was stored; one that comes later wakes its own turn."""

    async def execute(self, batches: AsyncGenerator[Batch, None]) -> bool:
        """Run to an ending and record it; False when no visitor message is left for a next turn.

        Raises UnavailableError when it has to be tried again, by anybody.
        """
        try:
            ending = await self._run(batches)
            await self._close(ending)
        except UnavailableError:
            await self._leave()
            raise
        return ending is not Ending.COMPLETE or self._has_next

    async def _run(self, batches: AsyncGenerator[Batch, None]) -> Ending:
        work = asyncio.create_task(self._speak(batches))
        watch = asyncio.create_task(self._watch())
        beat = asyncio.create_task(self._keep_lease())
        helpers = {watch, beat}
        try:
            await asyncio.wait({work, *helpers}, return_when=asyncio.FIRST_COMPLETED)
            return await self._settle(work, helpers)
        except asyncio.CancelledError:
            await self._cancel(work)
            await self._give_up()
            raise
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _settle(self, work: asyncio.Task[Ending], helpers: set[asyncio.Task[Ending]]) -> Ending:
        if not work.done():
            await self._cancel(work)
        if not work.cancelled():
            return work.result()
        endings = [helper.result() for helper in helpers if helper.done()]
        if not endings:
            raise asyncio.CancelledError  # what the turn waited for was closed under it: the process ends
        return endings[0]

    async def _cancel(self, work: asyncio.Task[Ending]) -> None:
        async with self._storing:
            work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    async def _speak(self, batches: AsyncGenerator[Batch, None]) -> Ending:
        try:
            async with aclosing(batches) as stream:
                async for batch in stream:
                    await self._wait_for_burst()
                    async with self._storing:
                        await self._store(batch)
        except TurnSupersededError:
            return Ending.SUPERSEDED
        except LeaseLostError:
            return Ending.LEASE_LOST
        except _StoppedError:
            return Ending.STOPPED
        except UnavailableError:
            raise
        except Exception:
            # The edge of a turn: an error in our code must end in an honest event, not in silence.
            log.exception("turn_failed", turn_id=self._context.turn_id)
            return Ending.FAILED
        return Ending.COMPLETE

    async def _wait_for_burst(self) -> None:
        """The earliest moment to speak: ``burst_window`` after the newest message."""
        if not self._record.has_spoken:
            await asyncio.sleep((self._may_speak_at - self._clock.now()).total_seconds())

    async def _store(self, batch: Batch) -> None:
        seen = None if self._record.has_spoken else self._inbound_seq
        async with self._database.write(self._context.workspace_id) as unit:
            conversation = await unit.conversations.lock(self._context.conversation_id)
            if conversation.stopped_seq >= self._inbound_seq:
                raise _StoppedError
            step = self._record.add(batch, last_seq=conversation.last_seq, at=self._clock.now())
            events = await unit.events.append(
                conversation.id,
                step.drafts,
                change=step.change,
                lease=self._lease,
                seen_inbound=seen,
                is_last=step.message is not None,
            )
            if step.message is not None:
                await unit.messages.add(step.message, body_hash="")
                await unit.turns.close(
                    self._context.turn_id,
                    TurnState.FINISHED,
                    decision=step.decision,
                    confidence=step.confidence,
                    tape=self._notes.to_json(is_finished=True),
                    use=step.use,
                )
            if step.profile is not None and step.profile.is_stored:
                await unit.profiles.change(self._context.contact.id, step.profile)
            if step.withdrawn:
                await unit.pending_actions.withdraw(step.withdrawn)
            for effect in step.outbox:
                await unit.outbox.add(effect)
            queued = await self._join(unit, conversation, step)
        self._record.keep(step)
        self._has_next = conversation.inbound_seq > self._inbound_seq
        await self._delivery.publish(events)
        await self._delivery.publish_desk(self._context.workspace_id, queued)

    async def _join(self, unit: Unit, conversation: Conversation, step: Step) -> list[DeskEvent]:
        """Let the conversation wait if this step hands it off."""
        return [] if step.handoff is None else await join(unit, conversation, step.handoff, at=self._clock.now())

    async def _watch(self) -> Ending:
        async with self._bus.subscribe(control_channel(self._context.conversation_id)) as listener:
            while True:
                signal = await _receive(listener)
                if signal == b"stop":
                    return Ending.STOPPED
                if signal == b"taken":
                    return Ending.LEASE_LOST
                if signal == b"inbound" and await self._is_superseded():
                    return Ending.SUPERSEDED

    async def _is_superseded(self) -> bool:
        """The signal of our own message may arrive late: the database says whether a newer one exists.

        A first sentence that is being stored now counts as spoken; after a yes the log refuses it.
        """
        if self._record.has_spoken:
            return False
        async with self._database.read(self._context.workspace_id) as unit:
            conversation = await unit.conversations.get(self._context.conversation_id)
        async with self._storing:
            return conversation.inbound_seq > self._inbound_seq and not self._record.has_spoken

    async def _keep_lease(self) -> Ending:
        pause = self._lease_lifetime.total_seconds() / 3
        while True:
            await asyncio.sleep(pause)
            async with self._database.write(self._context.workspace_id) as unit:
                if not await unit.conversations.renew_lease(self._lease, lifetime=self._lease_lifetime):
                    return Ending.LEASE_LOST

    async def _close(self, ending: Ending) -> None:
        match ending:
            case Ending.SUPERSEDED:
                await self._end(TurnState.SUPERSEDED, code=None)
            case Ending.STOPPED:
                await self._end(TurnState.STOPPED, code="turn_stopped")
            case Ending.FAILED:
                await self._end(TurnState.INTERRUPTED, code="internal_error")
            case Ending.COMPLETE | Ending.LEASE_LOST:
                return

    async def _end(self, state: TurnState, *, code: str | None) -> None:
        """Close a turn that did not finish; with a ``code`` its messages count as dealt with."""
        events = []
        async with self._database.write(self._context.workspace_id) as unit:
            if code is not None:
                draft = EventDraft(EventType.TURN_FAILED, self._record.failure(code), self._context.turn_id)
                events = await unit.events.append(
                    self._context.conversation_id,
                    [draft],
                    change=Change(handled_seq=self._inbound_seq),
                    lease=self._lease,
                )
                if self._context.is_delivered:
                    await unit.outbox.add(to_delivery(self._context.conversation_id))
            await unit.turns.close(self._context.turn_id, state, tape=self._notes.to_json(is_finished=False))
            await unit.conversations.release_lease(self._lease)
        await self._delivery.publish(events)

    async def _leave(self) -> None:
        """What was stored of the turn stays; whoever takes the conversation next closes it."""
        try:
            await self._give_up()
        except UnavailableError as error:
            log.warning("lease_not_released", turn_id=self._context.turn_id, detail=error.detail)

    async def _give_up(self) -> None:
        """Let anybody take the conversation at once, not only when the lease has run out."""
        async with self._database.write(self._context.workspace_id) as unit:
            await unit.conversations.release_lease(self._lease)


async def _receive(listener: Listener) -> bytes:
    """A flood of signals says the same as one of them."""
    try:
        return await listener.receive()
    except ListenerTooSlowError:
        await asyncio.sleep(_OVERRUN_PAUSE)
        return b"inbound"
