"""What in a text looks like personal data: names, phones, e-mail addresses, order numbers, cards, addresses.

Simple rules (personal.toml) that can miss and can be wrong; a person has the last look at what is published. What belongs
to the shop, such as its own hotline in a document, looks the same: whoever masks says what may stay.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class PersonalMark:
    """``text`` stands from ``start`` to ``end`` (code points)."""

    kind: str
    start: int
    end: int
    text: str


def find_personal(text: str) -> tuple[PersonalMark, ...]:
    """In the order of the text, without overlap; of two kinds for one place the more certain one."""
    taken: list[PersonalMark] = []
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            mark = _to_mark(kind, match)
            if mark.start < mark.end and all(mark.end <= one.start or one.end <= mark.start for one in taken):
                taken.append(mark)
    return tuple(sorted(taken, key=lambda mark: mark.start))


def mask_personal(text: str) -> str:
    """The text with each mark replaced by its kind in brackets: "call [phone]"."""
    for mark in reversed(find_personal(text)):
        text = f"{text[: mark.start]}[{mark.kind}]{text[mark.end :]}"
    return text


def _to_mark(kind: str, match: re.Match[str]) -> PersonalMark:
    group = "name" if "name" in match.re.groupindex else 0
    return PersonalMark(kind, match.start(group), match.end(group), match.group(group))


def patterns_of(kind: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of one kind, for who reads such data on purpose (slots)."""
    return tuple(pattern for name, pattern in _patterns() if name == kind)


def surnames() -> str:
    """The commonest Chinese surnames of one character."""
    return str(_data()["surnames"])


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind["name"], re.compile(pattern.replace("<surnames>", surnames()), re.MULTILINE))
        for kind in _data()["kinds"]
        for pattern in kind["patterns"]
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("kefu.dialogue.guard").joinpath("personal.toml").read_text(encoding="utf-8"))
