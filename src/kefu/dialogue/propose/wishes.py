"""Step 5: which flow a clause asks for, by the classifier."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kefu.dialogue.commands import Clarify, StartFlow
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.intents.port import IntentClassifier

START, START_ASKED = 0.5, 0.6
"""How sure a flow is started; a question is rather answered than acted on."""
MARGIN = 0.15
"""Two flows nearer than this: ask which."""
LEAST_SECOND = 0.3

_NUMBER = re.compile(r"(?P<mark>[#＃]|[#＃]?[a-z]{1,4}[-_]?)?\d[\da-z-]{4,}")
"""Numbers of orders and parcels say nothing about what is wanted, but that there is an order."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DENIED = re.compile(
    r"^(?:算了|还是|那|哎|诶|啊|哦|先|都|我|我们|你|又|也|就|真的|可|并)*(?:不是|没说|没有说|没让|没叫|没要|没想|别|不要|不用|不想|先别|先不|不)(?:要|想|打算|用|需要|给我|帮我|再|来|去|你)*"
    r"(?:退|换|取消|改|开(?!通)|查|挂失|冻结|预约|约|测|转)"
    r"|^(?:i |we |please |just |and |but |so )*(?:do(?:n'?t| not)|did(?:n'?t| not)|never|not|no need to)\s+"
    r"(?:want |need |wish |mean |ask |say |said |going |plan |try |trying |you |me |to |have |let'?s )*"
    r"(?:return|exchange|cancel|change|send back|refund|track|swap|freeze|block|book|call)"
)
"""What is said not to be wanted."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``action`` with the probability that it is meant; the alternatives are for the trace."""

    action: StartFlow | Clarify
    probability: float


def intents_of(flow: Flow) -> tuple[str, ...]:
    """The intents that start a flow; one that names none has its own name as its intent."""
    return flow.start.intents or (flow.name,)


def is_denied(text: str) -> bool:
    """Whether a clause says of something that it is not wanted (不是要退货, "I don't want to return it")."""
    return _DENIED.search(text) is not None


def _without_numbers(text: str) -> str:
    word = "订单" if _HAN.search(text) else " order "
    return " ".join(_NUMBER.sub(lambda match: word if match["mark"] else " ", text).split()) or text


def find_wish(text: str, flows: Mapping[str, Flow], classifier: IntentClassifier, *, is_question: bool) -> Wish | None:
    """What a clause asks to be done; None when it asks for no flow, or not surely enough.

    What is no wish is an intent of its own among the candidates, so that their probabilities say enough.
    """
    if _NUMBER.fullmatch(text.strip()):
        return None
    ranked = likely_flows(text, flows, classifier)
    if not ranked:
        return None
    best, sure = ranked[0]
    if len(ranked) > 1 and ranked[1][1] >= LEAST_SECOND and ranked[0][1] - ranked[1][1] < MARGIN and not is_question:
        return Wish(Clarify((best, ranked[1][0])), sure)
    return Wish(StartFlow(best), sure) if sure >= (START_ASKED if is_question else START) else None


def likely_flows(text: str, flows: Mapping[str, Flow], classifier: IntentClassifier) -> list[tuple[str, float]]:
    """The flows that a clause may ask for with their probabilities, the likeliest first; none where no wish is likelier."""
    found = classifier.classify(_without_numbers(text))
    likely: dict[str, float] = {}
    for intent, probability in found.candidates:
        for flow in flows.values():
            if intent in intents_of(flow):
                likely[flow.name] = likely.get(flow.name, 0.0) + probability
    ranked = sorted(likely.items(), key=lambda one: -one[1])
    is_wish = bool(ranked) and found.candidates[0][0] in intents_of(flows[ranked[0][0]])
    return ranked if is_wish else []
