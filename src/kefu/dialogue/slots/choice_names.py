"""Which choices a text names: by their names, by what tells them apart (红色那双, the size 42), or nearly (fuzzy)."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz, process

from kefu.dialogue.slots.types import CLEAR, GUESS, LIKELY, VAGUE, Choice
from kefu.kit.numerals import with_digits
from kefu.kit.text import HAN, normalise
from kefu.knowledge.stems import stem

_WORD = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*")
_HAN_RUN = re.compile(rf"[{HAN}]+")
_CUT = re.compile(
    rf"(?:[,，、;；。!！?？\n&+]|(?<=[{HAN}])\s+(?=[{HAN}])|和|跟|以及|还有|或者?|,?\s\band\b|\bplus\b|\bor\b)+"
)
_COMMON = frozenset(
    "the a an and of or for with my me i you your in on to is it that this one 1 order item pair size color colour "
    "not no do does don't doesn't like need want".split()
)
_COMMON_HAN = frozenset("双件个条只款笔单张那这的是要退换买码号色".replace("码", "").replace("号", ""))
_SHORTEST_ID = 3
_FUZZY_FROM = 80.0
_WORD_FROM, _RIVAL, _SHORT_LATIN = 84.0, 3.0, 4
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


Located = tuple[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """What each choice has that not all have, and how many have it; ``everywhere`` is what all have."""

    ids: tuple[str, ...]
    features: tuple[frozenset[str], ...]
    counts: Counter[str]
    everywhere: frozenset[str]


def find_named(text: str, choices: Sequence[Choice], *, is_expected: bool) -> list[Named]:
    """In the order of ``text`` (normalised, numerals as digits), without overlap."""
    found = _exact(text, choices)
    taken = list(found)
    table = _table(tuple(choices))
    located = [one for one in _located(text) if one[0] in table.counts or _is_foreign(one[0], table)]
    for start, end in _segments(text) if located else ():
        if any(start < one.end and one.start < end for one in found):
            continue
        named = _by_features((start, end), located, table)
        if named is not None and (is_expected or named.rule != "option_tie"):
            taken.append(named)
    if not taken and is_expected:
        taken = _fuzzy(text, choices, lowest=_FUZZY_FROM)
    return sorted(taken, key=lambda one: one.start)


def _exact(text: str, choices: Sequence[Choice]) -> list[Named]:
    spans: dict[tuple[int, int], list[str]] = {}
    for choice in choices:
        for name in _names(choice):
            for start, end in _occurrences(text, name):
                ids = spans.setdefault((start, end), [])
                if choice.id not in ids:
                    ids.append(choice.id)
    words = [] if spans else list(_stems(text))
    for choice in choices if words else ():
        for start, end in _by_stems(words, choice):
            spans.setdefault((start, end), []).append(choice.id)
    kept: list[Named] = []
    for (start, end), ids in sorted(spans.items(), key=lambda item: item[0][0] - item[0][1]):
        if all(end <= one.start or one.end <= start for one in kept):
            kept.append(Named(start, end, tuple(dict.fromkeys(ids)), CLEAR if len(ids) == 1 else LIKELY, "name"))
    return sorted(kept, key=lambda one: one.start)


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return with_digits(normalise(name)).text.strip()


@lru_cache(maxsize=4096)
def _names(choice: Choice) -> tuple[str, ...]:
    names = [choice.label, *choice.words]
    if len(choice.id) >= _SHORTEST_ID:
        names.extend((choice.id, choice.id.lstrip("#")))
    plain = dict.fromkeys(_plain(one) for one in names)
    return tuple(name for name in plain if len(name) > 1 or (name and not name.isascii()))


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


def _by_stems(words: list[tuple[int, int, str]], choice: Choice) -> Iterator[tuple[int, int]]:
    """English names in another form: "it broke" is no "broken", but "sizes" is "size"."""
    for name in _names(choice):
        stems = _stems_of(name)
        for index in range(len(words) - len(stems) + 1 if stems else 0):
            if words[index][2] == stems[0] and [word for _, _, word in words[index : index + len(stems)]] == stems:
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


@lru_cache(maxsize=4096)
def _stems_of(name: str) -> list[str]:
    """Empty for a name that is no English one."""
    stems = [one for _, _, one in _stems(name)] if name.isascii() else []
    return stems if len("".join(stems)) >= _SHORTEST_ID else []


def _segments(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    for match in _CUT.finditer(text):
        if text[place : match.start()].strip():
            yield place, match.start()
        place = match.end()
    if text[place:].strip():
        yield place, len(text)


def _by_features(segment: tuple[int, int], located: list[Located], table: FeatureTable) -> Named | None:
    """The choices that share most with a segment, counted by what only some of them have."""
    said = {feature: span for feature, span in located if segment[0] <= span[0] and span[1] <= segment[1]}
    if not said:
        return None
    shares = [
        sum(_weight(feature) / table.counts[feature] for feature in said if feature in own) for own in table.features
    ]
    best = max(shares, default=0.0)
    if best <= 0:
        return None
    alike = sorted((index for index, share in enumerate(shares) if share >= best * _NEAR), key=lambda one: -shares[one])
    ours = frozenset[str]().union(*(table.features[index] for index in alike))
    spans = [span for feature, span in said.items() if feature in ours]
    is_foreign = any(feature.startswith("§") and feature not in ours for feature in said)
    sure = LIKELY + 0.05 if best >= 1.0 else GUESS + 0.05
    probability = (sure if len(alike) == 1 else GUESS + 0.1) - (0.3 if is_foreign else 0.0)
    rule = "option" if len(alike) == 1 else "option_tie"
    ids = tuple(table.ids[index] for index in alike)
    return Named(min(one[0] for one in spans), max(one[1] for one in spans), ids, probability, rule)


@lru_cache(maxsize=512)
def _table(choices: tuple[Choice, ...]) -> FeatureTable:
    features = [_features(choice) for choice in choices]
    everywhere = frozenset.intersection(*features) if len(features) > 1 else frozenset[str]()
    own = tuple(one - everywhere for one in features)
    counts = Counter(feature for one in own for feature in one)
    return FeatureTable(tuple(choice.id for choice in choices), own, counts, everywhere)


def _is_foreign(feature: str, table: FeatureTable) -> bool:
    """An option that no choice has (blue): what is said beside it is less sure."""
    return feature.startswith("§") and feature not in table.everywhere


def _weight(feature: str) -> float:
    return 1.0 if feature.startswith("§") or feature.isascii() else 0.6


@lru_cache(maxsize=4096)
def _features(choice: Choice) -> frozenset[str]:
    text = " ".join(_plain(one) for one in (choice.label, *choice.words))
    return frozenset(feature for feature, _ in _located(text))


def _located(piece: str) -> Iterator[Located]:
    """Groups of option words («§colour.red»), Latin words as stems, pairs of Chinese characters; each with its place."""
    pattern, groups = _options()
    covered: set[int] = set()
    for match in pattern.finditer(piece):
        if " " not in match.group():  # "credit card" is a card, and the credit one
            covered.update(range(match.start(), match.end()))
        yield f"§{groups[match.group()]}", match.span()
    for match in _WORD.finditer(piece):
        word = match.group()
        is_small = len(word) == 1 or word in _COMMON
        if not is_small and match.start() not in covered:
            yield stem(word), match.span()
    for match in _HAN_RUN.finditer(piece):
        for index in range(match.start(), match.end() - 1):
            pair = piece[index : index + 2]
            if not set(pair) & _COMMON_HAN:
                yield pair, (index, index + 2)


@cache
def _options() -> tuple[re.Pattern[str], dict[str, str]]:
    data = tomllib.loads(files("kefu.dialogue.slots").joinpath("options.toml").read_text(encoding="utf-8"))
    groups = {
        word: f"{topic}.{name}" for topic, names in data.items() for name, words in names.items() for word in words
    }
    ordered = sorted(groups, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in ordered if word[0].isascii())
    han = "|".join(re.escape(word) for word in ordered if not word[0].isascii())
    return re.compile(rf"(?<![a-z0-9'’])(?:{latin})(?![a-z0-9])|(?:{han})"), groups


def _fuzzy(text: str, choices: Sequence[Choice], *, lowest: float) -> list[Named]:
    """The likest name with its nearest rivals, if it is like enough (a slip or two in a long name)."""
    piece = text[:_MOST_FUZZY]
    scored = [one for choice in choices if (one := max(_likenesses(piece, choice, lowest), default=None))]
    if not scored:
        return []
    score, start, end, _ = max(scored)
    ids = [one[3] for one in sorted(scored, reverse=True) if one[0] >= score - _RIVAL]
    probability = VAGUE + (score - _FUZZY_FROM) / 100 * 1.5
    return [Named(start, end, tuple(ids), min(probability, LIKELY), "fuzzy")]


def _likenesses(piece: str, choice: Choice, lowest: float) -> Iterator[tuple[float, int, int, str]]:
    """How like a name or a word of a name some place is: score, start, end, id."""
    for name in _names(choice):
        if len(name) < (_SHORT_LATIN if name.isascii() else _SHORTEST_ID) or len(name) > len(piece) + 2:
            continue
        aligned = fuzz.partial_ratio_alignment(name, piece, score_cutoff=lowest)
        if aligned:
            start, end = _whole_words(piece, aligned.dest_start, aligned.dest_end)
            score = fuzz.ratio(name, piece[start:end])
            if score >= lowest:
                yield score, start, end, choice.id
    words = [word for word in _features(choice) if word.isascii() and word.isalpha() and len(word) > _SHORT_LATIN]
    for match in _WORD.finditer(piece) if words else ():
        if match.end() - match.start() > _SHORT_LATIN:
            likest = process.extractOne(
                stem(match.group()), words, scorer=fuzz.ratio, score_cutoff=max(lowest, _WORD_FROM)
            )
            if likest:
                yield likest[1], *match.span(), choice.id


def _whole_words(piece: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and _is_latin(piece[start - 1]) and _is_latin(piece[start]):
        start -= 1
    while 0 < end < len(piece) and _is_latin(piece[end - 1]) and _is_latin(piece[end]):
        end += 1
    return start, end
