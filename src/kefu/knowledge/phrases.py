"""Phrases found in a text: one look at its units, the longest phrase at each place."""

from collections.abc import Iterable, Iterator, Sequence

from kefu.domain.conversation import Language
from kefu.knowledge.stems import runs, stem

Match = tuple[int, int, str]
"""From, to (positions in the units searched), and what was found there."""


class PhraseTable:
    """Phrases by their first unit, the longest first; of equal phrases the first given counts.

    Phrases and what is searched are alike: both texts, or both lists of stems.
    """

    def __init__(self, phrases: Iterable[tuple[Sequence[str], str]]) -> None:
        self._by_first: dict[str, list[tuple[Sequence[str], str]]] = {}
        for units, name in phrases:
            self._by_first.setdefault(units[0], []).append((units, name))
        for listed in self._by_first.values():
            listed.sort(key=lambda one: len(one[0]), reverse=True)

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def find(self, units: Sequence[str]) -> Iterator[Match]:
        index = 0
        while index < len(units):
            listed = self._by_first.get(units[index], ())
            found = next((one for one in listed if units[index : index + len(one[0])] == one[0]), None)
            if found is None:
                index += 1
            else:
                yield index, index + len(found[0]), found[1]
                index += len(found[0])


def to_units(text: str, language: Language) -> Sequence[str]:
    """The characters of a Chinese text, the stems of an English one; ``text`` is normalised."""
    return text if language == "zh" else [stem(run) for _, run in runs(text)]


def offsets_of(text: str, language: Language) -> list[tuple[int, int]]:
    """Where each unit of a text begins and ends."""
    if language == "zh":
        return [(place, place + 1) for place in range(len(text))]
    places: list[tuple[int, int]] = []
    end = 0
    for _, run in runs(text):
        start = text.index(run, end)
        end = start + len(run)
        places.append((start, end))
    return places
