"""Two fixed classifiers, one on words and one on vectors, and their mixture. Nothing here is tuned."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]

from evals.encoder.intervals import Values
from evals.encoder.subject import Subject

FOLDS = 3
WEIGHTS = tuple(step / 10 for step in range(11))
"""Shares of the encoder in the mixture; 0 leaves it out."""
_STRENGTH = 30.0
"""Inverse regularisation of both classifiers (scikit-learn's C)."""
_ROUNDS = 1000
_LONGEST = 3
"""Character sequences of one to so many are the words' features."""


@dataclass(frozen=True, slots=True)
class Examples:
    texts: list[str]
    intents: list[str]

    def pick(self, places: Sequence[int] | NDArray[np.intp]) -> "Examples":
        return Examples([self.texts[place] for place in places], [self.intents[place] for place in places])


@dataclass(frozen=True, slots=True)
class Task:
    """``validation``: what the mixture's weight is chosen on; None cuts it out of ``train`` by folds."""

    train: Examples
    test: Examples
    validation: Examples | None = None

    def __post_init__(self) -> None:
        if self.validation is not None and not set(self.validation.intents) <= set(self.train.intents):
            raise ValueError("The validation has an intent that was never trained.")

    @property
    def classes(self) -> list[str]:
        return sorted(set(self.train.intents))


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities by one classifier, [texts, classes], of the validation texts and of the test texts."""

    validation: Values
    test: Values


Classifier = Callable[[Examples, Sequence[str]], tuple[Values, list[str]]]
"""Learns from examples; probabilities [texts, classes] and the classes."""


def by_words(train: Examples, texts: Sequence[str], *, longest: int = _LONGEST) -> tuple[Values, list[str]]:
    """Logistic regression on TF-IDF of character sequences: the floor."""
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, longest), sublinear_tf=True)
    model = make_pipeline(words, LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS))
    model.fit(train.texts, train.intents)
    return model.predict_proba(texts), [str(one) for one in model.classes_]


def by_vectors(subject: Subject) -> Classifier:
    """Logistic regression on the encoder's vectors."""

    def classify(train: Examples, texts: Sequence[str]) -> tuple[Values, list[str]]:
        model = LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS)
        model.fit(subject.embed(train.texts).astype(np.float64), train.intents)
        return model.predict_proba(subject.embed(texts).astype(np.float64)), [str(one) for one in model.classes_]

    return classify


def solve(task: Task, classifier: Classifier) -> Opinion:
    """Learn once for the test; for the validation from the same examples, or by folds from the others."""
    if task.validation is None:
        return Opinion(validation=_by_folds(task, classifier), test=judge(task, classifier))
    both = _aligned(task, *classifier(task.train, [*task.validation.texts, *task.test.texts]))
    cut = len(task.validation.texts)
    return Opinion(validation=both[:cut], test=both[cut:])


def judge(task: Task, classifier: Classifier) -> Values:
    """Probabilities of the test texts, [texts, classes]."""
    return _aligned(task, *classifier(task.train, task.test.texts))


def choose_weight(task: Task, words: Opinion, vectors: Opinion) -> float:
    """The encoder's share that is right most often on the validation texts; of equals the one with the lowest log loss."""
    truth = task.validation or task.train
    columns = np.searchsorted(task.classes, truth.intents)

    def worth(weight: float) -> tuple[float, float]:
        mixed = mix(words.validation, vectors.validation, weight)
        likely = mixed[np.arange(len(columns)), columns]
        return float((mixed.argmax(axis=1) == columns).mean()), float(np.log(np.maximum(likely, 1e-12)).mean())

    return max(WEIGHTS, key=worth)


def mix(words: Values, vectors: Values, weight: float) -> Values:
    mixed: Values = (1 - weight) * words + weight * vectors
    return mixed


def right(task: Task, probabilities: Values) -> Values:
    """1 for each test text whose most probable class is its own; an intent that was never trained is always wrong."""
    classes = task.classes
    found = [classes[place] for place in probabilities.argmax(axis=1)]
    return np.array([one == own for one, own in zip(found, task.test.intents, strict=True)], dtype=np.float64)


def _by_folds(task: Task, classifier: Classifier) -> Values:
    """Each text as judged by what was learned from the other folds; the examples of an intent are dealt out in turn."""
    dealt: Counter[str] = Counter()
    folds = np.empty(len(task.train.texts), dtype=np.int64)
    for place, intent in enumerate(task.train.intents):
        folds[place] = dealt[intent] % FOLDS
        dealt[intent] += 1
    judged = np.zeros((len(folds), len(task.classes)))
    for fold in np.unique(folds):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        asked = task.train.pick(inside).texts
        judged[inside] = _aligned(task, *classifier(task.train.pick(outside), asked))
    return judged


def _aligned(task: Task, probabilities: Values, classes: Sequence[str]) -> Values:
    """With a column for each class of the task; 0 for those that these examples did not have."""
    wide = np.zeros((len(probabilities), len(task.classes)))
    wide[:, np.searchsorted(task.classes, classes)] = probabilities
    return wide
