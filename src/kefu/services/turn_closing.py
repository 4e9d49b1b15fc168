"""The end of turns that nobody will finish: their worker died, or a person has taken the conversation."""

from kefu.domain.conversation import Conversation
from kefu.domain.turn import Change, Event, EventDraft, EventType, Turn, TurnState
from kefu.services.channel_orders import deliver_later
from kefu.storage.unit import Unit


async def close_running(unit: Unit, conversation: Conversation, *, code: str) -> list[Event]:
    """Close each running turn of a conversation whose right to speak the caller holds, or has taken away.

    What a turn said stays said: it ends with ``turn_failed`` and the code. One that said nothing leaves no event.
    """
    events: list[Event] = []
    for turn in await unit.turns.list_running(conversation.id):
        spoken = [event for event in await unit.events.list_of_turn(turn.id) if event.type is EventType.ANSWER_DELTA]
        if spoken:
            events += await _fail(unit, conversation, turn, spoken=spoken, code=code)
        await unit.turns.close(turn.id, TurnState.INTERRUPTED)
    return events


async def _fail(unit: Unit, conversation: Conversation, turn: Turn, *, spoken: list[Event], code: str) -> list[Event]:
    messages = await unit.messages.list_unhandled(conversation.id, handled_seq=conversation.handled_seq)
    draft = EventDraft(
        EventType.TURN_FAILED,
        {
            "code": code,
            "text": "".join(str(event.data["text"]) for event in spoken),
            "message_ids": [message.id for message in messages if message.seq <= turn.through_seq],
        },
        turn.id,
    )
    await deliver_later(unit, conversation.id)
    return await unit.events.append(conversation.id, [draft], change=Change(handled_seq=turn.through_seq))
