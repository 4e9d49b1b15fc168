"""How well intents are recognised on labelled texts, in scope and out of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from kefu.dialogue.intents.card import auroc, calibration_error, macro_f1
from kefu.dialogue.intents.classifier import TrainedClassifier
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.dialogue.intents.training import Example, train
from kefu.knowledge.embedding import Embedder


@dataclass(frozen=True, slots=True)
class IntentFigures:
    """``accuracy``, ``macro_f1`` and ``ece``: of the likeliest intent of texts in scope, whether it was accepted or not.

    ``accepted_right``: of them, those that were also accepted at the threshold chosen in training. ``oos_recall``: texts out
    of scope that were refused there. None where there is no such text.
    """

    n: int
    n_oos: int
    accuracy: float | None
    macro_f1: float | None
    ece: float | None
    accepted_right: float | None
    oos_recall: float | None
    oos_auroc: float | None
    ms_per_text: float

    @classmethod
    def of(cls, truth: Sequence[Example], found: Sequence[Recognition], ms_per_text: float) -> "IntentFigures":
        """``found``: of each text of ``truth``, in order."""
        pairs = [(one.intent, seen) for one, seen in zip(truth, found, strict=True)]
        inside = [(intent, seen) for intent, seen in pairs if intent is not None]
        outside = [seen for intent, seen in pairs if intent is None]
        named = [seen.candidates[0] if seen.candidates else ("", 0.0) for _, seen in inside]
        right = np.array([name == intent for (name, _), (intent, _) in zip(named, inside, strict=True)], dtype=bool)
        accepted = np.array([seen.is_accepted for _, seen in inside], dtype=bool)
        probabilities = np.array([probability for _, probability in named])
        scopes = np.array([seen.in_scope for _, seen in inside])
        foreign = np.array([seen.in_scope for seen in outside])
        return cls(
            n=len(inside),
            n_oos=len(outside),
            accuracy=_mean(right),
            macro_f1=round(macro_f1([name for name, _ in named], [intent for intent, _ in inside]), 4)
            if inside
            else None,
            ece=round(calibration_error(probabilities, right), 4) if inside else None,
            accepted_right=_mean(right & accepted),
            oos_recall=_mean(np.array([not seen.is_accepted for seen in outside], dtype=bool)),
            oos_auroc=round(auroc(scopes, foreign), 4) if inside and outside else None,
            ms_per_text=ms_per_text,
        )


def evaluate_intents(
    examples: Sequence[Example], test: Sequence[Example], *, embedder: Embedder, seed: int = 0
) -> IntentFigures:
    """Train on the one, measure on the other; weights and thresholds come from the first alone. Raises as ``train``."""
    trained = train(examples, embedder=embedder, seed=seed)
    classifier = TrainedClassifier(trained.model, embedder=embedder, mood=Mood.load())
    return IntentFigures.of(test, *judge_texts(classifier, [one.text for one in test]))


def judge_texts(classifier: IntentClassifier, texts: Sequence[str]) -> tuple[list[Recognition], float]:
    """What it says of each, one at a time as a turn would ask, and the median time of one in milliseconds."""
    found: list[Recognition] = []
    times: list[float] = []
    for text in texts:
        begun = time.perf_counter()
        found.append(classifier.classify(text))
        times.append(time.perf_counter() - begun)
    return found, round(1000 * median(times), 3) if times else 0.0


def _mean(flags: np.typing.NDArray[np.bool_]) -> float | None:
    return round(float(flags.mean()), 4) if len(flags) else None
