"""Ports that write down what they were asked and what was answered, and otherwise change nothing."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TypeVar

from kefu.dialogue.abilities import Abilities, GatedTools, GatePort
from kefu.dialogue.context import TurnContext
from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.dialogue.outlook import Outlook
from kefu.dialogue.ports import Look, Ports
from kefu.dialogue.taping.json_forms import (
    chunk_to_json,
    completed_to_json,
    correction_to_json,
    outlook_to_json,
    passage_to_json,
    policy_to_json,
    proven_to_json,
    recognition_to_json,
)
from kefu.dialogue.taping.tape import Channel, Tape, key_of
from kefu.dialogue.taping.tool_json import answer_to_json, fact_to_json
from kefu.dialogue.tools.results import GateFact, Pending, ToolFacts, ToolResult
from kefu.dialogue.tools.turn import GateTurn
from kefu.dialogue.trace import Trace
from kefu.dialogue.tracing import trace_call, trace_gate
from kefu.domain.conversation import Language
from kefu.domain.errors import ModelError
from kefu.domain.knowledge import Chunk, Passage
from kefu.domain.model import Completed, ModelChunk, ModelRequest, Tier, Usage
from kefu.domain.policy import AnswerPolicy
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.knowledge.embedding import Vectors
from kefu.knowledge.port import KnowledgePort, Proven
from kefu.knowledge.reader import Reader
from kefu.knowledge.spelling.correction import Correction
from kefu.knowledge.vocabulary import Vocabulary
from kefu.models.port import ChatModel
from kefu.models.tokens import Meter

T = TypeVar("T")


def record_ports(ports: Ports, tape: Tape, trace: Trace) -> Ports:
    """Ports for one turn."""
    return Ports(
        model=RecordingModel(ports.model, tape, trace),
        reader=RecordingReader(ports.reader, tape),
        meter=RecordingMeter(ports.meter, tape),
        look=record_look(ports.look, tape),
        clock=ports.clock,
    )


def _noted(tape: Tape, channel: Channel, key: str, *, call: Callable[[], T], to_json: Callable[[T], JsonValue]) -> T:
    """Ask, and write down the answer, or that it failed."""
    try:
        answer = call()
    except Exception as error:
        tape.write(channel, key, {"error": type(error).__name__})
        raise
    tape.write(channel, key, to_json(answer))
    return answer


class RecordingKnowledge(KnowledgePort):
    """A snapshot that is listened to. Searches of one turn come one after the other, though each in a thread."""

    def __init__(self, knowledge: KnowledgePort, tape: Tape) -> None:
        self._knowledge = knowledge
        self._tape = tape
        tape.constants["policy"] = policy_to_json(knowledge.policy)

    @property
    def versions(self) -> Mapping[str, str]:
        return self._knowledge.versions

    @property
    def policy(self) -> AnswerPolicy | None:
        return self._knowledge.policy

    def vocabulary(self, language: Language) -> Vocabulary:
        return self._knowledge.vocabulary(language)

    def search(self, query: str, *, language: Language, limit: int) -> list[Passage]:
        return _noted(
            self._tape,
            Channel.SEARCH,
            key_of(query, language, limit),
            call=lambda: self._knowledge.search(query, language=language, limit=limit),
            to_json=_passages,
        )

    def search_others(self, query: str, *, language: Language, limit: int) -> list[Passage]:
        return _noted(
            self._tape,
            Channel.OTHERS,
            key_of(query, language, limit),
            call=lambda: self._knowledge.search_others(query, language=language, limit=limit),
            to_json=_passages,
        )

    def correct(self, plain: str, *, language: Language) -> tuple[Correction, ...]:
        return _noted(
            self._tape,
            Channel.CORRECT,
            key_of(plain, language),
            call=lambda: self._knowledge.correct(plain, language=language),
            to_json=lambda found: [correction_to_json(one) for one in found],
        )

    def likeness(self, query: str, text: str, *, language: Language) -> float | None:
        value = self._knowledge.likeness(query, text, language=language)
        self._tape.write_likeness(value)
        return value

    def look_up(self, question: str, *, language: Language) -> tuple[Proven, ...]:
        return _noted(
            self._tape,
            Channel.LOOK_UP,
            key_of(question, language),
            call=lambda: self._knowledge.look_up(question, language=language),
            to_json=lambda found: [proven_to_json(one) for one in found],
        )

    def find_first(self, document_key: str, *, language: Language) -> Chunk | None:
        return _noted(
            self._tape,
            Channel.FIRST,
            key_of(document_key, language),
            call=lambda: self._knowledge.find_first(document_key, language=language),
            to_json=lambda found: None if found is None else chunk_to_json(found),
        )


def _passages(found: Sequence[Passage]) -> JsonValue:
    return [passage_to_json(one) for one in found]


class RecordingReader(Reader):
    def __init__(self, reader: Reader, tape: Tape) -> None:
        self._reader = reader
        self._tape = tape

    def read(self, question: str, texts: Sequence[str]) -> list[float] | None:
        return _noted(
            self._tape,
            Channel.READER,
            key_of(question, *texts),
            call=lambda: self._reader.read(question, texts),
            to_json=lambda found: None if found is None else [*found],
        )


class RecordingClassifier(IntentClassifier):
    def __init__(self, classifier: IntentClassifier, tape: Tape) -> None:
        self._classifier = classifier
        self._tape = tape

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        return _noted(
            self._tape,
            Channel.INTENTS,
            key_of(text),
            call=lambda: self._classifier.classify(text, vector=vector),
            to_json=recognition_to_json,
        )


class RecordingMeter(Meter):
    def __init__(self, meter: Meter, tape: Tape) -> None:
        self._meter = meter
        self._tape = tape

    def factor(self, tier: Tier) -> float:
        value = self._meter.factor(tier)
        self._tape.write(Channel.METER, tier.value, value)
        return value

    def learn(self, model: str, request: ModelRequest, usage: Usage) -> None:
        self._meter.learn(model, request, usage)


class RecordingModel(ChatModel):
    """Keeps a reply in the pieces in which it came, also one that broke off."""

    def __init__(self, model: ChatModel, tape: Tape, trace: Trace) -> None:
        self._model = model
        self._tape = tape
        self._trace = trace
        self._is_configured = model.is_configured
        tape.constants["model"] = self._is_configured

    @property
    def is_configured(self) -> bool:
        return self._is_configured

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelChunk, None]:
        key = key_of(*((prompt.role, prompt.text) for prompt in request.prompts))
        pieces: list[JsonValue] = []
        ending: JsonObject = {"cut": True}
        try:
            async with aclosing(self._model.stream(request)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, Completed):
                        ending = {"completed": completed_to_json(chunk)}
                    else:
                        pieces.append(chunk.text)
                    yield chunk
        except ModelError as error:
            ending = {"failed": error.code}
            raise
        finally:
            self._tape.write(Channel.MODEL, key, {"pieces": pieces, **ending})
            trace_call(self._trace, request, ending, prompt=key)

    async def aclose(self) -> None:
        """The process's model stays open."""


def record_look(look: Look, tape: Tape) -> Look:
    async def recorded(context: TurnContext, language: Language) -> Outlook:
        outlook = await look(context, language)
        tape.write(Channel.QUEUE, language, outlook_to_json(outlook))
        return outlook

    return recorded


class RecordingGate(GatePort):
    def __init__(self, gate: GatePort, tape: Tape, trace: Trace) -> None:
        self._gate = gate
        self._tape = tape
        self._trace = trace

    def describe(self, tool: str) -> ToolFacts | None:
        return self._gate.describe(tool)

    def for_turn(self, turn: GateTurn) -> GatedTools:
        return _RecordingTools(self._gate.for_turn(turn), turn, self._tape, trace=self._trace)


class _RecordingTools(GatedTools):
    def __init__(self, tools: GatedTools, turn: GateTurn, tape: Tape, *, trace: Trace) -> None:
        self._tools = tools
        self._turn = turn
        self._tape = tape
        self._trace = trace

    @property
    def log(self) -> tuple[GateFact, ...]:
        return self._tools.log

    def describe(self, tool: str) -> ToolFacts | None:
        return self._tools.describe(tool)

    async def list_callable(self) -> tuple[ToolFacts, ...]:
        found = await self._tools.list_callable()
        self._tape.write(Channel.TOOLS, key_of("list"), [facts.name for facts in found])
        return found

    async def read(self, tool: str, arguments: JsonObject) -> ToolResult:
        before = len(self._tools.log)
        answer = await self._tools.read(tool, arguments)
        self._note(key_of("read", tool, arguments), answer, before=before)
        return answer

    async def write(self, tool: str, arguments: JsonObject, *, key: str) -> ToolResult | Pending:
        before = len(self._tools.log)
        answer = await self._tools.write(tool, arguments, key=key)
        self._note(key_of("write", tool, arguments, key), answer, before=before)
        return answer

    def _note(self, key: str, answer: ToolResult | Pending, *, before: int) -> None:
        facts = self._tools.log[before:]
        self._tape.write(Channel.TOOLS, key, {**answer_to_json(answer), "log": [fact_to_json(fact) for fact in facts]})
        for fact in facts:
            trace_gate(self._trace, fact, self._turn)


def record_abilities(abilities: Abilities, tape: Tape, trace: Trace) -> tuple[GatePort, IntentClassifier | None]:
    """The gate and the classifier for one turn."""
    classifier = abilities.classifier
    tape.constants["classifier"] = classifier is not None
    recorded = None if classifier is None else RecordingClassifier(classifier, tape)
    return RecordingGate(abilities.gate, tape, trace), recorded
