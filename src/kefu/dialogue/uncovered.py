"""What neither flows nor knowledge cover: a model may look it up with reading tools, where the workspace wants that."""

from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.composing import Screen
from kefu.dialogue.events import GateReported, Said, TurnEvent
from kefu.dialogue.guard.output import without_markup
from kefu.dialogue.loop.loop import Looped, ToolLoop
from kefu.dialogue.spending import Spending
from kefu.dialogue.tools.recording import to_event
from kefu.dialogue.tools.results import ToolCalled
from kefu.dialogue.trace import Trace
from kefu.domain.conversation import Language
from kefu.domain.trace import Stage
from kefu.domain.turn import DeltaKind
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.models.port import ChatModel

MOST_QUOTED = 12
"""Lines of facts that are shown when no sentence of the model holds."""


class Uncovered:
    def __init__(self, loop: ToolLoop, strings: Strings) -> None:
        self._loop = loop
        self._strings = strings

    def using(self, model: ChatModel) -> "Uncovered":
        """The same for one turn."""
        return Uncovered(self._loop.using(model), self._strings)

    async def look(
        self, question: str, acting: Acting, *, language: Language, trace: Trace, spending: Spending, screen: Screen
    ) -> tuple[TurnEvent, ...]:
        """What was found, as verified sentences or as the tools' own facts; empty: nothing, or it is not allowed here.

        ``screen``: what guards leave of a sentence; facts are held against them later, as all that is not a model's.
        """
        if not (acting.is_open_to_models and self._loop.is_configured):
            return ()
        tools = acting.tools_for_model(language)
        offered = await tools.list_callable()
        if not offered:
            return ()
        looped = await self._loop.run(question, tools, offered, language=language, texts=acting.texts)
        screened = [await screen(sentence, DeltaKind.MODEL) for sentence in looped.sentences]
        looped.sentences = [passage.text for passage in screened if passage.text]
        spending.add(looped.asking)
        _trace_loop(trace, looped)
        said = self._say(looped, language)
        reported = [GateReported(*to_event(fact)) for fact in tools.log if isinstance(fact, ToolCalled)]
        return (*reported, said) if said is not None else ()

    def _say(self, looped: Looped, language: Language) -> Said | None:
        if looped.sentences:
            return Said((" " if language == "en" else "").join(looped.sentences), DeltaKind.MODEL)
        lines = list(dict.fromkeys(line for call in looped.sheet.calls[-1:] for line in call))[:MOST_QUOTED]
        if not lines:
            return None
        return Said(
            "\n".join([self._strings.get("facts_found", language), *map(without_markup, lines)]), DeltaKind.FACT
        )


def _trace_loop(trace: Trace, looped: Looped) -> None:
    """Each call of the model and of a tool has an entry of its own, made when it was asked."""
    facts: JsonObject = {
        "model": looped.asking.model,
        "rounds": looped.rounds,
        "said": len(looped.sentences),
        "rejected": [*looped.rejected],
    }
    trace.add(Stage.LOOP, "said" if looped.sentences else "facts", reason=looped.ended, facts=facts)
