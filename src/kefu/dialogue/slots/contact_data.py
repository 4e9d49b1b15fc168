"""Order ids, e-mail addresses and telephone numbers."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from kefu.dialogue.guard.personal import patterns_of
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import BARE, CLEAR, EXACT, GUESS, LIKELY, Hit, SlotContext, SlotType

_SPACED_AT = re.compile(r"(?<![\w.])[\w.+-]{1,64}\s?@\s?(?:[\w-]{1,63}\s?\.\s?){1,4}[a-z]{2,10}(?![\w@])", re.ASCII)
_SPOKEN_AT = re.compile(
    r"(?<![\w.])(?P<user>[\w.+-]{1,64})(?: at |\s?(?:艾特|\(at\)|\[at\])\s?)(?P<host>[\w-]{1,63})(?: dot |\s?点\s?|\s?\(dot\)\s?|\.)"
    r"(?P<top>com|cn|net|org|io|hk|tw|edu|gov|co\.uk|me|de|fr|com\.cn)(?![\w@])",
    re.ASCII,
)
_COMMA_DOT = re.compile(r"(?<![\w.])[\w.+-]{1,64}@[\w-]{1,63}[,。，、](?:com|cn|net|org)(?![\w@])", re.ASCII)
_MOBILE = re.compile(r"(?<![\d.\w])(?:\(?\+?\s?(?:00)?86\)?[ -]?)?(?P<number>1[3-9](?:[ -]?\d){9})(?![\d])", re.ASCII)
_ABROAD = re.compile(r"(?<![\w.])(?:\+|00)(?P<number>[1-9]\d{0,2}(?:[ -]?\(?\d{1,5}\)?){1,5})(?!\d)", re.ASCII)
_LANDLINE = re.compile(r"(?<![\d.])(?P<number>0\d{2,3}[ -]?[2-8]\d{6,7})(?!\d)", re.ASCII)
_US = re.compile(r"(?<![\w.])(?P<number>\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4})(?!\d)", re.ASCII)
_LENGTHS_ABROAD = range(8, 16)
_SPACES = re.compile(r"[\s\-_]+")
_GENERIC_ID = re.compile(r"#?[a-z]{0,4}-?\d[a-z0-9-]{4,30}", re.ASCII)
_FEWEST_DIFFERENT = 3
"""Digits that a real number has: 13333333333 may be one, 11111111111 is not."""
_LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1"})
_LONGEST_ID = 40


def read_email(hearing: Hearing, _slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: the address in lower case. Slips (spaces, a comma, "at … dot") are found less surely."""
    text = hearing.digits.text
    found = [match for pattern in patterns_of("email") for match in pattern.finditer(text)]
    for match in found:
        yield Hit(
            match.group().rstrip("."), match.start(), match.start() + len(match.group().rstrip(".")), EXACT, "email"
        )
    if found:
        return
    for match in _SPACED_AT.finditer(text):
        yield Hit(re.sub(r"\s", "", match.group()), *match.span(), BARE, "email_spaced")
    for match in _COMMA_DOT.finditer(text):
        yield Hit(re.sub(r"[,。，、]", ".", match.group()), *match.span(), GUESS, "email_comma")
    for match in _SPOKEN_AT.finditer(text):
        value = f"{match['user']}@{match['host']}.{match['top']}"
        yield Hit(value, *match.span(), LIKELY if is_expected else GUESS, "email_spoken")


def read_mobile(hearing: Hearing, _slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: eleven digits for a Chinese mobile, "+49…" abroad, "021-88886666" for a landline (only when asked)."""
    text = hearing.digits.text
    for match in _MOBILE.finditer(text):
        number = re.sub(r"\D", "", match["number"])
        if len(set(number)) >= _FEWEST_DIFFERENT:
            yield Hit(number, *match.span(), EXACT, "mobile")
    for match in _ABROAD.finditer(text):
        number = re.sub(r"\D", "", match["number"])
        if len(number) in _LENGTHS_ABROAD and not number.startswith("86"):
            yield Hit(f"+{number}", *match.span(), CLEAR, "mobile_abroad")
    if not is_expected:
        return
    for match in _LANDLINE.finditer(text):
        yield Hit(match["number"].replace(" ", "-"), *match.span(), LIKELY, "landline")
    for match in _US.finditer(text):
        yield Hit("+1" + re.sub(r"\D", "", match["number"]), *match.span(), LIKELY, "mobile_us")


def read_order_id(hearing: Hearing, slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: the id as the workspace's pattern writes it (its group ``id``, else the whole match)."""
    text = hearing.digits.text
    if slot.pattern is None:
        yield from _unpatterned(hearing, is_expected=is_expected)
        return
    pattern = _compiled(slot.pattern)
    found = list(pattern.finditer(text))
    for match in found:
        yield Hit(_as_written(match, slot.pattern), *match.span(), EXACT, "order_id")
    if found or not is_expected:
        return
    for start, end in hearing.cores():
        compact = _SPACES.sub("", text[start:end])[:_LONGEST_ID]
        for candidate, probability in (
            (compact, BARE),
            (compact.translate(_LOOKALIKES), LIKELY),
            (_swap(compact), LIKELY),
        ):
            whole = pattern.fullmatch(candidate)
            if whole:
                yield Hit(_as_written(whole, slot.pattern), start, end, probability, "order_id_spaced")
                break


def _unpatterned(hearing: Hearing, *, is_expected: bool) -> Iterator[Hit]:
    text = hearing.digits.text
    for pattern in patterns_of("order"):
        for match in pattern.finditer(text):
            yield Hit(_plain(hearing, *match.span("name")), *match.span("name"), BARE, "order_id_cue")
    if is_expected:
        for start, end in hearing.cores():
            if _GENERIC_ID.fullmatch(text, start, end):
                yield Hit(_plain(hearing, start, end), start, end, LIKELY, "order_id_bare")


def _plain(hearing: Hearing, start: int, end: int) -> str:
    return unicodedata.normalize("NFKC", hearing.original(start, end)).upper()


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A workspace's pattern, on its own feet: no letter or digit may touch it."""
    return re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])", re.IGNORECASE | re.ASCII)


def _as_written(match: re.Match[str], pattern: str) -> str:
    """Upper case where the pattern has capitals: patterns are read whatever the case of the text."""
    value = match["id"] if "id" in match.re.groupindex else match.group()
    has_capitals = any(character.isupper() for character in re.sub(r"\\.|\(\?P<\w+>", "", pattern))
    return value.upper() if has_capitals else value


def _swap(compact: str) -> str:
    """Look-alikes as digits, but for a first letter that belongs to the id."""
    return compact[:1] + compact[1:].translate(_LOOKALIKES)
