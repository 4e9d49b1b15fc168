"""A message prepared for reading: its numerals as digits, its pieces, and the cores of the pieces without courtesy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kefu.kit.numerals import with_digits
from kefu.kit.text import Normalised

LONGEST = 2_000
"""Characters that are read; what comes after is no answer to a question."""

_PIECE = re.compile(r"[^,，、。!！?？;；\n…]+")
_LEAD = re.compile(
    r"(?:嗯+|呃|额|哦|噢|啊|好的?|行|对|是的?|那就?|就|我|想要?|要|选|大概|大约|约|差不多|应该|可能|好像|一般|请|帮我|给我|在"
    r"|有|只|共|一共|总共|:|：|\s+"
    r"|(?:u[hm]+|ok|okay|well|so|yes|yeah|yep|sure|it'?s|it is|it was|that'?s|that was|about|around|roughly|approximately"
    r"|maybe|probably|i think|i guess|i'?d say|i want|i'?d like|i need|i have|i am|i'm|make it|let'?s say|let'?s do|please"
    r"|just|only|my|on|at|in)\b)+"
)
_TAILS = (
    "吧", "了", "的", "呢", "啊", "哦", "哈", "呀", "谢谢", "左右", "上下", "的样子", "就行", "就好", "就可以", "即可", "可以",
    "please", "thanks", "thank you", "or so", "i think", "i guess", "only", ".", "~", "-",
)  # fmt: skip
_TAIL_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Hearing:
    """``plain`` is the normalised text, ``digits`` the same with numerals as digits; both know the original."""

    plain: Normalised
    digits: Normalised

    @classmethod
    def of(cls, text: Normalised) -> "Hearing":
        if len(text.text) > LONGEST:
            text = Normalised(text.text[:LONGEST], text.offsets[:LONGEST], text.source[: text.offsets[LONGEST]])
        return cls(text, with_digits(text))

    def original(self, start: int, end: int) -> str:
        """The customer's own characters behind a span of ``digits``."""
        first, last = self.digits.to_source(start, end)
        return self.digits.source[first:last]

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Spans of ``digits`` between marks, without white space around them."""
        for match in _PIECE.finditer(self.digits.text):
            text = match.group()
            start = match.start() + len(text) - len(text.lstrip())
            end = match.end() - len(text) + len(text.rstrip())
            if start < end:
                yield start, end

    def cores(self) -> Iterator[tuple[int, int]]:
        """Each piece without the courtesy around it: 大概三件吧 → 3件."""
        for start, end in self.pieces():
            lead = _LEAD.match(self.digits.text, start, end)
            first = lead.end() if lead and lead.end() < end else start
            yield first, _without_tail(self.digits.text, first, end)


def _without_tail(text: str, start: int, end: int) -> int:
    for _ in range(_TAIL_ROUNDS):
        piece = text[start:end].rstrip()
        tail = next((one for one in _TAILS if piece.endswith(one) and len(piece) > len(one)), None)
        if tail is None:
            return start + len(piece)
        end = start + len(piece) - len(tail)
    return end
