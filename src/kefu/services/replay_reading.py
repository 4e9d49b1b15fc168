"""What the database still has of a turn: its tape, its events, and what it was folded from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kefu.dialogue.context import TurnContext
from kefu.dialogue.facts_json import fact_from_json
from kefu.dialogue.state import fold, to_history
from kefu.dialogue.taping.context_json import (
    Begin,
    FactName,
    Past,
    begin_from_json,
    context_from_json,
    fact_names,
    facts_in,
)
from kefu.dialogue.taping.tape import Tape
from kefu.domain.conversation import Author
from kefu.domain.knowledge import Chunk, Term
from kefu.domain.profile import ContactFact
from kefu.domain.turn import Event, EventType, Turn
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.knowledge.index import hash_of_terms
from kefu.services.turn import RECENT_EVENTS, RECENT_NUMBERS
from kefu.storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Recorded:
    """One turn as it is stored. ``missing``: what it was given and is no longer there; empty when all is."""

    turn: Turn
    context: TurnContext
    begin: Begin
    tape: Tape
    trace: JsonObject
    events: tuple[Event, ...]
    chunks: Mapping[str, Chunk]
    terms: tuple[Term, ...]
    knowledge: Mapping[str, str]
    """The versions of now."""
    missing: str = ""

    @property
    def has_flows(self) -> bool:
        return "classifier" in self.tape.constants

    @property
    def _ending(self) -> Event | None:
        return next((event for event in self.events if event.type is EventType.TURN_FINISHED), None)

    @property
    def finished_seq(self) -> int:
        return 0 if self._ending is None else self._ending.seq

    @property
    def message_id(self) -> str:
        return "" if self._ending is None else str(as_object(self._ending.data["message"])["id"])

    @property
    def message_at(self) -> datetime:
        if self._ending is None:
            return self.context.now
        return datetime.fromisoformat(str(as_object(self._ending.data["message"])["created_at"]))


async def read_recorded(unit: Unit, turn: Turn) -> Recorded | None:
    """None: the turn left no tape."""
    notes = await unit.turns.find_tape(turn.id)
    if notes is None:
        return None
    events = tuple(await unit.events.list_of_turn(turn.id))
    ending = next((event for event in events if event.type is EventType.TURN_FINISHED), None)
    trace = as_object(notes.get("trace", {})) if ending is None else as_object(ending.data["trace"])
    given, tape = as_object(notes["context"]), Tape.from_json(as_object(notes["tape"]))
    begin = begin_from_json(given)
    facts = await _read_facts(unit, fact_names(given))
    context = context_from_json(
        given,
        ids=(turn.id, unit.workspace_id, turn.conversation_id),
        past=await _read_past(unit, turn.conversation_id, begin),
        facts=facts,
        allowed=await unit.profiles.list_allowed(),
    )
    wanted = tape.chunk_ids()
    chunks = await unit.document_lists.list_chunks_by_id(wanted)
    terms, now = tuple(await unit.terms.list_all()), await unit.workspaces.knowledge_state()
    gone = [f"fact {name}" for turn_id, name in fact_names(given) if (turn_id, name) not in facts]
    gone += [chunk_id for chunk_id in wanted if chunk_id not in chunks]
    return Recorded(
        turn=turn,
        context=context,
        begin=begin,
        tape=tape,
        trace=trace,
        events=events,
        chunks=chunks,
        terms=terms,
        knowledge={
            "knowledge": str(now.version),
            "encoder": now.encoder or "",
            "terms": hash_of_terms(terms),
        },
        missing=", ".join(gone),
    )


async def _read_past(unit: Unit, conversation_id: str, begin: Begin) -> Past:
    """The log as it was when the turn began."""
    said = await unit.messages.list_since(
        conversation_id, floor=begin.last_seq - RECENT_NUMBERS, handled_seq=begin.handled_seq
    )
    known = [message for message in said if message.seq <= begin.last_seq]
    own = [one for one in known if one.author is Author.VISITOR and one.seq > begin.handled_seq]
    events = await unit.events.list_between(conversation_id, floor=begin.last_seq - RECENT_EVENTS, last=begin.last_seq)
    return Past(tuple(own), fold(events), to_history(one for one in known if one not in own))


async def _read_facts(unit: Unit, names: Sequence[FactName]) -> dict[FactName, ContactFact]:
    """Facts of a contact, from the turns that say them."""
    found: dict[FactName, ContactFact] = {}
    for turn_id in dict.fromkeys(turn for turn, _ in names):
        for event in await unit.events.list_of_turn(turn_id):
            if event.type is EventType.TURN_FINISHED:
                found |= {(turn_id, name): fact_from_json(data) for name, data in facts_in(event.data).items()}
    return {name: fact for name, fact in found.items() if name in names}
