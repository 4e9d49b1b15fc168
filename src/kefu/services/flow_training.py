"""From the examples in flows to a classifier of wishes."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.intents.classifier import TrainedClassifier
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.intents.training import Example, train
from kefu.dialogue.propose.wishes import intents_of
from kefu.kit.canonical import sha256_of
from kefu.knowledge.embedding import Embedder
from kefu.plugins.manifest import Intent

QUESTION = "ask_question"
"""The intent of what a flow's author says is no wish for it, and of the company's own questions: they are looked up."""
_FEWEST_OTHERS = 40
"""What is no wish is to have about as many examples as all wishes together have: more would drown them."""


def examples_of(
    flows: Mapping[str, Flow], questions: Iterable[str] = (), *, intents: Iterable[Intent] = ()
) -> list[Example]:
    """What flows give as examples, and plugins for intents; ``questions`` are those of the company's FAQs."""
    named = tuple(intents)
    found = [
        Example(text, intents_of(flow)[0])
        for flow in flows.values()
        for texts in flow.start.examples.values()
        for text in texts
    ]
    found += [Example(text, one.name) for one in named for texts in one.examples.values() for text in texts]
    others = [text for one in named for texts in one.not_examples.values() for text in texts]
    others += [text for flow in flows.values() for texts in flow.start.not_examples.values() for text in texts]
    most = max(_FEWEST_OTHERS, 2 * len(found))
    asked = sorted((*questions, *_background()), key=sha256_of)[: max(0, most - len(others))]
    return [*found, *(Example(text, QUESTION) for text in (*others, *asked))]


@cache
def _background() -> tuple[str, ...]:
    """What asks for nothing, in both languages: without it a few flows would look like all that can be said."""
    lists = tomllib.loads(files("kefu.services").joinpath("background.toml").read_text(encoding="utf-8"))
    return tuple(text for texts in lists.values() for text in texts)


def train_for(examples: Sequence[Example], *, embedder: Embedder) -> IntentClassifier | None:
    """Learn; blocking, some seconds. None where no flow has examples: then flows start by buttons and offers only.

    Raises InvalidInputError when there is too little to learn from.
    """
    if not any(example.intent not in {None, QUESTION} for example in examples):
        return None
    return TrainedClassifier(train(examples, embedder=embedder).model, embedder=embedder, mood=Mood.load())
