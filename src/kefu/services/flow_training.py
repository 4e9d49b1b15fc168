"""From the examples in flows to a classifier of wishes."""

from collections.abc import Iterable, Mapping, Sequence

from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.intents.classifier import TrainedClassifier
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.intents.training import Example, train
from kefu.dialogue.propose.wishes import intents_of
from kefu.kit.canonical import sha256_of
from kefu.knowledge.embedding import Embedder

QUESTION = "ask_question"
"""The intent of what a flow's author says is no wish for it, and of the company's own questions: they are looked up."""
_MOST_QUESTIONS = 400


def examples_of(flows: Mapping[str, Flow], questions: Iterable[str] = ()) -> list[Example]:
    """What flows give as examples; ``questions`` are those of the company's FAQs, at most 400 of them."""
    found = [
        Example(text, intents_of(flow)[0])
        for flow in flows.values()
        for texts in flow.start.examples.values()
        for text in texts
    ]
    others = [text for flow in flows.values() for texts in flow.start.not_examples.values() for text in texts]
    asked = sorted(questions, key=sha256_of)[:_MOST_QUESTIONS]
    return [*found, *(Example(text, QUESTION) for text in (*others, *asked))]


def train_for(examples: Sequence[Example], *, embedder: Embedder) -> IntentClassifier | None:
    """Learn; blocking, some seconds. None where no flow has examples: then flows start by buttons and offers only.

    Raises InvalidInputError when there is too little to learn from.
    """
    if not any(example.intent not in {None, QUESTION} for example in examples):
        return None
    return TrainedClassifier(train(examples, embedder=embedder).model, embedder=embedder, mood=Mood.load())
