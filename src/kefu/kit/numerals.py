"""Chinese and English numerals in normalised text, and a text in which they are digits.

三万五 is 35,000 and 两百五 is 250, as people say it; 三四 and 十五六 are two numbers, "3~4" and "15~16". What is no
numeral by itself (万一, 千克) stays as it is. An idiom such as 一般 becomes 1般: a number is one only with its unit.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files

from kefu.kit.text import HAN, Normalised

_TABLES = tomllib.loads(files("kefu.kit").joinpath("numerals.toml").read_text(encoding="utf-8"))
DIGITS: dict[str, int] = _TABLES["digits"]
PLACES: dict[str, int] = _TABLES["places"]
SCALES: dict[str, int] = _TABLES["scales"]
WORDS: dict[str, int] = _TABLES["words"]

_BIG = "".join(PLACES | {scale: 0 for scale in SCALES if len(scale) == 1})

_CHARS = "".join(DIGITS) + _BIG
_UNIT = "千[克米瓦卡]"
"""Where 千 belongs to the unit: 60千克."""
_GROUPED = r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])"
_SCALED = rf"(?<![\d.])\d+(?:\.\d+)?\s?(?!{_UNIT})[{_BIG}](?:(?!{_UNIT})[{_CHARS}\d])*"
_WRITTEN = rf"[{''.join(DIGITS)}十](?:(?!{_UNIT})[{_CHARS}])*"
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_SPELLED = rf"\b(?:(?:{_WORD})|an?(?= hundred| thousand))(?:(?:[- ]| and )(?:{_WORD}))*\b"
_ANY = re.compile(rf"(?P<grouped>{_GROUPED})|(?P<scaled>{_SCALED})|(?P<written>{_WRITTEN})|(?P<spelled>{_SPELLED})")
_PARTS = re.compile(rf"(?P<number>\d+(?:\.\d+)?)|(?P<character>[{_CHARS}])")
_LIANG_UNIT = re.compile(rf"[{HAN}]")
_WORD_GAP = re.compile(r" and |[- ]")
_JOINED = frozenset("年月天日时点块元")
"""After these 零 joins two amounts: 一年零三个月."""
_HUNDRED, _TEN = 100, 10
_FEWEST_SPELLED = 4
"""Single digits in a row from which on they are a number read out (one three eight zero …)."""


def chinese_value(characters: str) -> float:
    """The value of a Chinese numeral, digits allowed in it: 一百二十, 三万五 (35,000), 1万2千, 二零二六 (2026).

    Raises ValueError: some character belongs to no numeral.
    """
    tokens = list(_tokens(characters))
    if not any(token in PLACES or token in SCALES for token in tokens):
        return float("".join(str(DIGITS[token]) if token in DIGITS else token for token in tokens))
    total, section, digit, step, is_gap = 0.0, 0.0, 0.0, 1.0, False
    largest = 0
    for token in tokens:
        factor = PLACES.get(token) or SCALES.get(token)
        if factor is None:
            digit = float(DIGITS[token]) if token in DIGITS else float(token)
            is_gap = is_gap or digit == 0
            continue
        if token in PLACES:
            section += (digit or 1) * factor
        elif factor < largest:  # the 万 of 一亿两千万
            total, section = total + (section + digit or 1) * factor, 0.0
        else:
            total, section, largest = (total + section + digit or 1) * factor, 0.0, factor
        digit, step, is_gap = 0.0, factor / _TEN, False
    is_short = step > 1 and not is_gap and digit < _TEN
    return total + section + (digit * step if is_short else digit)


def word_value(words: str) -> float:
    """The value of English number words: "two hundred and twenty-five"."""
    total, section = 0.0, 0.0
    for word in _WORD_GAP.split(words):
        value = WORDS.get(word, 1)
        if word == "hundred":
            section = (section or 1) * _HUNDRED
        elif word == "thousand":
            total, section = total + (section or 1) * value, 0.0
        else:
            section += value
    return total + section


def with_digits(text: Normalised) -> Normalised:
    """The text with its numerals as digits and without thousands separators; offsets still point into the original."""
    parts: list[str] = []
    offsets: list[int] = []
    place = 0
    for match in _ANY.finditer(text.text):
        written = _rewrite(match)
        if written is None:
            continue
        start, end = match.span()
        parts += (text.text[place:start], written)
        offsets.extend(text.offsets[place:start])
        offsets.extend([text.offsets[start]] * len(written))
        place = end
    parts.append(text.text[place:])
    offsets.extend(text.offsets[place:])
    return Normalised("".join(parts), tuple(offsets), text.source)


def to_written(value: float) -> str:
    """A number without a needless fraction: 3, 2.5."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _tokens(characters: str) -> Iterator[str]:
    place = 0
    for match in _PARTS.finditer(characters):
        if characters[place : match.start()].strip():
            break
        yield match.group()
        place = match.end()
    if characters[place:].strip():
        raise ValueError(f"{characters!r} is no numeral")


def _rewrite(match: re.Match[str]) -> str | None:
    raw = match.group()
    match match.lastgroup:
        case "grouped":
            return raw.replace(",", "")
        case "spelled":
            return _spelled(raw)
        case "scaled":
            return to_written(chinese_value(raw))
    if raw[0] == "零" and match.string[match.start() - 1 : match.start()] in _JOINED:
        rest = _chinese(raw[1:], following=match.string[match.end() : match.end() + 1]) if raw[1:] else ""
        return f"零{rest}"
    return _chinese(raw, following=match.string[match.end() : match.end() + 1])


def _chinese(raw: str, *, following: str) -> str:
    if len(raw) > 1 and raw[-1] == "两":  # the unit of weight, but for 一两天
        if raw == "一两" and _LIANG_UNIT.match(following):
            return "1~2"
        return f"{to_written(chinese_value(raw[:-1]))}两"
    for index in range(len(raw) - 1):
        first, second = DIGITS.get(raw[index]), DIGITS.get(raw[index + 1])
        is_pair = first is not None and second == first + 1 and first > 0
        if is_pair and _is_apart(raw, index):
            low, high = raw[: index + 1] + raw[index + 2 :], raw[:index] + raw[index + 1 :]
            return f"{to_written(chinese_value(low))}~{to_written(chinese_value(high))}"
    if all(character in DIGITS for character in raw):
        return "".join(str(DIGITS[character]) for character in raw)
    return to_written(chinese_value(raw))


def _is_apart(raw: str, index: int) -> bool:
    """Whether two digits in a row are two numbers: alone, before a place (三四十) or behind one (十五六)."""
    before, after = raw[:index], raw[index + 2 :]
    if before and not (before[-1] in PLACES or before[-1] in SCALES):
        return False
    return not after or after[0] in PLACES or after[0] in SCALES


def _spelled(raw: str) -> str:
    words = _WORD_GAP.split(raw)
    values = [WORDS.get(word, 1) for word in words]
    if len(words) >= _FEWEST_SPELLED and all(value < _TEN for value in values):
        return "".join(map(str, values))
    return " ".join(to_written(word_value(" ".join(group))) for group in _groups(words))


def _groups(words: list[str]) -> list[list[str]]:
    """Words that make one number together: twenty + five, two + hundred + twenty; not one + two."""
    groups: list[list[str]] = []
    for word in words:
        value = WORDS.get(word, 1)
        if groups and _joins(WORDS.get(groups[-1][-1], 1), value):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _joins(before: int, value: int) -> bool:
    if value >= _HUNDRED:
        return before < value
    if before >= _HUNDRED:
        return True
    return before >= 2 * _TEN and before % _TEN == 0 and 0 < value < _TEN
