"""From pages to what the reader sees in one step: a question, texts that answer it, and texts that look as if they did."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kefu_encoder.encoder import Encoder
from kefu_encoder.train.reading.pages import LANGUAGES, Ask, Page

Floats = NDArray[np.float32]
OWN, OTHERS = 4, 1
"""Near misses of a question: from its own page, and from all others. The nearest by the encoder, drawn from the first
_POOL of them, so that no pass is like the one before."""
_POOL = 7
_NEAREST = 40
_JOINED = 0.2
_ASKED_TITLE = 0.2
_ACROSS = 0.1
_BARE = 0.15


@dataclass(frozen=True, slots=True)
class Example:
    """``texts`` begin with the ``answers`` that are right; none are for a question without an answer."""

    question: str
    texts: tuple[str, ...]
    answers: int


@dataclass(frozen=True, slots=True)
class _Spot:
    """One unit of one page in one language."""

    page: int
    unit: int


class ExampleMaker:
    """Draws examples; ``nearest`` of every question among all units is computed once, by the encoder."""

    def __init__(self, pages: Sequence[Page], encoder: Encoder) -> None:
        self._pages = pages
        self._spots = [_Spot(number, unit) for number, page in enumerate(pages) for unit in range(len(page.units))]
        self._tables = [self._units(encoder, language) for language in range(LANGUAGES)]
        self._questions = [self._asked(encoder, language) for language in range(LANGUAGES)]
        self._asks_from = np.cumsum([0, *(len(page.asks) for page in pages)])
        self._units_from = np.cumsum([0, *(len(page.units) for page in pages)])

    def one_pass(self, chance: random.Random) -> Iterator[Example]:
        """Every question once in each language, in random order."""
        order = [
            (number, index, language)
            for number, page in enumerate(self._pages)
            for index in range(len(page.asks))
            for language in range(LANGUAGES)
        ]
        chance.shuffle(order)
        for number, index, language in order:
            yield self._draw(number, index, language, chance=chance)

    def _draw(self, number: int, index: int, language: int, *, chance: random.Random) -> Example:
        page, ask = self._pages[number], self._pages[number].asks[index]
        read = 1 - language if chance.random() < _ACROSS else language
        order = self._order(number, index, language, read=read)
        own = [spot for spot in order if spot.page == number and spot.unit not in ask.answers][:_POOL]
        others = [spot for spot in order if spot.page != number][:_POOL]
        wrong = [*chance.sample(own, min(OWN, len(own))), *chance.sample(others, min(OTHERS, len(others)))]
        right = [_Spot(number, unit) for unit in sorted(ask.answers)]
        title = self._title(page, ask, read, chance=chance)
        texts = [self._text(spot, ask, read, title=title, chance=chance) for spot in (*right, *wrong)]
        return Example(ask.wordings[language], tuple(texts), len(right))

    def _text(self, spot: _Spot, ask: Ask, read: int, *, title: str, chance: random.Random) -> str:
        """A unit under its title; at times with the one after it, as quotes are joined, when that is no answer too."""
        page = self._pages[spot.page]
        text = page.units[spot.unit][read]
        following = spot.unit + 1
        if chance.random() < _JOINED and following < len(page.units) and following not in ask.answers:
            text = f"{text} {page.units[following][read]}"
        if chance.random() < _BARE:
            return text
        above = title if title and spot.unit in ask.answers else page.title[read]
        return f"{above}\n{text}"

    def _title(self, page: Page, ask: Ask, read: int, *, chance: random.Random) -> str:
        """At times another question with the same answer stands above, as in a FAQ."""
        same = [other for other in page.asks if other is not ask and other.answers and other.answers == ask.answers]
        return chance.choice(same).wordings[read] if same and chance.random() < _ASKED_TITLE else ""

    def _order(self, number: int, index: int, language: int, *, read: int) -> list[_Spot]:
        scores = self._tables[read] @ self._questions[language][self._asks_from[number] + index]
        best = np.argsort(-scores)[:_NEAREST]
        mine = range(self._units_from[number], self._units_from[number + 1])
        places = sorted({*best.tolist(), *mine}, key=lambda place: -scores[place])
        return [self._spots[place] for place in places]

    def _units(self, encoder: Encoder, language: int) -> Floats:
        return encoder.encode([self._pages[spot.page].units[spot.unit][language] for spot in self._spots])

    def _asked(self, encoder: Encoder, language: int) -> Floats:
        return encoder.encode([ask.wordings[language] for page in self._pages for ask in page.asks])
