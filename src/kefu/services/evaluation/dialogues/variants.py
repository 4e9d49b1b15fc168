"""Other ways to say the same: what is done must not change (metamorphic testing, Chen et al. 1998)."""

import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files

from opencc import OpenCC

from kefu.services.evaluation.dialogues.files import TurnScript, Variant, said

_SHORTEST = 4
_COURTESY: dict[str, list[str]] = tomllib.loads(
    files("kefu.services.evaluation.dialogues").joinpath("courtesy.toml").read_text(encoding="utf-8")
)
_SPLITS = "，。,；;！!"


def vary(turns: Sequence[TurnScript], how: Variant, *, language: str) -> list[list[str]]:
    """The messages of each turn, said in another way; a pressed reply stays one."""
    change = _WAYS[how]
    return [change(list(said(turn)), language) if not turn.press else list(said(turn)) for turn in turns]


def _traditional(messages: list[str], _language: str) -> list[str]:
    return [OpenCC("s2t").convert(message) for message in messages]


def _full_width(messages: list[str], _language: str) -> list[str]:
    table = {code: code + 0xFEE0 for code in range(ord("0"), ord("9") + 1)}
    return [message.translate(table) for message in messages]


def _polite(messages: list[str], language: str) -> list[str]:
    before, after = _COURTESY[language]
    return [before + messages[0].rstrip("。.") + after, *messages[1:]] if messages[0] else messages


def _split(messages: list[str], _language: str) -> list[str]:
    """At the first mark in the middle: people send half a sentence."""
    first = messages[0]
    places = [place for place, sign in enumerate(first[:-1]) if sign in _SPLITS and place > 0]
    if not places:
        return messages
    return [first[: places[0] + 1], first[places[0] + 1 :].strip(), *messages[1:]]


def _spaces(messages: list[str], _language: str) -> list[str]:
    return ["  " + message.replace("，", "， ") + " \n" for message in messages]


def _typos(messages: list[str], language: str) -> list[str]:
    """Two letters of the longest English word change places; Chinese slips have their own spelling tests."""
    words = [word for word in messages[0].split(" ") if word.isalpha()] if language == "en" else []
    longest = max(words, key=len, default="")
    middle = len(longest) // 2
    if middle < _SHORTEST:
        return messages
    slipped = longest[:middle] + longest[middle + 1] + longest[middle] + longest[middle + 2 :]
    return [messages[0].replace(longest, slipped, 1), *messages[1:]]


_WAYS: dict[Variant, Callable[[list[str], str], list[str]]] = {
    "traditional": _traditional,
    "full_width": _full_width,
    "polite": _polite,
    "split": _split,
    "spaces": _spaces,
    "typos": _typos,
}
