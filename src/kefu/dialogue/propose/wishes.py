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

_NUMBER = re.compile(r"[#＃]?[a-z]{0,4}[-_]?\d[\da-z-]{4,}")
"""Numbers of orders and parcels say nothing about what is wanted."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``action`` with the probability that it is meant; the alternatives are for the trace."""

    action: StartFlow | Clarify
    probability: float


def intents_of(flow: Flow) -> tuple[str, ...]:
    """The intents that start a flow; one that names none has its own name as its intent."""
    return flow.start.intents or (flow.name,)


def find_wish(text: str, flows: Mapping[str, Flow], classifier: IntentClassifier, *, is_question: bool) -> Wish | None:
    """What a clause asks to be done; None when it asks for no flow, or not surely enough.

    What is no wish is an intent of its own among the candidates, so that their probabilities say enough.
    """
    found = classifier.classify(_NUMBER.sub(" ", text) or text)
    likely: dict[str, float] = {}
    for intent, probability in found.candidates:
        for flow in flows.values():
            if intent in intents_of(flow):
                likely[flow.name] = likely.get(flow.name, 0.0) + probability
    ranked = sorted(likely.items(), key=lambda one: -one[1])
    if not ranked or (found.candidates and found.candidates[0][0] not in intents_of(flows[ranked[0][0]])):
        return None
    best, sure = ranked[0]
    if len(ranked) > 1 and ranked[1][1] >= LEAST_SECOND and ranked[0][1] - ranked[1][1] < MARGIN and not is_question:
        return Wish(Clarify((best, ranked[1][0])), sure)
    return Wish(StartFlow(best), sure) if sure >= (START_ASKED if is_question else START) else None
