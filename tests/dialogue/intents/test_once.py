"""Each text of a turn is read once."""

from kefu.dialogue.intents.once import OnceClassifier
from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.knowledge.embedding import Vectors


class _Counting(IntentClassifier):
    def __init__(self) -> None:
        self.read: list[str] = []

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        self.read.append(text)
        return Recognition(((text, 1.0),), 1.0, is_accepted=True, language="zh", anger=0.0)


def test_a_text_is_read_once_and_each_gets_its_own() -> None:
    counting = _Counting()
    once = OnceClassifier(counting)
    found = [once.classify(text).best for text in ("a", "b", "a")]
    assert found == ["a", "b", "a"]
    assert counting.read == ["a", "b"]
