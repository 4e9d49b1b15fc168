"""What was typed, and what may have been meant."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

How = Literal["sound", "near_sound", "letters"]
_QUOTED = re.compile(r"[“\"「『《][^”\"」』》]{1,60}[”\"」』》]|(?<!\w)'[^']{1,60}'(?!\w)")


@dataclass(frozen=True, slots=True)
class Correction:
    """``typed`` stands from ``start`` to ``end`` in the normalised question."""

    start: int
    end: int
    typed: str
    meant: str
    how: How


def apply(plain: str, corrections: Sequence[Correction]) -> str:
    """The question as it would read with every correction."""
    for one in reversed(corrections):
        plain = plain[: one.start] + one.meant + plain[one.end :]
    return plain


def quoted_spans(plain: str) -> list[tuple[int, int]]:
    """Names in quotes are as the customer wants them."""
    return [match.span() for match in _QUOTED.finditer(plain)]
