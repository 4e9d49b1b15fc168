"""Plays a dialogue: the real engine, gate and events; only the other system is scripted and nothing is stored."""

import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import NO_MODEL, Batch, Finished
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.state import DialogueState
from kefu.dialogue.flows.state_json import from_json
from kefu.dialogue.propose.slot_types import ChoiceMatcher
from kefu.dialogue.state import State, Utterance, fold, to_history
from kefu.dialogue.tools.gate import Gate
from kefu.dialogue.tools.memory import MemoryLedger
from kefu.dialogue.turn import Engine
from kefu.domain.action import AuthLevel, PluginState
from kefu.domain.conversation import Attachment, Author, Message
from kefu.domain.model import ModelUse
from kefu.domain.turn import Event
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.kit.strings import Strings
from kefu.plugins.context import ToolContact
from kefu.plugins.host import PluginHost
from kefu.services.evaluation.dialogues.files import Dialogue, TurnScript
from kefu.services.evaluation.dialogues.modelling import DialogueModel
from kefu.services.evaluation.dialogues.scripted import PLUGIN, ScriptedBackEnd
from kefu.services.evaluation.dialogues.staging import Stage
from kefu.services.turn_record import TurnRecord

WORKSPACE, CONVERSATION = "evaluation", "conversation"
_AFTER = re.compile(r"(?P<count>\d+)(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Clock(Clock):
    """Stands still between turns."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass(frozen=True, slots=True)
class Played:
    """What one turn came to. ``writes`` are the writing tools that the other system was asked for in it."""

    said: tuple[str, ...]
    events: tuple[Event, ...]
    ending: JsonObject
    dialogue: DialogueState
    writes: tuple[tuple[str, JsonObject], ...]
    cited: frozenset[str]
    """Keys of the documents that were cited."""
    model: ModelUse = NO_MODEL


class Player:
    """One conversation with the assistant of a stage."""

    def __init__(
        self,
        engine: Engine,
        stage: Stage,
        dialogue: Dialogue,
        *,
        strings: Strings,
        model: DialogueModel | None = None,
        is_scripted: bool = False,
    ) -> None:
        """``model`` is the engine's, where it can be scripted; ``is_scripted``: by this file, whatever it says of itself."""
        setup = dialogue.setup
        self._model = model
        self._is_scripted = is_scripted or dialogue.script.engine == "scripted"
        self._engine = engine
        self._stage = stage
        self.back_end = ScriptedBackEnd(setup.tools)
        self._host = PluginHost([self.back_end.to_plugin()])
        self._clock = _Clock(setup.clock)
        state = PluginState(WORKSPACE, PLUGIN, is_enabled=True, settings={}, closed_tools=(), changed_at=setup.clock)
        self.ledger = MemoryLedger(clock=self._clock, states=[state])
        self._abilities = Abilities(
            flows=FlowEngine(stage.flows, strings=strings, matcher=ChoiceMatcher()),
            gate=Gate(self._host, self.ledger, clock=self._clock),
            classifier=stage.classifier,
            policy=dict(setup.policy),
        )
        customer = setup.customer
        is_known = customer.auth != "anonymous"
        self._contact = ToolContact(
            "contact", customer.id if is_known else None, AuthLevel(customer.auth), frozenset(customer.segments)
        )
        self._state = State(language=dialogue.script.language)
        self._history: tuple[Utterance, ...] = ()
        self._seq = 0
        self._turns = 0

    async def play(self, turn: TurnScript, messages: Sequence[str]) -> Played:
        """One turn. ``messages`` are what is written, or the title of what is pressed."""
        self._turns += 1
        self._clock.advance(_to_time(turn.after))
        arrived = [self._arrive(text, turn) for text in messages]
        context = TurnContext(
            turn_id=f"turn_{self._turns}",
            workspace_id=WORKSPACE,
            conversation_id=CONVERSATION,
            inbox_name="kefu",
            messages=tuple(arrived),
            state=self._state,
            now=self._clock.now(),
            contact=self._contact,
            zone=self._clock.now().tzinfo or UTC,
            history=self._history,
        )
        before = len(self.back_end.writes)
        record = TurnRecord(context, inbound_seq=self._seq)
        events: list[Event] = []
        use = NO_MODEL
        if self._model is not None:
            self._model.load(turn.model if self._is_scripted else None)
        async with aclosing(self._engine.run(context, self._stage.index, self._abilities)) as batches:
            async for batch in batches:
                use = next((event.model for event in batch if isinstance(event, Finished)), use)
                events.extend(self._store(record, batch, context))
        self._state = fold(events, self._state)
        ending = events[-1].data
        reply = Utterance(Author.ASSISTANT, str(as_object(ending["reply"])["text"]))
        self._history = (*self._history, *to_history(arrived), reply)
        dialogue = self._state.dialogue
        return Played(
            said=tuple(messages),
            events=tuple(events),
            ending=ending,
            dialogue=DialogueState() if dialogue is None else from_json(dialogue),
            writes=tuple(self.back_end.writes[before:]),
            model=use,
            cited=frozenset(self._key_of(as_object(one)) for one in as_list(as_object(ending["reply"])["citations"])),
        )

    def _key_of(self, citation: JsonObject) -> str:
        title = str(citation["title"])
        return self._stage.keys.get(title, title)

    async def aclose(self) -> None:
        await self._host.aclose()

    def _arrive(self, text: str, turn: TurnScript) -> Message:
        self._seq += 1
        files = (Attachment(turn.attach, f"https://files.example/{turn.attach}", "image/jpeg"),) if turn.attach else ()
        return Message(
            id=f"msg_{self._seq}",
            conversation_id=CONVERSATION,
            seq=self._seq,
            client_id=f"c{self._seq}",
            author=Author.VISITOR,
            text=text or turn.press,
            created_at=self._clock.now(),
            choice=turn.press or None,
            attachments=files,
        )

    def _store(self, record: TurnRecord, batch: Batch, context: TurnContext) -> list[Event]:
        step = record.add(batch, last_seq=self._seq, at=self._clock.now())
        record.keep(step)
        self.ledger.withdraw(step.withdrawn)
        stored = []
        for draft in step.drafts:
            self._seq += 1
            stored.append(Event(CONVERSATION, self._seq, draft.type, draft.data, context.turn_id, self._clock.now()))
        return stored


def _to_time(text: str) -> timedelta:
    found = _AFTER.fullmatch(text)
    return timedelta(minutes=1) if found is None else timedelta(**{_UNITS[found["unit"]]: int(found["count"])})
