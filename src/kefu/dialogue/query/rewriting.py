"""A follow-up made whole by a model. It proposes; every word of it must come from the conversation."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from kefu.dialogue.answer.prompts import as_data
from kefu.dialogue.answer.terms import CERTAIN, indexed, question_terms, strength
from kefu.domain.errors import ModelError
from kefu.domain.model import Completed, FinishReason, ModelRequest, Prompt, Role, Tier
from kefu.knowledge.quantities import read_facts
from kefu.knowledge.vocabulary import Vocabulary
from kefu.models.port import ChatModel

TIMEOUT_S = 1.5
"""A customer waits for it before anything is looked up; after that the rules' reading is good enough."""
_MOST_TOKENS = 120
_LONGEST = 160
_LONGEST_REPLY = 600


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What a model proposed; ``failure`` says why it is not used."""

    text: str
    failure: str | None = None
    completed: Completed | None = None


class Rewriter:
    """Asks the economy tier once, with a short time limit."""

    def __init__(
        self, model: ChatModel, *, timeout_s: float = TIMEOUT_S, system: Mapping[str, str] | None = None
    ) -> None:
        self._model = model
        self._timeout_s = timeout_s
        self._system = system or _read_system()

    def using(self, model: ChatModel) -> "Rewriter":
        return Rewriter(model, timeout_s=self._timeout_s, system=self._system)

    @property
    def is_configured(self) -> bool:
        return self._model.is_configured

    async def rewrite(self, message: str, *, previous: str, reply: str, vocabulary: Vocabulary) -> Rewriting:
        """The message as a question of its own. ``previous`` and ``reply``: what was asked and said before."""
        past = f"{previous}\n{reply[:_LONGEST_REPLY]}"
        request = ModelRequest(
            (
                Prompt(Role.SYSTEM, self._system[vocabulary.language]),
                Prompt(
                    Role.USER,
                    f"<conversation>{as_data(past)}</conversation>\n<message>{as_data(message)}</message>",
                ),
            ),
            tier=Tier.ECONOMY,
            max_tokens=_MOST_TOKENS,
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                text, completed = await self._model.complete(request)
        except TimeoutError:
            return Rewriting("", "model_timeout")
        except ModelError as error:
            return Rewriting("", error.code)
        text = text.strip()
        if completed.finish is not FinishReason.STOP:
            return Rewriting(text, f"finish_{completed.finish}", completed)
        return Rewriting(text, _find_fault(text, f"{past}\n{message}", vocabulary), completed)


def _read_system() -> dict[str, str]:
    folder = files("kefu.dialogue") / "prompts"
    return {name: (folder / f"followup.{name}.md").read_text(encoding="utf-8") for name in ("zh", "en")}


def _find_fault(text: str, said: str, vocabulary: Vocabulary) -> str | None:
    if not text or "\n" in text or len(text) > _LONGEST:
        return "not_one_question"
    known = indexed(said)
    if any(strength(term, known) < CERTAIN for term in question_terms(text, vocabulary)):
        return "own_words"
    facts, told = read_facts(text), read_facts(said)
    if facts.literals - told.literals or facts.quantities - told.quantities:
        return "own_figures"
    return None
