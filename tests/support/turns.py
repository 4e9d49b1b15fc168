"""What tests of single turns share: wishes by a word, and a look into the trace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.domain.conversation import Language
from kefu.kit.text import detect_language
from kefu.knowledge.embedding import Vectors
from tests.support.profiles import Customer

WISHES: Mapping[Language, str] = {"zh": "我要查合同", "en": "look up my contract please"}


@dataclass
class ByWord(IntentClassifier):
    """A wish is recognised by a word in it."""

    words: Mapping[str, str]

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        intent = next((intent for word, intent in self.words.items() if word in text and "号" not in text), None)
        candidates = () if intent is None else ((intent, 0.99),)
        language = detect_language(text)
        return Recognition(
            candidates, 0.99 if intent else 0.01, is_accepted=intent is not None, language=language, anger=0
        )


async def start_flow(customer: Customer, flow: str, language: Language) -> str:
    """What the assistant says to the wish that starts a flow."""
    assert flow == "show_contract"
    return await customer.say(WISHES[language])


def steps_of(customer: Customer, stage: str = "") -> list[dict[str, Any]]:
    """The entries of the last turn's trace."""
    assert customer.last is not None
    steps: Any = customer.last.trace["steps"]
    return [step for step in steps if not stage or step["stage"] == stage]
