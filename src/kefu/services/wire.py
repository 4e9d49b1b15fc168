"""Domain objects as the JSON of docs/api/protocol.md: the one place that knows both."""

from datetime import datetime

import orjson

from kefu.domain.conversation import Handler, Message, Status
from kefu.domain.desk import DeskEvent, DeskEventType
from kefu.domain.knowledge import Citation
from kefu.domain.turn import Event, EventDraft, EventType, QuickReply
from kefu.kit.jsonvalue import JsonObject

_INTERNAL = ("trace", "open_question", "language", "unanswered", "asked", "agent_id", "policy", "dialogue", "profile")
"""Keys of an event's data that only the record and its operators see."""


def message_to_json(message: Message) -> JsonObject:
    return {
        "id": message.id,
        "seq": message.seq,
        "client_id": message.client_id,
        "author": message.author.value,
        "text": message.text,
        "attachments": [
            {"name": item.name, "url": item.url, "content_type": item.content_type} for item in message.attachments
        ],
        "created_at": message.created_at.isoformat(),
    }


def citation_to_json(citation: Citation) -> JsonObject:
    return {
        "id": citation.id,
        "number": citation.number,
        "document_id": citation.document_id,
        "title": citation.title,
        "version": citation.version,
        "heading_path": [*citation.heading_path],
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def quick_reply_to_json(reply: QuickReply) -> JsonObject:
    return {"title": reply.title, "choice": reply.choice}


def status_event(status: Status, handler: Handler) -> EventDraft:
    """What a conversation's listeners are told when its status or its handler changes."""
    return EventDraft(EventType.STATUS_CHANGED, {"status": status.value, "handler": handler.value})


def event_to_public(event: Event) -> JsonObject:
    """What a visitor may see of an event."""
    data = {key: value for key, value in event.data.items() if key not in _INTERNAL}
    return {
        "seq": event.seq,
        "type": event.type.value,
        "turn_id": event.turn_id,
        "at": event.at.isoformat(),
        "data": data,
    }


def events_to_bytes(events: list[Event]) -> bytes:
    """The bus's form of some consecutive events of one conversation."""
    return orjson.dumps(
        [[event.conversation_id, event.seq, event.type, event.data, event.turn_id, event.at] for event in events]
    )


def events_from_bytes(message: bytes) -> list[Event]:
    return [
        Event(conversation, seq, EventType(kind), data, turn_id, datetime.fromisoformat(at))
        for conversation, seq, kind, data, turn_id, at in orjson.loads(message)
    ]


def desk_event_to_json(event: DeskEvent) -> JsonObject:
    """What an agent is told."""
    return {
        "seq": event.seq,
        "type": event.type.value,
        "conversation_id": event.conversation_id,
        "at": event.at.isoformat(),
        "data": event.data,
    }


def desk_events_to_bytes(events: list[DeskEvent]) -> bytes:
    """The bus's form of some consecutive events of one desk."""
    return orjson.dumps([[event.seq, event.type, event.conversation_id, event.data, event.at] for event in events])


def desk_events_from_bytes(message: bytes) -> list[DeskEvent]:
    return [
        DeskEvent(seq, DeskEventType(kind), conversation, data, datetime.fromisoformat(at))
        for seq, kind, conversation, data, at in orjson.loads(message)
    ]
