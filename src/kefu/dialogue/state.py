"""The present of a conversation, folded from its events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kefu.dialogue.facts_json import fact_from_json
from kefu.domain.conversation import Author, Language, Message
from kefu.domain.profile import ContactFact
from kefu.domain.turn import Decision, Event, EventType
from kefu.kit.jsonvalue import JsonObject, as_list, as_object

_SPEAKERS = frozenset({Author.VISITOR, Author.ASSISTANT, Author.AGENT})


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message of the past, in its order."""

    author: Author
    text: str


@dataclass(frozen=True, slots=True)
class State:
    """What the next turn may know. ``abstentions`` and ``clarifications`` count those in a row; ``asked`` is the last
    question that was looked up, standing alone: what a follow-up leans on.
    """

    language: Language | None = None
    open_question: str | None = None
    last_reply: str | None = None
    """What was said to the customer last, by the assistant or by an agent."""
    is_agents_reply: bool = False
    asked: str | None = None
    abstentions: int = 0
    clarifications: int = 0
    waiting: tuple[ContactFact, ...] = ()
    """Facts of the contact that wait for consent."""
    dialogue: JsonObject | None = None
    """The flows as the last turn left them (``flows.state_json``)."""


def to_history(messages: Iterable[Message]) -> tuple[Utterance, ...]:
    """What customer, assistant and agents said to one another."""
    return tuple(Utterance(one.author, one.text) for one in messages if one.author in _SPEAKERS)


def fold(events: Iterable[Event], state: State | None = None) -> State:
    """Add events, in order, to a state."""
    result = state or State()
    for event in events:
        result = _apply(result, event)
    return result


def _apply(state: State, event: Event) -> State:
    match event.type:
        case EventType.TURN_FINISHED:
            return _with_turn(state, event.data)
        case EventType.MESSAGE_RECEIVED:
            return _with_message(state, as_object(event.data["message"]))
        case EventType.STATUS_CHANGED:
            # Whoever answers from here on begins anew: an old offer must not be accepted, old failures not be counted.
            return replace(state, open_question=None, abstentions=0, clarifications=0)
        case _:
            return state


def _with_message(state: State, message: JsonObject) -> State:
    """The assistant goes on from what an agent has said: that is what "say it again" asks for."""
    if message["author"] != Author.AGENT:
        return state
    return replace(state, last_reply=str(message["text"]), is_agents_reply=True)


def _with_turn(state: State, data: JsonObject) -> State:
    reply = as_object(data["reply"])
    decision = reply["decision"]
    question, language, asked = data.get("open_question"), data.get("language"), data.get("asked")
    dialogue = data.get("dialogue")
    return replace(
        state,
        language="en" if language == "en" else "zh" if language == "zh" else state.language,
        open_question=str(question) if question else None,
        last_reply=str(reply["text"]),
        is_agents_reply=False,
        asked=str(asked) if asked else state.asked,
        abstentions=state.abstentions + 1 if decision == Decision.ABSTAIN else 0,
        clarifications=state.clarifications + 1 if decision == Decision.CLARIFY else 0,
        waiting=_waiting(data),
        dialogue=state.dialogue if dialogue is None else as_object(dialogue),
    )


def _waiting(data: JsonObject) -> tuple[ContactFact, ...]:
    change = data.get("profile")
    if change is None:
        return ()
    return tuple(fact_from_json(as_object(fact)) for fact in as_list(as_object(change)["waiting"]))
