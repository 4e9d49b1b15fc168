"""Plays dialogues and counts: passed, failed, and writes that nobody wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kefu.dialogue.turn import Engine
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.services.evaluation.dialogues.checking import check_final, check_turn, count_wrong
from kefu.services.evaluation.dialogues.files import Dialogue, said
from kefu.services.evaluation.dialogues.modelling import DialogueModel
from kefu.services.evaluation.dialogues.playing import Played, Player
from kefu.services.evaluation.dialogues.staging import Staging
from kefu.services.evaluation.dialogues.variants import vary


@dataclass(frozen=True, slots=True)
class Outcome:
    """One dialogue, or one variant of it. ``problems`` are sentences; none: it passed."""

    name: str
    topic: str
    problems: tuple[str, ...]
    wrong_writes: int
    played: tuple[Played, ...]


@dataclass(frozen=True, slots=True)
class DialogueFigures:
    passed: int
    failed: int
    wrong_writes: int
    problems: dict[str, list[str]]
    """Of those that failed, by name."""
    turns: int = 0
    hard_turns: int = 0
    """Turns that rules and classifier left unsure."""
    share_of_hard_turns: float = 0.0
    model_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class DialogueEvaluation:
    def __init__(
        self,
        engine: Engine,
        staging: Staging,
        *,
        strings: Strings,
        model: DialogueModel | None = None,
        is_scripted: bool = False,
    ) -> None:
        """``model`` is the engine's; ``is_scripted``: every dialogue is played with the script of its file, if any."""
        self._model = model
        self._is_scripted = is_scripted
        self._engine = engine
        self._staging = staging
        self._strings = strings

    async def evaluate(
        self, dialogues: Sequence[Dialogue], *, progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> DialogueFigures:
        """Play all of them with their variants. Raises FlowInvalidError, InvalidInputError."""
        outcomes: list[Outcome] = []
        for number, dialogue in enumerate(dialogues):
            progress(number, len(dialogues))
            outcomes.extend(await self.play_all(dialogue))
        progress(len(dialogues), len(dialogues))
        failed = {outcome.name: list(outcome.problems) for outcome in outcomes if outcome.problems}
        wrong = sum(outcome.wrong_writes for outcome in outcomes)
        uses = [played.model for outcome in outcomes for played in outcome.played]
        hard = sum(use.is_hard for use in uses)
        return DialogueFigures(
            len(outcomes) - len(failed),
            len(failed),
            wrong,
            failed,
            turns=len(uses),
            hard_turns=hard,
            share_of_hard_turns=round(hard / len(uses), 4) if uses else 0.0,
            model_calls=sum(use.calls for use in uses),
            prompt_tokens=sum(use.prompt_tokens for use in uses),
            completion_tokens=sum(use.completion_tokens for use in uses),
        )

    async def play_all(self, dialogue: Dialogue) -> list[Outcome]:
        """The dialogue as it is written, then each of its variants."""
        script = dialogue.script
        outcomes = [await self.play(dialogue, [list(said(turn)) for turn in script.turns])]
        for how in script.vary:
            messages = vary(script.turns, how, language=script.language)
            outcomes.append(await self.play(dialogue, messages, variant=how))
        return outcomes

    async def play(self, dialogue: Dialogue, messages: Sequence[list[str]], *, variant: str = "") -> Outcome:
        """In a variant only what was written at the end counts, and how it ended."""
        script = dialogue.script
        player = Player(
            self._engine,
            self._staging.stage(dialogue),
            dialogue,
            strings=self._strings,
            model=self._model,
            is_scripted=self._is_scripted,
        )
        played: list[Played] = []
        problems: list[str] = []
        try:
            for number, (turn, texts) in enumerate(zip(script.turns, messages, strict=True), start=1):
                played.append(await player.play(turn, texts))
                if not variant:
                    problems.extend(f"turn {number}: {found}" for found in check_turn(played[-1], turn.expect))
        finally:
            await player.aclose()
        writes: list[tuple[str, JsonObject]] = player.back_end.writes
        problems.extend(check_final(played[-1].dialogue, writes, script.final))
        name = f"{script.dialogue}[{variant}]" if variant else script.dialogue
        wrong = count_wrong(writes, script.final)
        if wrong:
            problems.append(f"{wrong} wrong writes: {writes}")
        return Outcome(name, script.topic, tuple(problems), wrong, tuple(played))
