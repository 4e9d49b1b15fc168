"""The present of a conversation, folded from its events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kefu.domain.conversation import Author, Language
from kefu.domain.turn import Decision, Event, EventType
from kefu.kit.jsonvalue import JsonObject, as_object

HISTORY_LIMIT = 20


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
    asked: str | None = None
    abstentions: int = 0
    clarifications: int = 0
    history: tuple[Utterance, ...] = ()
    dialogue: JsonObject | None = None
    """The flows as the last turn left them (``flows.state_json``)."""


def fold(events: Iterable[Event], state: State | None = None) -> State:
    """Add events, in order, to a state."""
    result = state or State()
    for event in events:
        result = _apply(result, event)
    return result


def _apply(state: State, event: Event) -> State:
    match event.type:
        case EventType.MESSAGE_RECEIVED:
            return _with_message(state, event.data)
        case EventType.TURN_FINISHED:
            return _with_turn(_with_message(state, event.data), event.data)
        case EventType.STATUS_CHANGED:
            # Whoever answers from here on begins anew: an old offer must not be accepted, old failures not be counted.
            return replace(state, open_question=None, abstentions=0, clarifications=0)
        case _:
            return state


def _with_message(state: State, data: JsonObject) -> State:
    message = as_object(data["message"])
    utterance = Utterance(Author(str(message["author"])), str(message["text"]))
    return replace(state, history=(*state.history, utterance)[-HISTORY_LIMIT:])


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
        asked=str(asked) if asked else state.asked,
        abstentions=state.abstentions + 1 if decision == Decision.ABSTAIN else 0,
        clarifications=state.clarifications + 1 if decision == Decision.CLARIFY else 0,
        dialogue=state.dialogue if dialogue is None else as_object(dialogue),
    )
