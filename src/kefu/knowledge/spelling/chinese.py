"""Chinese slips: another word of the same sound, as an input method offers it (花被 → 花呗, 运废 → 运费).

What may be a slip is what remains of a text when the words of the knowledge are taken out: single characters that make
no word, and words of the dictionary that no document has. Of those only what sounds like a word of the knowledge is one.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kefu.kit.text import HAN
from kefu.knowledge.spelling.correction import Correction, How, quoted_spans
from kefu.knowledge.spelling.pinyin import Syllables, fuzzy, sounds
from kefu.knowledge.vocabulary import Vocabulary

_RUN = re.compile(f"[{HAN}]+")
_LONGEST, _SHORTEST = 6, 2
_LONG = 3
"""From so many characters on one syllable may differ a little."""
_GRAMMAR = frozenset(
    "的了吗呢吧啊呀嘛哦我你您他她它俺咱们是不在有没这那就都也很么什请问怎几多谁哪为把让从向但而且想说看好太再又才只以及上下中里去来天年月日一二三四五六七八九十两每"
)
"""Characters that stand alone so often that they are no piece of a short slip."""
_COMMON = frozenset(
    "能给还要会得到先完可被对过着成该刚错掉找放搞弄拿念写叫早晚新旧老大小买卖钱付寄换退收补改加减交用开办转出进打走送取选算填点号件个次双块元张单笔条码或和跟与同嫌姐手脚划画管答"
)
"""Those that often do: with such a one it is a slip only for a term that keeps a character of it (退或 → 退货)."""
_JOINING = frozenset("或和跟与")


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    text: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class _Target:
    word: str
    weight: int
    """Texts that have it; a term of the trade counts more than any."""


class ChineseSpeller:
    """``words``: the words of the index with the number of texts that have them; ``terms``: those of the trade.

    ``guessed``: what the cutter takes for words of the index though no dictionary has it: no slip, and no correction.
    """

    def __init__(
        self, words: Mapping[str, int], *, terms: Collection[str], guessed: Collection[str], vocabulary: Vocabulary
    ) -> None:
        self._vocabulary = vocabulary
        self._words = words
        self._terms = frozenset(term for term in terms if _RUN.fullmatch(term) and len(term) >= _SHORTEST)
        self._known = self._terms | words.keys() | set(guessed)
        most = max(words.values(), default=0)
        targets = [
            _Target(word, words.get(word, 0) + (most if word in self._terms else 0))
            for word in self._terms | words.keys()
        ]
        self._by_sound: dict[Syllables, list[_Target]] = {}
        self._by_rest: dict[tuple[int, Syllables], list[_Target]] = {}
        for target in targets:
            if _SHORTEST <= len(target.word) <= _LONGEST:
                self._add(target)

    def correct(self, plain: str) -> tuple[Correction, ...]:
        """Slips in a normalised question, in order, without overlap."""
        quoted = quoted_spans(plain)
        found: list[Correction] = []
        for match in _RUN.finditer(plain):
            for one in self._of_run(match.group()):
                start, end = match.start() + one.start, match.start() + one.end
                if not any(first < end and start < last for first, last in quoted):
                    found.append(Correction(start, end, one.typed, one.meant, one.how))
        return tuple(found)

    def _add(self, target: _Target) -> None:
        for syllables in {fuzzy(one) for one in sounds(target.word)}:
            self._by_sound.setdefault(syllables, []).append(target)
            if len(syllables) >= _LONG and target.word in self._terms:
                for place in range(len(syllables)):
                    rest = (*syllables[:place], *syllables[place + 1 :])
                    self._by_rest.setdefault((place, rest), []).append(target)

    def _of_run(self, run: str) -> Iterator[Correction]:
        pieces = self._pieces(run)
        index = 0
        while index < len(pieces):
            found = self._at(pieces, index)
            if found is None:
                index += 1
            else:
                yield found
                index = next((n for n, piece in enumerate(pieces) if piece.start >= found.end), len(pieces))

    def _pieces(self, run: str) -> list[_Piece]:
        pieces: list[_Piece] = []
        end = 0
        for word in self._vocabulary.cut_known(run):
            start, end = end, end + len(word)
            pieces.append(_Piece(start, end, word, is_known=len(word) > 1 and word in self._known))
        return self._joined(run, pieces)

    def _joined(self, run: str, pieces: Sequence[_Piece]) -> list[_Piece]:
        """Neighbours that together are a known word are one piece."""
        joined: list[_Piece] = []
        index = 0
        while index < len(pieces):
            start = pieces[index].start
            ends = (n for n in range(min(len(pieces), index + _LONGEST), index, -1))
            end = next((n for n in ends if run[start : pieces[n - 1].end] in self._known), index + 1)
            text = run[start : pieces[end - 1].end]
            joined.append(_Piece(start, pieces[end - 1].end, text, is_known=end > index + 1 or pieces[index].is_known))
            index = end
        return joined

    def _at(self, pieces: Sequence[_Piece], first: int) -> Correction | None:
        """The longest slip that begins with a piece."""
        last = next(
            (n for n in range(first, len(pieces)) if pieces[n].end - pieces[first].start > _LONGEST), len(pieces)
        )
        for end in range(last, first, -1):
            window = pieces[first:end]
            text = "".join(piece.text for piece in window)
            if len(text) < _SHORTEST or not self._may_be_slip(window, pieces[end : end + 1]):
                continue
            found = self._find(window)
            if found is not None:
                return Correction(window[0].start, window[-1].end, text, found[0].word, found[1])
        return None

    @staticmethod
    def _may_be_slip(window: Sequence[_Piece], after: Sequence[_Piece]) -> bool:
        size = sum(len(piece.text) for piece in window)
        if (size < _LONG and any(piece.text in _GRAMMAR for piece in window)) or _is_repeated(window):
            return False
        if any(piece.is_known for piece in window) and (size <= _LONG or all(piece.is_known for piece in window)):
            return False
        is_joined = window[-1].text in _JOINING and any(_is_content(piece) for piece in after)
        return not is_joined and not any(piece.text in _JOINING for piece in window[:-1])

    def _find(self, window: Sequence[_Piece]) -> tuple[_Target, How] | None:
        """A word of any dictionary is a slip only for a term that documents use and that sounds exactly so."""
        text = "".join(piece.text for piece in window)
        readings = sounds(text)
        near = [one for reading in readings for one in self._sounding(reading) if _may_be_meant(one.word, text)]
        exact = [one for one in near if any(reading in sounds(one.word) for reading in readings)]
        if len(window) == 1:
            return _best([one for one in exact if one.word in self._terms and one.word in self._words], "sound")
        near = [one for one in near if one.word in self._terms]
        if any(piece.is_known or piece.text in _COMMON or piece.text in _GRAMMAR for piece in window):
            alike = [one for one in near if any(map(str.__eq__, one.word, text))]
            return _best([one for one in alike if one in exact], "sound") or _best(alike, "near_sound")
        off = [one for reading in readings for one in self._one_off(reading)] if not (exact or near) else []
        return _best(exact, "sound") or _best(near, "near_sound") or _best(off, "near_sound")

    def _sounding(self, reading: Syllables) -> Sequence[_Target]:
        return self._by_sound.get(fuzzy(reading), ())

    def _one_off(self, reading: Syllables) -> Iterator[_Target]:
        """Terms of three and more characters of which one syllable differs in one letter, the others not at all."""
        if len(reading) < _LONG:
            return
        syllables = fuzzy(reading)
        for place in range(len(syllables)):
            rest = (*syllables[:place], *syllables[place + 1 :])
            for target in self._by_rest.get((place, rest), ()):
                if any(_is_one_letter_off(syllables[place], fuzzy(other)[place]) for other in sounds(target.word)):
                    yield target


def _is_repeated(window: Sequence[_Piece]) -> bool:
    return len(window) > 1 and len({piece.text for piece in window}) == 1


def _is_content(piece: _Piece) -> bool:
    return len(piece.text) == 1 and piece.text not in _GRAMMAR | (_COMMON - frozenset("退换修补买卖寄"))


def _may_be_meant(word: str, typed: str) -> bool:
    """Two words that both stand alone are not slips for one another: 卖的时候 is not 买的时候."""
    common = _COMMON | _GRAMMAR
    other = [(one, meant) for one, meant in zip(typed, word, strict=True) if one != meant]
    return bool(other) and not any(one in common and meant in common for one, meant in other)


def _best(targets: Sequence[_Target], how: How) -> tuple[_Target, How] | None:
    best = max(targets, key=lambda target: target.weight, default=None)
    return None if best is None else (best, how)


def _is_one_letter_off(one: str, other: str) -> bool:
    """One letter more, less or different."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]
