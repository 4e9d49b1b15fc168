"""A shop's words in both languages: one spelling inside, the first of each language shown, all of them understood."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    """``color``, ``material``, ``category`` or ``option``."""
    word: str
    zh: tuple[str, ...]
    en: tuple[str, ...]

    def spoken(self, language: Language) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en


class Lexicon:
    """``show`` gives an unknown word back as it is: a shop may have colours that we have no word for."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._words = {(one.kind, one.word): one for one in words}

    def show(self, kind: str, word: str, language: Language) -> str:
        found = self._words.get((kind, word))
        return word if found is None else found.spoken(language)[0]

    def of_kind(self, kind: str) -> Mapping[str, Word]:
        return {word: found for (of, word), found in self._words.items() if of == kind}

    def show_options(self, options: Mapping[str, str], language: Language) -> str:
        """``灰色 / L`` or ``grey / L``: values in the order in which they are given."""
        return " / ".join(self.show(name, value, language) for name, value in options.items())


@cache
def load_lexicon() -> Lexicon:
    """The built-in words."""
    text = files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return Lexicon(Word(row["kind"], row["word"], _parts(row["zh"]), _parts(row["en"])) for row in rows)


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|"))
