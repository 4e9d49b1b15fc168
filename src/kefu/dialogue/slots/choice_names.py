"""Which choices a text names: by their names, by what tells them apart (红色那双, the size 42), or nearly (fuzzy)."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz

from kefu.dialogue.slots.types import CLEAR, GUESS, LIKELY, VAGUE, Choice
from kefu.kit.numerals import with_digits
from kefu.kit.text import HAN, normalise
from kefu.knowledge.stems import stem

_WORD = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*")
_HAN_RUN = re.compile(rf"[{HAN}]+")
_CUT = re.compile(r"(?:[,，、;；。!！?？\n&+]|和|跟|以及|还有|或者?|,?\s\band\b|\bplus\b|\bor\b)+")
_COMMON = frozenset(
    "the a an of and or for with my in on to is it that this one 1 order item pair size color colour".split()
)
_COMMON_HAN = frozenset("双件个条只款笔单张那这的是要退换买码号色".replace("码", "").replace("号", ""))
_SHORTEST_ID = 3
_FUZZY_FROM, _FUZZY_SURE = 80.0, 92.0
_NEAR = 0.8
_MOST_FUZZY = 600
"""Characters within which names are looked for by likeness."""


@dataclass(frozen=True, slots=True)
class Named:
    """Words that name one choice, or several alike: ``ids`` with the best first."""

    start: int
    end: int
    ids: tuple[str, ...]
    probability: float
    rule: str


def find_named(text: str, choices: Sequence[Choice], *, is_expected: bool) -> list[Named]:
    """In the order of ``text`` (normalised, numerals as digits), without overlap."""
    found = _exact(text, choices)
    taken = list(found)
    for start, end in _segments(text):
        if any(start < one.end and one.start < end for one in found):
            continue
        named = _by_features(text, start, end, choices)
        if named is None or (not is_expected and named.rule == "option_tie"):
            continue
        taken.append(named)
    if not taken:
        taken = _fuzzy(text, choices, lowest=_FUZZY_FROM if is_expected else _FUZZY_SURE)
    return sorted(taken, key=lambda one: one.start)


def _exact(text: str, choices: Sequence[Choice]) -> list[Named]:
    spans: dict[tuple[int, int], list[str]] = {}
    for choice in choices:
        for name in _names(choice):
            for start, end in _occurrences(text, name):
                ids = spans.setdefault((start, end), [])
                if choice.id not in ids:
                    ids.append(choice.id)
    if not spans:
        for choice in choices:
            for start, end in _by_stems(text, choice):
                spans.setdefault((start, end), []).append(choice.id)
    kept: list[Named] = []
    for (start, end), ids in sorted(spans.items(), key=lambda item: item[0][0] - item[0][1]):
        if all(end <= one.start or one.end <= start for one in kept):
            kept.append(Named(start, end, tuple(dict.fromkeys(ids)), CLEAR if len(ids) == 1 else LIKELY, "name"))
    return sorted(kept, key=lambda one: one.start)


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return with_digits(normalise(name)).text.strip()


def _names(choice: Choice) -> Iterator[str]:
    names = [choice.label, *choice.words]
    if len(choice.id) >= _SHORTEST_ID:
        names.extend((choice.id, choice.id.lstrip("#")))
    for name in dict.fromkeys(_plain(one) for one in names):
        if name and (len(name) > 1 or not name.isascii()) and not name.isspace():
            yield name


def _occurrences(text: str, name: str) -> Iterator[tuple[int, int]]:
    place = text.find(name)
    while place >= 0:
        end = place + len(name)
        is_apart = not (
            (_is_latin(name[0]) and place > 0 and _is_latin(text[place - 1]))
            or (_is_latin(name[-1]) and end < len(text) and _is_latin(text[end]))
        )
        if is_apart:
            yield place, end
        place = text.find(name, end)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _by_stems(text: str, choice: Choice) -> Iterator[tuple[int, int]]:
    """English names in another form: "it broke" is no "broken", but "sizes" is "size"."""
    words = list(_stems(text))
    for name in _names(choice):
        stems = [one for _, _, one in _stems(name)]
        if not stems or not name.isascii() or len("".join(stems)) < _SHORTEST_ID:
            continue
        for index in range(len(words) - len(stems) + 1):
            if [word for _, _, word in words[index : index + len(stems)]] == stems:
                yield words[index][0], words[index + len(stems) - 1][1]


def _stems(text: str) -> Iterator[tuple[int, int, str]]:
    """Words as stems with their places; doesn't is two words."""
    for match in _WORD.finditer(text):
        word = match.group()
        if word.endswith("n't"):
            yield match.start(), match.end(), stem(word[:-3])
            yield match.start(), match.end(), "not"
        else:
            yield match.start(), match.end(), stem(word)


def _segments(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    for match in _CUT.finditer(text):
        if text[place : match.start()].strip():
            yield place, match.start()
        place = match.end()
    if text[place:].strip():
        yield place, len(text)


def _by_features(text: str, start: int, end: int, choices: Sequence[Choice]) -> Named | None:
    """The choices that share most with a segment, counted by what only some of them have."""
    table = [_features(choice) for choice in choices]
    everywhere = frozenset.intersection(*table) if len(table) > 1 else frozenset()
    said = {feature: span for feature, span in _located(text, start, end) if feature not in everywhere}
    scores = [
        sum(_weight(feature) / sum(feature in one for one in table) for feature in said if feature in own)
        for own in table
    ]
    best = max(scores, default=0.0)
    if best <= 0:
        return None
    alike = [index for index, score in enumerate(scores) if score >= best * _NEAR]
    spans = [span for feature, span in said.items() if any(feature in table[index] for index in alike)]
    foreign = sum(
        1 for feature in said if feature.startswith("§") and not any(feature in table[index] for index in alike)
    )
    ids = tuple(choices[index].id for index in sorted(alike, key=lambda index: -scores[index]))
    sure = LIKELY + 0.05 if best >= 1.0 else GUESS + 0.05
    probability = (sure if len(alike) == 1 else GUESS + 0.1) - (0.3 if foreign else 0.0)
    rule = "option" if len(alike) == 1 else "option_tie"
    return Named(min(one[0] for one in spans), max(one[1] for one in spans), ids, probability, rule)


def _weight(feature: str) -> float:
    return 1.0 if feature.startswith("§") or feature.isascii() else 0.6


@lru_cache(maxsize=4096)
def _features(choice: Choice) -> frozenset[str]:
    text = " ".join(_plain(one) for one in (choice.label, *choice.words))
    return frozenset(feature for feature, _ in _located(text, 0, len(text)))


def _located(text: str, start: int, end: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Groups of option words («§colour.red»), Latin words as stems, pairs of Chinese characters; each with its place."""
    piece = text[start:end]
    pattern, groups = _options()
    covered: set[int] = set()
    for match in pattern.finditer(piece):
        covered.update(range(match.start(), match.end()))
        yield f"§{groups[match.group()]}", (start + match.start(), start + match.end())
    for match in _WORD.finditer(piece):
        word = match.group()
        is_small = len(word) == 1 or word in _COMMON
        if not is_small and match.start() not in covered:
            yield stem(word), (start + match.start(), start + match.end())
    for match in _HAN_RUN.finditer(piece):
        for index in range(match.start(), match.end() - 1):
            pair = piece[index : index + 2]
            if not set(pair) & _COMMON_HAN:
                yield pair, (start + index, start + index + 2)


@cache
def _options() -> tuple[re.Pattern[str], dict[str, str]]:
    data = tomllib.loads(files("kefu.dialogue.slots").joinpath("options.toml").read_text(encoding="utf-8"))
    groups = {
        word: f"{topic}.{name}" for topic, names in data.items() for name, words in names.items() for word in words
    }
    ordered = sorted(groups, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in ordered if word[0].isascii())
    han = "|".join(re.escape(word) for word in ordered if not word[0].isascii())
    return re.compile(rf"(?<![a-z0-9])(?:{latin})(?![a-z0-9])|(?:{han})"), groups


def _fuzzy(text: str, choices: Sequence[Choice], *, lowest: float) -> list[Named]:
    """The likest name with its nearest rivals, if it is like enough (a slip or two in a long name)."""
    piece = text[:_MOST_FUZZY]
    scored: list[tuple[float, int, int, str]] = []
    for choice in choices:
        best: tuple[float, int, int, str] | None = None
        for name in _names(choice):
            if len(name) < (4 if name.isascii() else 3) or len(name) > len(piece) + 2:
                continue
            aligned = fuzz.partial_ratio_alignment(name, piece, score_cutoff=lowest)
            if aligned and (best is None or aligned.score > best[0]):
                best = (aligned.score, aligned.dest_start, aligned.dest_end, choice.id)
        if best:
            scored.append(best)
    if not scored:
        return []
    score, start, end, _ = max(scored)
    ids = [one[3] for one in sorted(scored, reverse=True) if one[0] >= score - 3]
    probability = VAGUE + (score - _FUZZY_FROM) / 100 * 1.5
    return [Named(start, end, tuple(ids), min(probability, LIKELY), "fuzzy")]
