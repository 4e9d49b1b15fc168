"""A classifier that reads each text once: the clauses of one turn are asked about from several sides."""

from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.knowledge.embedding import Vectors


class OnceClassifier(IntentClassifier):
    """Of one turn; it forgets with it."""

    def __init__(self, classifier: IntentClassifier) -> None:
        self._classifier = classifier
        self.known: dict[str, Recognition] = {}

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        if text not in self.known:
            self.known[text] = self._classifier.classify(text, vector=vector)
        return self.known[text]
