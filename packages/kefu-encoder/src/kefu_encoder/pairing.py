"""A question and a text as one row of tokens: what the reader reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from kefu_encoder.tokeniser import Tokeniser

QUESTION_TOKENS, TEXT_TOKENS = 48, 80
"""More of a question, or of a text, is not read."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """``ids``: start, question, end, text, end. The first ``question`` of them are the question's (with its two marks)."""

    ids: tuple[int, ...]
    question: int


class Pairer:
    """Cuts both sides to their limits and joins them."""

    def __init__(self, tokeniser: Tokeniser) -> None:
        self._tokeniser = tokeniser

    def pair(self, question: str, texts: Sequence[str]) -> list[Pairing]:
        asked, *read = self._tokeniser.encode([question, *texts])
        return [join(asked, ids) for ids in read]


def join(question: Sequence[int], text: Sequence[int]) -> Pairing:
    """Both with their marks, as the tokeniser gives them; the text's start mark is left out."""
    asked = (*question[:-1][: QUESTION_TOKENS + 1], question[-1])
    return Pairing((*asked, *text[1:-1][:TEXT_TOKENS], text[-1]), len(asked))
