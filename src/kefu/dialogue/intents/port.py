"""What a turn knows of intent recognition."""

from dataclasses import dataclass
from typing import Protocol

from kefu.domain.conversation import Language
from kefu.knowledge.embedding import Vectors


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a message seems to want.

    ``candidates``: (intent, probability), the likeliest first, given that it is one of them; none for a text without a
    word, or before anything was trained. ``in_scope``: the probability that it is any of them (of texts of which half are).
    ``is_accepted``: whether that is enough. ``other``: how likely it is like what was taught as none of the intents, where
    each is about as frequent as in the examples. ``anger`` in [0, 1].
    """

    candidates: tuple[tuple[str, float], ...]
    in_scope: float
    is_accepted: bool
    language: Language
    anger: float
    other: float = 0.0

    @property
    def best(self) -> str | None:
        """The intent to act on; None when it is out of scope."""
        return self.candidates[0][0] if self.is_accepted and self.candidates else None

    @property
    def likeliest(self) -> str | None:
        """The intent that it is more like than any other, accepted or not; None when it is more like none of them."""
        named = self.candidates[0][1] * (1 - self.other) if self.candidates else 0.0
        return self.candidates[0][0] if named > self.other else None


class IntentClassifier(Protocol):
    """Never raises for a text: without its encoder it goes on with words alone. Called from several threads."""

    def classify(self, text: str, *, vector: Vectors | None = None) -> Recognition:
        """``vector``: of the cleaned text by the encoder it was trained with, where the caller has it already."""
        ...
