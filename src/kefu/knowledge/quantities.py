"""Numbers, amounts, dates, times and addresses of a text in one form, so that "7 days" is the same however written.

Chinese numerals, full width, thousands separators and number words become digits. A quantity keeps its unit under a
name that both languages share (``numerals.toml``); a bare number has the unit "".
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from kefu.kit.numerals import DIGITS, PLACES, SCALES, WORDS, chinese_value, to_written, word_value
from kefu.kit.text import normalise

_TABLES = tomllib.loads(files("kefu.knowledge").joinpath("numerals.toml").read_text(encoding="utf-8"))
_CURRENCIES: dict[str, str] = _TABLES["currency"]
_PATTERNS = {name: re.compile(pattern) for name, pattern in _TABLES["patterns"].items()}
_NOON = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\"<>\u3000-\u9fff\uff00-\uffef]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_BARE_DOMAIN = re.compile(
    r"(?<![\w.])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|dev|hk|tw|co|app|shop)(?:/[\w./?=&%-]*)?", re.ASCII
)
_PHONE = re.compile(r"(?<![\d.])\+?\d{2,4}(?:[- ]\d{3,4}){1,3}(?![\d.])|(?<![\d.])\d{10,}(?![\d.])")
_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMERAL = re.compile(
    rf"(?P<digits>\d+(?:\.\d+)?)?\s*(?P<chars>[{''.join(DIGITS | PLACES)}{''.join(s for s in SCALES if len(s) == 1)}]*)"
)
_WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})(?:[- ](?:{'|'.join(WORDS)}))*\b")
_BEFORE = re.compile(rf"(?:{'|'.join(re.escape(sign) for sign in _CURRENCIES)})\s*$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RANGE_END = re.compile(r"\s*(?:-|–|—|~|/|\u81f3|\u5230|to|or|and|\u3001)\s*\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Quantity:
    value: float
    unit: str


_ARTICLE = Quantity(1.0, "")
"""A bare one is mostly an article and says nothing that could be wrong."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything in a text that must not be invented."""

    quantities: frozenset[Quantity]
    literals: frozenset[str]
    """Links, e-mail addresses, phone numbers (digits), dates (ISO, or MM-DD) and clock times (HH:MM)."""
    rest: str = ""
    """The normalised text without the literals."""


@lru_cache(maxsize=2048)
def read_facts(text: str) -> Facts:
    plain = normalise(text).text
    literals: set[str] = set()
    for pattern in (_ADDRESS, _BARE_DOMAIN):
        plain = _take(pattern, plain, literals, _address)
    plain = _to_digits(_SEPARATOR.sub("", plain))
    takers = (
        ("date", _date),
        ("month_names", _named_date),
        ("day_of_year", _date),
        ("clock", _clock),
        ("clock_en", _clock),
    )
    for name, reader in takers:
        plain = _take(_PATTERNS[name], plain, literals, reader)
    plain = _take(_PHONE, plain, literals, lambda match: re.sub(r"\D", "", match.group()))
    return Facts(frozenset(_quantities(plain)), frozenset(literals), plain)


def without_quantities(text: str) -> str:
    """The normalised text without its numbers and their units: what is said beside them."""
    return _amounts().sub(" ", read_facts(text).rest).replace("\0", " ")


def _take(pattern: re.Pattern[str], text: str, found: set[str], read: Callable[[re.Match[str]], str]) -> str:
    """Note each match in one form and blank it, so that no later pattern reads it again."""
    for match in pattern.finditer(text):
        found.add(read(match))
    return pattern.sub(" \0 ", text)


def _address(match: re.Match[str]) -> str:
    plain = match.group().rstrip(".,;:!?)'\"")
    return re.sub(r"^https?://(?:www\.)?|^www\.|/$", "", plain)


def _date(match: re.Match[str]) -> str:
    parts = match.groupdict()
    day = f"{int(parts['month']):02}-{int(parts['day']):02}"
    return f"{parts['year']}-{day}" if parts.get("year") else day


def _named_date(match: re.Match[str]) -> str:
    day = f"{_MONTHS.index(match['name']) + 1:02}-{int(match['day']):02}"
    return f"{match['year']}-{day}" if match["year"] else day


def _clock(match: re.Match[str]) -> str:
    parts = match.groupdict()
    half = f"{parts.get('half') or ''}{parts.get('half_en') or ''}"
    hour = int(parts["hour"])
    hour += _NOON if hour < _NOON and _PATTERNS["afternoon"].search(half) else 0
    minute = 30 if parts.get("thirty") else int(parts.get("minute") or parts.get("past") or 0)
    return f"{hour:02}:{minute:02}"


def _to_digits(plain: str) -> str:
    plain = _PATTERNS["half"].sub("0.5", _PATTERNS["fraction"].sub(_percent, plain))
    plain = _PATTERNS["idiom"].sub(lambda match: "\0" * len(match.group()), plain)
    plain = re.sub(r"(\d+(?:\.\d+)?)\s*million\b", lambda match: to_written(float(match[1]) * 1e6), plain)
    plain = _WORD.sub(lambda match: to_written(word_value(match.group())), plain)
    return _NUMERAL.sub(_numeral, plain)


def _percent(match: re.Match[str]) -> str:
    """A fraction written out (5 of 100, 2.5 of 10,000) as per cent."""
    whole = _NUMERAL.sub(_numeral, match["whole"])
    part = "".join(str(DIGITS.get(character, character)) for character in match["part"] or "")
    base = PLACES.get(match["base"]) or SCALES[match["base"]]
    return f"{to_written(float(f'{whole}.{part or 0}') * 100 / base)}%"


def _numeral(match: re.Match[str]) -> str:
    digits, characters = match["digits"], match["chars"]
    if not characters:
        return match.group()
    if digits:
        scale = _scale(characters)
        return match.group() if scale is None else to_written(float(digits) * scale)
    is_number = len(characters) > 1 or characters in DIGITS or characters in PLACES
    return to_written(chinese_value(characters)) if is_number else characters


def _scale(characters: str) -> int | None:
    """What a number in digits is multiplied by: 50\u4e07."""
    product = 1
    for character in characters:
        factor = SCALES.get(character) or PLACES.get(character)
        if factor is None:
            return None
        product *= factor
    return product


def _quantities(plain: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(plain):
        quantity = Quantity(
            float(match.group()), _unit_before(plain[: match.start()]) or _unit_after(plain, match.end())
        )
        if quantity != _ARTICLE:
            yield quantity


def _unit_before(head: str) -> str:
    match = _BEFORE.search(head)
    return _CURRENCIES[match.group().strip()] if match else ""


def _unit_after(plain: str, end: int) -> str:
    """The unit after a number, or after the range or list that the number begins."""
    position = end
    for _ in range(4):
        match = _units().match(plain, position)
        if match:
            return str(match.lastgroup).split("__")[0]
        further = _RANGE_END.match(plain, position)
        if further is None:
            return ""
        position = further.end()
    return ""


@cache
def _units() -> re.Pattern[str]:
    entries = [(name, "|".join(patterns)) for units in _TABLES["units"].values() for name, patterns in units.items()]
    named = [f"(?P<{name}__{number}>{pattern})" for number, (name, pattern) in enumerate(entries)]
    return re.compile(rf"[\s-]*(?:{'|'.join(named)})")


@cache
def _amounts() -> re.Pattern[str]:
    return re.compile(rf"{_NUMBER.pattern}(?:{_units().pattern})?")
