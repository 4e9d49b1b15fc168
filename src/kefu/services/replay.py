"""``kefu replay``: a turn of the log is played again and held against what is stored. It reads, and does nothing else."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

from kefu.dialogue.events import Batch, Finished
from kefu.dialogue.replaying import Props, Replay
from kefu.dialogue.taping.json_forms import MissingChunkError
from kefu.dialogue.taping.tape import Channel, TapeDivergedError, TapeEndedError
from kefu.dialogue.turn import Engine
from kefu.domain.conversation import Language
from kefu.domain.trace import Stage
from kefu.domain.turn import EventDraft, EventType, Turn, TurnState
from kefu.insight.comparing import Difference, Told, find_difference
from kefu.kit.jsonvalue import JsonObject, as_object
from kefu.knowledge.vocabulary import Vocabulary, to_vocabulary
from kefu.plugins.host import PluginHost
from kefu.services.abilities import AbilityService
from kefu.services.replay_reading import Recorded, read_recorded
from kefu.services.turn_record import Step, TurnRecord
from kefu.storage.database import Database

_STAGES: dict[str, Stage] = {
    Channel.INTENTS: Stage.RECOGNISE,
    Channel.MODEL: Stage.MODEL,
    Channel.METER: Stage.MODEL,
    Channel.TOOLS: Stage.GATE,
    Channel.QUEUE: Stage.HANDOFF,
    Channel.FIRST: Stage.EVALUATE,
    Channel.PLUGINS: Stage.PLUGIN,
}
_CODES = {TurnState.STOPPED: "turn_stopped", TurnState.INTERRUPTED: "internal_error"}


class ReplayOutcome(StrEnum):
    EQUAL = "equal"
    DIFFERENT = "different"
    UNRECORDED = "unrecorded"
    """The turn left no tape: it still runs, its worker died with it, or it is older than tapes."""
    INCOMPLETE = "incomplete"
    """Something that it was given is no longer stored."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """``versions``: what is not what it was when the turn ran, by name, as (then, now). ``missing``: what is gone."""

    turn: Turn
    outcome: ReplayOutcome
    events: int
    difference: Difference | None = None
    versions: Mapping[str, tuple[str, str]] | None = None
    missing: str = ""


class ReplayService:
    """Neither tools nor models are in reach of a replay: the ports that it gets play a tape."""

    def __init__(self, database: Database, *, engine: Engine, abilities: AbilityService, plugins: PluginHost) -> None:
        self._database = database
        self._engine = engine
        self._abilities = abilities
        self._plugins = plugins

    async def replay(self, workspace_id: str, turn_id: str) -> ReplayReport:
        """Raises NotFoundError."""
        async with self._database.read(workspace_id) as unit:
            turn = await unit.turns.get(turn_id)
            recorded = await read_recorded(unit, turn)
        if recorded is None:
            return ReplayReport(turn, ReplayOutcome.UNRECORDED, 0)
        abilities = await self._abilities.untrained(workspace_id)
        vocabularies: dict[Language, Vocabulary] = {
            language: to_vocabulary(language, recorded.terms) for language in ("zh", "en")
        }
        props = Props(
            recorded.chunks, vocabularies.__getitem__, abilities if recorded.has_flows else None, self._plugins
        )
        playing = _Playing(self._engine, recorded)
        difference = await playing.compare(props)
        outcome = ReplayOutcome.EQUAL if difference is None else ReplayOutcome.DIFFERENT
        missing = recorded.missing or playing.missing
        if missing and difference is not None:
            outcome = ReplayOutcome.INCOMPLETE
        present = self._engine.versions(recorded.knowledge, abilities, recorded.context.profile)
        changed = _changed(as_object(recorded.trace.get("versions", {})), present)
        return ReplayReport(turn, outcome, len(recorded.events), difference, changed, missing)


def _changed(then: JsonObject, now: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    names = sorted({*then, *now})
    pairs = {name: (str(then.get(name, "")), now.get(name, "")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


class _Playing:
    """Plays one turn, and says what is different. ``missing``: a passage that is gone."""

    def __init__(self, engine: Engine, recorded: Recorded) -> None:
        self._recorded = recorded
        self._replay = Replay(engine, recorded.context, recorded.tape, recorded=recorded.trace)
        self._record = TurnRecord(
            recorded.context, inbound_seq=recorded.begin.inbound_seq, make_id=lambda _prefix: recorded.message_id
        )
        self._told: list[Told] = []
        self.missing = ""

    async def compare(self, props: Props) -> Difference | None:
        stored = [(event.type, event.data) for event in self._recorded.events]
        state = self._recorded.turn.state
        if state is TurnState.SUPERSEDED and not stored:
            return None  # a newer message came before it had spoken: it was to say nothing
        try:
            is_whole = await self._play(props, most=len(stored) if state is TurnState.STOPPED else None)
        except (TapeDivergedError, MissingChunkError) as error:
            return self._parted(stored, error)
        if state in _CODES and not (state is TurnState.INTERRUPTED and is_whole):
            self._told.append((EventType.TURN_FAILED, self._record.failure(_CODES[state])))
        found = find_difference(stored, self._told)
        unused = self._replay.player.find_unused() if state is TurnState.FINISHED else None
        if found is None and unused is not None:
            return Difference(len(stored), "", unused, "asked", "not asked", _stage_of(unused))
        return found

    async def _play(self, props: Props, *, most: int | None) -> bool:
        """Whether the turn came to its end. A turn that failed fails again; one that was stopped says no more."""
        is_finished = self._recorded.turn.state is TurnState.FINISHED
        spoken = None if most is None else most - 1
        try:
            async with aclosing(self._replay.run(props)) as batches:
                async for batch in batches:
                    if spoken is not None and len(self._told) >= spoken:
                        return False
                    self._keep(batch)
        except TapeEndedError as error:
            if is_finished:
                raise TapeDivergedError(error.channel) from error
            return False
        except (TapeDivergedError, MissingChunkError):
            raise
        except Exception:
            # Our own error, as it was then: the turn ended in it.
            if is_finished:
                raise
            return False
        return True

    def _keep(self, batch: Batch) -> None:
        step = self._translate(batch, last_seq=0)
        if isinstance(batch[-1], Finished):
            step = self._translate(batch, last_seq=self._recorded.finished_seq - len(step.drafts))
        self._record.keep(step)
        self._told += [_told(draft) for draft in step.drafts]

    def _translate(self, batch: Batch, *, last_seq: int) -> Step:
        return self._record.add(batch, last_seq=last_seq, at=self._recorded.message_at)

    def _parted(self, stored: list[Told], error: TapeDivergedError | MissingChunkError) -> Difference:
        """The replay could not go on."""
        if isinstance(error, MissingChunkError):
            self.missing = error.chunk_id
            return Difference(len(self._told), "", error.chunk_id, "given", "gone", Stage.RETRIEVE.value)
        return Difference(len(self._told), "", error.channel, "asked", "asked otherwise", _stage_of(error.channel))


def _told(draft: EventDraft) -> Told:
    return draft.type, draft.data


def _stage_of(channel: str) -> str:
    return _STAGES.get(channel.partition(":")[0], Stage.RETRIEVE).value


__all__ = ["ReplayOutcome", "ReplayReport", "ReplayService"]
