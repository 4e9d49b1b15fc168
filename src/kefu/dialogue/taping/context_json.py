"""The context of a turn as JSON and back: only what the conversation's log does not say already.

Messages, state and history are folded from the log again. Facts of the contact are named by the turn in whose last
event they stand: what is forgotten with its conversation is not kept here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kefu.dialogue.context import TurnContext
from kefu.dialogue.state import State, Utterance
from kefu.domain.action import AuthLevel
from kefu.domain.conversation import Hotlines, Language, Message
from kefu.domain.profile import AllowedFact, Consent, ContactFact, Profile
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object
from kefu.plugins.context import ToolContact

LANGUAGES: tuple[Language, ...] = ("zh", "en")
FactName = tuple[str, str]
"""The turn that a fact comes from, and its name."""


@dataclass(frozen=True, slots=True)
class Begin:
    """How much of the log a turn had before it: up to ``last_seq``, of which messages after ``handled_seq`` are its own."""

    last_seq: int
    handled_seq: int
    inbound_seq: int


@dataclass(frozen=True, slots=True)
class Past:
    """What the log says of the time before a turn."""

    messages: tuple[Message, ...]
    state: State
    history: tuple[Utterance, ...]


def context_to_json(context: TurnContext, begin: Begin) -> JsonObject:
    contact, profile = context.contact, context.profile
    return {
        "seq": [begin.last_seq, begin.handled_seq, begin.inbound_seq],
        "now": context.now.isoformat(),
        "zone": getattr(context.zone, "key", None),
        "inbox": context.inbox_name,
        "contact": [contact.id, contact.external_id, contact.auth.value, [*sorted(contact.segments)]],
        "facts": [[fact.turn_id, fact.name] for fact in profile.facts],
        "consent": None if profile.consent is None else profile.consent.value,
        "is_queued": context.is_queued,
        "mood": context.mood,
        "hotlines": {
            policy: {str(language): number for language, number in numbers.items()}
            for policy, numbers in context.hotlines.items()
        },
    }


def begin_from_json(data: JsonObject) -> Begin:
    last, handled, inbound = (int(str(one)) for one in as_list(data["seq"]))
    return Begin(last, handled, inbound)


def fact_names(data: JsonObject) -> tuple[FactName, ...]:
    """The facts of the contact that the turn knew."""
    pairs = [as_list(one) for one in as_list(data["facts"])]
    return tuple((str(turn), str(name)) for turn, name in pairs)


def context_from_json(
    data: JsonObject,
    *,
    ids: tuple[str, str, str],
    past: Past,
    facts: Mapping[FactName, ContactFact],
    allowed: tuple[AllowedFact, ...],
) -> TurnContext:
    """``ids``: of turn, workspace and conversation. ``allowed``: the facts that the workspace allows now."""
    turn_id, workspace_id, conversation_id = ids
    contact_id, external_id, auth, segments = as_list(data["contact"])
    consent, mood, zone = data["consent"], data["mood"], data["zone"]
    known = tuple(facts[name] for name in fact_names(data) if name in facts)
    return TurnContext(
        turn_id=turn_id,
        workspace_id=workspace_id,
        conversation_id=conversation_id,
        inbox_name=str(data["inbox"]),
        messages=past.messages,
        state=past.state,
        now=datetime.fromisoformat(str(data["now"])),
        contact=ToolContact(
            str(contact_id), _optional(external_id), AuthLevel(str(auth)), frozenset(map(str, as_list(segments)))
        ),
        zone=UTC if zone is None else ZoneInfo(str(zone)),
        history=past.history,
        profile=Profile(allowed, known, None if consent is None else Consent(str(consent))),
        is_queued=bool(data["is_queued"]),
        mood=None if mood is None else float(str(mood)),
        hotlines=_hotlines(as_object(data.get("hotlines", {}))),
    )


def _hotlines(data: JsonObject) -> Hotlines:
    found = {policy: as_object(numbers) for policy, numbers in data.items()}
    return {
        policy: {language: str(numbers[language]) for language in LANGUAGES if language in numbers}
        for policy, numbers in found.items()
    }


def _optional(value: JsonValue) -> str | None:
    return None if value is None else str(value)


def facts_in(data: JsonObject) -> dict[str, JsonObject]:
    """The facts, by name, that a turn's last event says were kept, or wait for consent."""
    change = data.get("profile")
    if change is None:
        return {}
    found = (as_object(one) for name in ("waiting", "kept") for one in as_list(as_object(change)[name]))
    return {str(fact["name"]): fact for fact in found}
