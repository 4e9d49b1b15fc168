"""Step 5: which flow a clause asks for, by the classifier."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kefu.dialogue.commands import Clarify, StartFlow
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.intents.port import IntentClassifier, Recognition

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
"""What is said not to be wanted, by the deeds of many flows."""
_DISOWNED = re.compile(
    r"^(?:我|我们|那|并|也|又|都|真的|刚才|刚刚)*(?:不是(?:要|想)|没(?:有)?(?:说|让|叫|想|打算|要求)|不想|不打算|别给我|别帮我|先别|先不)"
    r"(?:过|要|想|让|给我|帮我|你们?|再|去|来)*(?P<zh>.{3,})"
    r"|^(?:i |we |but |and |so |please )*(?:do(?:n'?t| not)|did(?:n'?t| not)|am not|'m not|never)\s+"
    r"(?:want|ask(?:ing|ed)?(?: for)?|need|say|said|mean|request(?:ed)?|plan(?:ning)?)\s+(?:to |for |a |an |the |any )*(?P<en>.{3,})"
)
"""What is said not to be wanted, whatever it is called."""
_LINK = re.compile(
    r"^(?:(?:还有|另外|顺便|然后|同时|以及|对了)[,，\s]*)+(?=.{2})|^(?:(?:and|also|plus|then|but|oh|hi|hello|hey)\b[ ,]*)+(?=.{3})"
)
"""Words that join a wish to what was said before it."""
_LEAD = re.compile(
    r"^(?:你好|您好|请问|那个|我|就|只|只是|其实|主要)*(?:是)?想(?:要)?(?:知道|问(?:一下|下|问)?|了解(?:一下|下)?|咨询(?:一下|下)?|确认(?:一下|下)?)(?=.{2})"
    r"|^(?:hi|hello|hey|so|just|but|well|and|please|\s|,)*(?:i(?:'m| am)? (?:just |only )?(?:want(?:ed)? to|wanna|would like to|need to)? ?know|i'?d (?:just )?like to know"
    r"|(?:(?:can|could|would) you )?(?:please )?(?:just )?tell me|do you know|i(?: was|'m)? wonder(?:ing)?)\s+(?:if |whether )?(?=.{3})"
)
"""Words before what a customer wants to know."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``action`` with the probability that it is meant; the alternatives are for the trace."""

    action: StartFlow | Clarify
    probability: float


def intents_of(flow: Flow) -> tuple[str, ...]:
    """The intents that start a flow; one that names none has its own name as its intent."""
    return flow.start.intents or (flow.name,)


def rest_of_denial(text: str) -> str | None:
    """What a clause says of something that is not wanted: empty where it is a deed of many flows (不是要退货, "I don't want
    to return it"), else the words for what it is; None where nothing is denied.
    """
    if _DENIED.search(text) is not None:
        return ""
    match = _DISOWNED.match(text)
    return None if match is None else match["zh"] or match["en"]


def _without_numbers(text: str) -> str:
    word = "订单" if _HAN.search(text) else " order "
    return " ".join(_NUMBER.sub(lambda match: word if match["mark"] else " ", text).split()) or text


def find_wish(text: str, flows: Mapping[str, Flow], classifier: IntentClassifier, *, is_question: bool) -> Wish | None:
    """What a clause asks to be done; None when it asks for no flow, or not surely enough.

    What is like no wish weighs against all of them, so that their probabilities say enough.
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
    found = _recognised(text, classifier)
    ranked = _ranked(found, flows)
    is_wish = bool(ranked) and found.likeliest in intents_of(flows[ranked[0][0]])
    return ranked if is_wish else []


def rank(text: str, flows: Mapping[str, Flow], classifier: IntentClassifier) -> list[tuple[str, float]]:
    """How likely it is that each of these flows is asked for, the likeliest first."""
    return _ranked(_recognised(text, classifier), flows)


def _recognised(text: str, classifier: IntentClassifier) -> Recognition:
    return classifier.classify(_without_numbers(_LEAD.sub("", _LINK.sub("", text))))


def _ranked(found: Recognition, flows: Mapping[str, Flow]) -> list[tuple[str, float]]:
    """What is like no wish weighs against all of them."""
    likely: dict[str, float] = {}
    for intent, probability in found.candidates:
        for flow in flows.values():
            if intent in intents_of(flow):
                likely[flow.name] = likely.get(flow.name, 0.0) + probability * (1 - found.other)
    return sorted(likely.items(), key=lambda one: -one[1])
