"""Waiting for what a message causes: as one reply, or as the events of its turn."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from kefu.domain.conversation import Handler
from kefu.domain.errors import UnavailableError
from kefu.domain.turn import Event, EventType
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.services.delivery import DeliveryService
from kefu.services.principal import Visitor
from kefu.services.receiving import Received

REPLY_SECONDS = 150.0
"""Longer than the longest turn: a model's 120 s, then quotes."""

_ENDINGS = (EventType.TURN_FINISHED, EventType.TURN_FAILED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a message's turn ended: with a reply, with a failure, or (both None) with a person."""

    reply: JsonObject | None
    failure: JsonObject | None


class ReplyService:
    def __init__(self, delivery: DeliveryService) -> None:
        self._delivery = delivery

    async def wait(self, visitor: Visitor, received: Received) -> Outcome:
        """The end of the turn that answers this message; also for a message that was answered long ago."""
        if not received.is_for_assistant and received.is_new:
            return Outcome(None, None)
        ending: Event | None = None
        try:
            async with asyncio.timeout(REPLY_SECONDS), aclosing(self.follow(visitor, received)) as pages:
                async for page in pages:
                    ending = next((event for event in page if _ends(event, received)), ending)
        except TimeoutError as error:
            raise UnavailableError("The reply takes too long; read it from the events.", retry_after=5) from error
        if ending is None:
            return Outcome(None, None)
        if ending.type is EventType.TURN_FAILED:
            return Outcome(None, ending.data)
        reply = as_object(ending.data["reply"])
        return Outcome(reply, None)

    async def follow(self, visitor: Visitor, received: Received) -> AsyncGenerator[list[Event], None]:
        """Events from the message on, until its turn has ended or a person has taken over. [] is a sign of life."""
        message = received.message
        if not received.is_for_assistant and received.is_new:
            return
        pages = self._delivery.follow(visitor.workspace_id, message.conversation_id, after=message.seq - 1)
        async with aclosing(pages):
            async for page in pages:
                end = next((place for place, event in enumerate(page) if _ends(event, received)), None)
                if end is not None:
                    yield page[: end + 1]
                    return
                yield page
                if any(_leaves_to_agent(event) for event in page):
                    return


def _ends(event: Event, received: Received) -> bool:
    if event.type not in _ENDINGS:
        return False
    ids = event.data["message_ids"]
    return isinstance(ids, list) and received.message.id in ids


def _leaves_to_agent(event: Event) -> bool:
    return event.type is EventType.STATUS_CHANGED and event.data["handler"] == Handler.AGENT
