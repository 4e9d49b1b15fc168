"""Why a turn did what it did, as sentences for the people who answer for it.

A fold over the turn's trace; the words are in ``strings/{zh,en}.json``. No model takes part.
"""

from collections.abc import Callable, Iterator, Sequence

from kefu.domain.conversation import Language
from kefu.domain.trace import Stage
from kefu.domain.turn import TurnState
from kefu.insight.answer_words import AnswerWords
from kefu.insight.help_words import HelpWords
from kefu.insight.stage_words import StageWords, Step
from kefu.insight.tool_words import ToolWords
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.kit.strings import Strings

Tell = Callable[[Step], Iterator[str]]


class Explainer:
    """Stateless; share one."""

    def __init__(self, strings: Strings) -> None:
        self._strings = strings

    def explain(self, trace: JsonObject | None, state: TurnState, *, language: Language) -> list[str]:
        """Sentences in the order of the stages; what went as usual is not told."""
        steps: Sequence[Step] = [] if trace is None else [Step(as_object(one)) for one in as_list(trace["steps"])]
        titles = {} if trace is None else as_object(trace.get("titles", {}))
        tell = self._teller(language, titles)
        told = [sentence for step in steps for sentence in tell(step)]
        if state is not TurnState.FINISHED:
            told.append(self._strings.get(f"state_{state.value}", language))
        return list(dict.fromkeys(told))

    def _teller(self, language: Language, titles: JsonObject) -> Tell:
        words = StageWords(self._strings, language, titles)
        tools, helpers = ToolWords(self._strings, language), HelpWords(self._strings, language)
        answers = AnswerWords(self._strings, language)
        tellers: dict[Stage, Tell] = {
            Stage.NORMALISE: words.normalise,
            Stage.MODE: words.mode,
            Stage.GUARD_IN: words.guard_in,
            Stage.PLUGIN: helpers.plugin,
            Stage.RECOGNISE: words.recognise,
            Stage.PROPOSE: words.propose,
            Stage.PROCESS: words.process,
            Stage.ROUTE: helpers.route,
            Stage.MODEL_READ: helpers.model_read,
            Stage.LOOP: helpers.loop,
            Stage.UNDERSTAND: answers.understand,
            Stage.RETRIEVE: answers.retrieve,
            Stage.MODEL: answers.model,
            Stage.COMPOSE: answers.compose,
            Stage.GATE: tools.gate,
            Stage.EVALUATE: words.evaluate,
            Stage.HANDOFF: words.handoff,
            Stage.GUARD_OUT: words.guard_out,
            Stage.FINISH: words.finish,
        }

        def tell(step: Step) -> Iterator[str]:
            return tellers[Stage(step.stage)](step)

        return tell
