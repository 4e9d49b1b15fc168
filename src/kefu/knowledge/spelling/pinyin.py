"""How Chinese sounds, without tones.

A table of 6,763 characters instead of a library: pypinyin costs 58 MB and 0.1 s at start for its phrases, and only
syllables are needed here. Sounds that many speakers and keyboards do not tell apart are one sound when fuzzy.
"""

import re
from functools import cache
from importlib.resources import files
from itertools import product

_FUZZY = ((re.compile("^([zcs])h"), r"\1"), (re.compile("^n"), "l"), (re.compile("([iea])ng$"), r"\1n"))
_MOST_READINGS = 8
Syllables = tuple[str, ...]


def sounds(word: str) -> list[Syllables]:
    """The readings of a word, the likeliest first; none when it has a character that is not in the table."""
    readings = [_table().get(character, ()) for character in word]
    return list(product(*readings))[:_MOST_READINGS] if all(readings) else []


def fuzzy(syllables: Syllables) -> Syllables:
    """The same with zh, ch, sh as z, c, s; n as l; ing, eng, ang as in, en, an."""
    return tuple(_one_fuzzy(syllable) for syllable in syllables)


@cache
def _one_fuzzy(syllable: str) -> str:
    for pattern, replacement in _FUZZY:
        syllable = pattern.sub(replacement, syllable)
    return syllable


@cache
def _table() -> dict[str, Syllables]:
    text = files("kefu.knowledge.spelling").joinpath("pinyin.txt").read_text(encoding="utf-8")
    table: dict[str, Syllables] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            syllable, _, characters = line.partition(" ")
            for character in characters:
                table[character] = (*table.get(character, ()), syllable)
    return table
