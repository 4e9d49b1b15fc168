"""Runs of one script in a text, and the stems of its English words."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import snowballstemmer  # type: ignore[import-untyped]

from kefu.kit.text import HAN

Script = Literal["han", "latin"]
_RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<latin>[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*)")
_STEMMER = snowballstemmer.stemmer("english")
_LONGEST_WORD = 40
"""What is longer is no word: an address, a token, a run of digits."""


def runs(plain: str) -> Iterator[tuple[Script, str]]:
    """Chinese runs, and Latin words (digits included), in their order. ``plain`` is normalised."""
    for match in _RUN.finditer(plain):
        yield "han" if match.lastgroup == "han" else "latin", match.group()


def stem(word: str) -> str:
    """Snowball stem of one lower-case English word; a possessive ``'s`` is dropped, digits stay."""
    return _cached_stem(word.replace("’", "'").removesuffix("'s")) if len(word) <= _LONGEST_WORD else word


@lru_cache(maxsize=65_536)
def _cached_stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))
