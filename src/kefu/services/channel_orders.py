"""Says that a conversation has something for the channel that it came over."""

from kefu.domain.turn import OutboxDraft
from kefu.storage.unit import Unit

CHANNEL_DELIVERY = "channel_delivery"
"""Outbox topic; ``plugin_work.delivery`` carries it out."""


def to_delivery(conversation_id: str) -> OutboxDraft:
    return OutboxDraft(CHANNEL_DELIVERY, {"conversation_id": conversation_id})


async def deliver_later(unit: Unit, conversation_id: str) -> None:
    """Order a delivery where the conversation came over a plugin's channel."""
    if await unit.channel_threads.find(conversation_id) is not None:
        await unit.outbox.add(to_delivery(conversation_id))
