"""A turn played again from its tape, through the same code, with nothing asked and nothing done."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch
from kefu.dialogue.taping.playing import PlayedClassifier, PlayedGate, PlayedKnowledge, Vocabularies, play_ports
from kefu.dialogue.taping.plugin_calls import play_extensions
from kefu.dialogue.taping.tape import Tape, TapePlayer
from kefu.dialogue.trace import Trace
from kefu.dialogue.turn import Engine, Outside
from kefu.domain.knowledge import Chunk
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.plugins.host import PluginHost


@dataclass(frozen=True, slots=True)
class Props:
    """What a replay stands on beside the tape: texts that are stored elsewhere, and the flows and words of now."""

    chunks: Mapping[str, Chunk]
    vocabularies: Vocabularies
    abilities: Abilities | None
    plugins: PluginHost


class RecordedClock(Clock):
    """The turn's moment, and the pauses that its trace says there were."""

    def __init__(self, now: datetime, pauses: Sequence[float]) -> None:
        self._now = now
        self._pauses = iter((0.0, *pauses))
        self._passed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        self._passed += next(self._pauses, 0.0) / 1000
        return self._passed


class Replay:
    """One playing of one turn. ``recorded``: the trace that the turn has left, for its versions and its times."""

    def __init__(self, engine: Engine, context: TurnContext, tape: Tape, *, recorded: JsonObject) -> None:
        self._engine = engine
        self._context = context
        self._tape = tape
        self._player = tape.player()
        steps = [as_object(step) for step in as_list(recorded.get("steps", []))]
        versions = {name: str(value) for name, value in as_object(recorded.get("versions", {})).items()}
        clock = RecordedClock(context.now, [float(str(step["ms"])) for step in steps])
        self._clock = clock
        self._versions = versions
        self.trace = Trace(clock, versions)

    @property
    def player(self) -> TapePlayer:
        return self._player

    async def run(self, props: Props) -> AsyncGenerator[Batch, None]:
        """The batches of the turn. Raises TapeEndedError, TapeDivergedError, MissingChunkError, or what it raised then."""
        abilities = props.abilities
        if abilities is not None:
            has_classifier = bool(self._tape.constants["classifier"])
            abilities = replace(
                abilities,
                gate=PlayedGate(self._player, self.trace, describe=abilities.gate.describe),
                classifier=PlayedClassifier(self._player) if has_classifier else None,
            )
        knowledge = PlayedKnowledge(
            self._tape, self._player, chunks=props.chunks, vocabularies=props.vocabularies, versions=self._versions
        )
        ports = play_ports(self._tape, self._player, self.trace, clock=self._clock)
        extensions = play_extensions(self._tape, self._player, props.plugins)
        outside = Outside(knowledge, abilities, extensions, ports)
        async with aclosing(self._engine.perform(self._context, outside, self.trace)) as batches:
            async for batch in batches:
                yield batch
