"""A model at work: one message in, what it seems to want out."""

import numpy as np

from kefu.dialogue.intents.cleaning import clean
from kefu.dialogue.intents.features import read
from kefu.dialogue.intents.model import Model
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.kit.text import detect_language
from kefu.knowledge.embedding import Embedder, EmbedderError, Vectors

MOST_CANDIDATES = 5


class TrainedClassifier(IntentClassifier):
    """Uses the encoder's vectors where it is the one the model was trained with and answers in time; else words alone."""

    def __init__(self, model: Model, *, embedder: Embedder, mood: Mood) -> None:
        self._model = model
        self._embedder = embedder
        self._mood = mood
        self._is_meant = label_of(embedder) == model.encoder is not None

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        plain, language = clean(text), detect_language(text)
        if not plain:
            return Recognition((), 0.0, is_accepted=False, language=language, anger=self._mood.read(text).anger)
        vectors = self._vector(plain, vector)
        meant = None if vectors is None else vectors[0]
        anger = self._mood.read(text, vector=meant, encoder=self._model.encoder).anger
        opinion = self._model.judge([read(plain)], vectors)
        probabilities, in_scope = opinion.probabilities[0], float(opinion.in_scope[0])
        order = np.argsort(-probabilities, kind="stable")[:MOST_CANDIDATES]
        return Recognition(
            tuple((self._model.intents[place], float(probabilities[place])) for place in order),
            in_scope,
            is_accepted=in_scope >= opinion.threshold,
            language=language,
            anger=anger,
            other=float(opinion.other[0]),
        )

    def _vector(self, plain: str, given: Vectors | None) -> Vectors | None:
        """[1, dimension], or None: the model then ends with words alone."""
        if not self._is_meant:
            return None
        if given is not None:
            return given[None]
        try:
            return self._embedder.embed_now(plain, side="passage")[None]
        except EmbedderError:
            return None


class UntrainedClassifier(IntentClassifier):
    """For a workspace without a model: knows the language and the mood, and no intent."""

    def __init__(self, mood: Mood) -> None:
        self._mood = mood

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        language, anger = detect_language(text), self._mood.read(text).anger
        return Recognition((), 0.0, is_accepted=False, language=language, anger=anger)


def label_of(embedder: Embedder) -> str | None:
    """Whose vectors a model is trained on, as name-version. None without an encoder, or while it cannot say what it is."""
    if not embedder.languages:
        return None
    try:
        return f"{embedder.name}-{embedder.version}"
    except EmbedderError:
        return None
