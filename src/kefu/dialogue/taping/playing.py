"""Ports that give again what a tape says. They ask nobody: no tool, no model, no index, no database."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from kefu.dialogue.abilities import GatedTools, GatePort
from kefu.dialogue.context import TurnContext
from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.dialogue.outlook import Outlook
from kefu.dialogue.ports import Look, Ports
from kefu.dialogue.taping.json_forms import (
    chunk_from_json,
    completed_from_json,
    correction_from_json,
    outlook_from_json,
    passage_from_json,
    policy_from_json,
    proven_from_json,
    recognition_from_json,
)
from kefu.dialogue.taping.tape import Channel, OutsideError, Tape, TapePlayer, key_of
from kefu.dialogue.taping.tool_json import answer_from_json, fact_from_json
from kefu.dialogue.tools.results import GateFact, Pending, ToolFacts, ToolResult
from kefu.dialogue.tools.turn import GateTurn
from kefu.dialogue.trace import Trace
from kefu.dialogue.tracing import trace_call, trace_gate
from kefu.domain.conversation import Language
from kefu.domain.errors import ModelError, to_model_error
from kefu.domain.knowledge import Chunk, Passage
from kefu.domain.model import ModelChunk, ModelRequest, TextDelta, Tier, Usage
from kefu.domain.policy import AnswerPolicy
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object
from kefu.knowledge.embedding import Vectors
from kefu.knowledge.port import KnowledgePort, Proven
from kefu.knowledge.reader import Reader
from kefu.knowledge.spelling.correction import Correction
from kefu.knowledge.vocabulary import Vocabulary
from kefu.models.port import NOT_CONFIGURED, ChatModel
from kefu.models.tokens import Meter

Vocabularies = Callable[[Language], Vocabulary]
"""The words of a language, with the workspace's own."""
Describe = Callable[[str], ToolFacts | None]
"""What is known of a tool; asks no other system."""


def play_ports(tape: Tape, player: TapePlayer, trace: Trace, *, clock: Clock) -> Ports:
    return Ports(
        model=PlayedModel(player, trace, is_configured=bool(tape.constants["model"])),
        reader=PlayedReader(player),
        meter=PlayedMeter(player),
        look=play_look(player),
        clock=clock,
    )


def _taken(player: TapePlayer, channel: Channel, key: str) -> JsonValue:
    """The answer, or the failure that there was. Raises OutsideError."""
    answer = player.take(channel, key)
    if isinstance(answer, dict) and set(answer) == {"error"}:
        raise OutsideError(str(answer["error"]))
    return answer


class PlayedKnowledge(KnowledgePort):
    """``chunks``: by id, all that the tape names. The words are those of now: a version that differs is named."""

    def __init__(
        self,
        tape: Tape,
        player: TapePlayer,
        *,
        chunks: Mapping[str, Chunk],
        vocabularies: Vocabularies,
        versions: Mapping[str, str],
    ) -> None:
        self._player = player
        self._chunks = chunks
        self._vocabularies = vocabularies
        self._versions = versions
        self._policy = policy_from_json(tape.constants["policy"])

    @property
    def versions(self) -> Mapping[str, str]:
        return self._versions

    @property
    def policy(self) -> AnswerPolicy | None:
        return self._policy

    def vocabulary(self, language: Language) -> Vocabulary:
        return self._vocabularies(language)

    def search(self, query: str, *, language: Language, limit: int) -> list[Passage]:
        return self._passages(_taken(self._player, Channel.SEARCH, key_of(query, language, limit)))

    def search_others(self, query: str, *, language: Language, limit: int) -> list[Passage]:
        return self._passages(_taken(self._player, Channel.OTHERS, key_of(query, language, limit)))

    def correct(self, plain: str, *, language: Language) -> tuple[Correction, ...]:
        found = as_list(_taken(self._player, Channel.CORRECT, key_of(plain, language)))
        return tuple(correction_from_json(as_object(one)) for one in found)

    def likeness(self, query: str, text: str, *, language: Language) -> float | None:
        return self._player.take_likeness()

    def look_up(self, question: str, *, language: Language) -> tuple[Proven, ...]:
        found = as_list(_taken(self._player, Channel.LOOK_UP, key_of(question, language)))
        return tuple(proven_from_json(as_object(one), self._chunks) for one in found)

    def find_first(self, document_key: str, *, language: Language) -> Chunk | None:
        found = _taken(self._player, Channel.FIRST, key_of(document_key, language))
        return None if found is None else chunk_from_json(as_object(found), self._chunks)

    def _passages(self, found: JsonValue) -> list[Passage]:
        return [passage_from_json(as_object(one), self._chunks) for one in as_list(found)]


class PlayedReader(Reader):
    def __init__(self, player: TapePlayer) -> None:
        self._player = player

    def read(self, question: str, texts: Sequence[str]) -> list[float] | None:
        found = _taken(self._player, Channel.READER, key_of(question, *texts))
        return None if found is None else [float(str(one)) for one in as_list(found)]


class PlayedClassifier(IntentClassifier):
    def __init__(self, player: TapePlayer) -> None:
        self._player = player

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        return recognition_from_json(as_object(_taken(self._player, Channel.INTENTS, key_of(text))))


class PlayedMeter(Meter):
    """Learns nothing: what was reported then was learnt then."""

    def __init__(self, player: TapePlayer) -> None:
        self._player = player

    def factor(self, tier: Tier) -> float:
        return float(str(self._player.take(Channel.METER, tier.value)))

    def learn(self, model: str, request: ModelRequest, usage: Usage) -> None:
        return None


class PlayedModel(ChatModel):
    def __init__(self, player: TapePlayer, trace: Trace, *, is_configured: bool) -> None:
        self._player = player
        self._trace = trace
        self._is_configured = is_configured

    @property
    def is_configured(self) -> bool:
        return self._is_configured

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelChunk, None]:
        if not self._is_configured:
            raise ModelError(NOT_CONFIGURED)
        key = key_of(*((prompt.role, prompt.text) for prompt in request.prompts))
        reply = as_object(self._player.take(Channel.MODEL, key))
        ending = {name: value for name, value in reply.items() if name != "pieces"}
        try:
            for piece in as_list(reply["pieces"]):
                await asyncio.sleep(0)
                yield TextDelta(str(piece))
            if "failed" in ending:
                raise to_model_error(str(ending["failed"]))
            if "completed" not in ending:
                raise TimeoutError  # whoever waited for it had given up by now
            yield completed_from_json(as_object(ending["completed"]))
        finally:
            trace_call(self._trace, request, ending, prompt=key)

    async def aclose(self) -> None:
        return None


def play_look(player: TapePlayer) -> Look:
    async def played(_context: TurnContext, language: Language) -> Outlook:
        return outlook_from_json(as_object(player.take(Channel.QUEUE, language)))

    return played


class PlayedGate(GatePort):
    """``describe`` says what tools are; none is ever called."""

    def __init__(self, player: TapePlayer, trace: Trace, *, describe: Describe) -> None:
        self._player = player
        self._trace = trace
        self._describe = describe

    def describe(self, tool: str) -> ToolFacts | None:
        return self._describe(tool)

    def for_turn(self, turn: GateTurn) -> GatedTools:
        return _PlayedTools(self._player, turn, self._describe, trace=self._trace)


class _PlayedTools(GatedTools):
    def __init__(self, player: TapePlayer, turn: GateTurn, describe: Describe, *, trace: Trace) -> None:
        self._player = player
        self._turn = turn
        self._describe = describe
        self._trace = trace
        self._log: list[GateFact] = []

    @property
    def log(self) -> tuple[GateFact, ...]:
        return tuple(self._log)

    def describe(self, tool: str) -> ToolFacts | None:
        return self._describe(tool)

    async def list_callable(self) -> tuple[ToolFacts, ...]:
        names = map(str, as_list(_taken(self._player, Channel.TOOLS, key_of("list"))))
        return tuple(facts for facts in map(self._describe, names) if facts is not None)

    async def read(self, tool: str, arguments: JsonObject) -> ToolResult:
        answer = self._answer(key_of("read", tool, arguments))
        assert isinstance(answer, ToolResult), "a read never waits for a yes"
        return answer

    async def write(self, tool: str, arguments: JsonObject, *, key: str) -> ToolResult | Pending:
        return self._answer(key_of("write", tool, arguments, key))

    def _answer(self, key: str) -> ToolResult | Pending:
        found = as_object(_taken(self._player, Channel.TOOLS, key))
        for one in as_list(found["log"]):
            fact = fact_from_json(as_object(one))
            self._log.append(fact)
            trace_gate(self._trace, fact, self._turn)
        return answer_from_json(found)
