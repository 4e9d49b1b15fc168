"""Facts of a contact as JSON and back, for the events."""

from datetime import datetime

from kefu.domain.profile import ContactFact, ProfileChange
from kefu.kit.jsonvalue import JsonObject


def fact_to_json(fact: ContactFact) -> JsonObject:
    return {
        "name": fact.name,
        "value": fact.value,
        "display": fact.display,
        "source": fact.source,
        "conversation_id": fact.conversation_id,
        "turn_id": fact.turn_id,
        "at": fact.at.isoformat(),
        "expires_at": None if fact.expires_at is None else fact.expires_at.isoformat(),
    }


def fact_from_json(data: JsonObject) -> ContactFact:
    expires = data["expires_at"]
    return ContactFact(
        name=str(data["name"]),
        value=data["value"],
        display=str(data["display"]),
        source="flow" if data["source"] == "flow" else "statement",
        conversation_id=str(data["conversation_id"]),
        turn_id=str(data["turn_id"]),
        at=datetime.fromisoformat(str(data["at"])),
        expires_at=None if expires is None else datetime.fromisoformat(str(expires)),
    )


def change_to_json(change: ProfileChange) -> JsonObject:
    return {
        "kept": [fact_to_json(fact) for fact in change.kept],
        "forgotten": [*change.forgotten],
        "consent": None if change.consent is None else change.consent.value,
        "waiting": [fact_to_json(fact) for fact in change.waiting],
    }
