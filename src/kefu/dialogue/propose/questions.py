"""Several questions in one message, with question marks or without: where one ends and the next begins.

A clause is a question by its mark, or by its words. Between two such a cut is made; a statement stays with the
question that follows it, an afterthought with the one before.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kefu.domain.conversation import Language
from kefu.knowledge.vocabulary import built_in

_NUMBERED = re.compile(r"(?:^|(?<=[\s,，。;；:：?？!！]))[(（]?([1-9])\s?(?:[)）、]|[.．](?!\d))\s*")
_LINK = re.compile(r"^(?:(?:and|also|plus|so|then|ok|hi|hello|,)\s+)+")
_FEWEST, _SHORTEST, _SHORT = 2, 4, 7
"""Items of a list; characters of a Chinese question that is cut off another, and of one that may lean on it."""
_LONGEST = 60
"""Characters of a clause that is cut in two: longer ones tell a story."""


@dataclass(frozen=True, slots=True)
class Item:
    """One of a numbered list: where its number stands, where its text begins, and where it ends."""

    mark: int
    start: int
    end: int


def asks(clause: str) -> bool:
    """Whether the words of a normalised clause ask something, whatever mark it has."""
    if not _has_han(clause):
        return _begins_question(clause)
    return _zh()["asks"].search(clause) is not None and _zh()["states"].search(clause) is None


def announces(clause: str) -> bool:
    """Whether a clause before a list only says that questions follow."""
    return _patterns(_language(clause))["announces"].search(clause.rstrip(":： ")) is not None


def leads(clause: str) -> bool:
    """Whether a clause that asks is only a courtesy, or asks what to do about what was said."""
    return _patterns(_language(clause))["leads"].search(clause) is not None


def continues(clause: str) -> bool:
    """Whether a clause goes on with the question before it (还是…, or …)."""
    return _patterns(_language(clause))["continues"].search(clause) is not None


def leans(clause: str) -> bool:
    """Whether a short clause names nothing of its own, so that alone nobody knows what it asks about (名单哪儿看)."""
    if not _has_han(clause) or len(clause) > _SHORT:
        return False
    return all(_zh()["asks"].search(concept) for concept in built_in("zh").concepts(clause))


def cut_list(plain: str) -> list[Item]:
    """The items of a numbered list in a normalised message, lines or not; empty when it has none."""
    marks = list(_NUMBERED.finditer(plain))
    if [mark[1] for mark in marks] != [str(number) for number in range(1, len(marks) + 1)] or len(marks) < _FEWEST:
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(plain)]
    return [Item(mark.start(), mark.end(), end) for mark, end in zip(marks, ends, strict=True)]


def cut_clause(clause: str) -> list[tuple[int, int]]:
    """The questions inside a normalised clause, as spans; the whole clause when it asks one thing or nothing."""
    whole = [(0, len(clause))]
    if len(clause) > _LONGEST * (1 if _has_han(clause) else 3):
        return whole
    spans = list(_chinese(clause) if _has_han(clause) else _english(clause))
    return spans if len(spans) > 1 else whole


def _chinese(clause: str) -> Iterator[tuple[int, int]]:
    """A joint is a cut where both sides ask; a piece that does not ask stays with its neighbour."""
    start = 0
    for joint in _zh()["joint"].finditer(clause):
        before, after = clause[start : joint.start()], clause[joint.end() :]
        if _is_whole(before) and _is_whole(after) and not continues(after):
            yield start, joint.start()
            start = joint.end()
    yield start, len(clause)


def _is_whole(piece: str) -> bool:
    return len(piece) >= _SHORTEST and asks(piece) and not leads(piece)


def _english(clause: str) -> Iterator[tuple[int, int]]:
    start = 0
    for joint in _en()["joint"].finditer(clause):
        if _begins_question(clause[start : joint.start()]) and _begins_question(clause[joint.end() :]):
            yield start, joint.start()
            start = joint.end()
    yield start, len(clause)


def _begins_question(text: str) -> bool:
    return _en()["start"].match(_LINK.sub("", text.strip())) is not None


def _has_han(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def _language(text: str) -> Language:
    return "zh" if _has_han(text) else "en"


def _zh() -> dict[str, re.Pattern[str]]:
    return _patterns("zh")


def _en() -> dict[str, re.Pattern[str]]:
    return _patterns("en")


@cache
def _patterns(language: Language) -> dict[str, re.Pattern[str]]:
    text = (files("kefu.dialogue.propose") / "questions.toml").read_text(encoding="utf-8")
    return {name: re.compile(pattern) for name, pattern in tomllib.loads(text)[language].items()}
