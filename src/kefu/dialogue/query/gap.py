"""What a message lacks to be a question of its own."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from kefu.domain.conversation import Language
from kefu.domain.knowledge import TermKind
from kefu.knowledge.vocabulary import Vocabulary


class Lack(StrEnum):
    """``ellipsis``: a fragment that takes a place in the question before (那境外呢？). ``topic``: it only asks (多久？).
    ``pronoun``: it names its thing by a pronoun (它可以退吗).
    """

    ELLIPSIS = "ellipsis"
    TOPIC = "topic"
    PRONOUN = "pronoun"


@dataclass(frozen=True, slots=True)
class Gap:
    """``fragment`` is the message without the words that only tie it to what came before."""

    lack: Lack
    fragment: str
    preposition: str = ""
    """English: the word that ties the fragment to the question; ``if`` for a condition."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """followups.toml, one language."""

    texts: dict[str, re.Pattern[str]]
    generic: frozenset[str]
    """What may be asked of anything, and so is no topic."""
    predicate: frozenset[str]
    """What is said of a thing, and so wants one."""
    longest_fragment: int
    longest_open: int


def same_kind(plain: str, kind: TermKind | None, vocabulary: Vocabulary) -> tuple[int, int] | None:
    """Where the first term of this kind stands, with the neighbours of its kind (亚麻衣服)."""
    spans = [(start, end) for start, end, _, other in vocabulary.kinds(plain) if other is kind]
    if not spans:
        return None
    first, last = spans[0]
    for start, end in spans[1:]:
        if plain[last:start].strip():
            break
        last = end
    return first, last


@cache
def patterns(language: Language) -> Patterns:
    text = files("kefu.dialogue.query").joinpath("followups.toml").read_text(encoding="utf-8")
    entry = tomllib.loads(text)[language]
    words = ("generic", "predicate")
    named = {name: value for name, value in entry.items() if isinstance(value, str) and name not in words}
    return Patterns(
        texts={name: re.compile(value) for name, value in named.items()},
        generic=frozenset(entry["generic"].split()),
        predicate=frozenset(entry.get("predicate", "").split()),
        longest_fragment=entry["longest_fragment"],
        longest_open=entry["longest_open"],
    )
