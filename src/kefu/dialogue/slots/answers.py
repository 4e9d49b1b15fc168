"""Yes or no to an open question, clause by clause: 不用了 is no, 没问题 is yes, 可以吗？ asks, "yes, but …" leaves a rest."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from kefu.dialogue.slots.types import CLEAR, EXACT, LIKELY
from kefu.kit.text import Normalised

Reply = Literal["yes", "no", "question", "unclear"]
_CLAUSE = re.compile(r"[^,，。.!！?？;；、\n~…]+(?:[.,](?=\d)[^,，。.!！?？;；、\n~…]+)*")
_MARK = re.compile(r"[,，。.!！?？;；、\n~…\s]*")
_COURTESY = re.compile(
    r"(?:谢谢|多谢|感谢|麻烦|辛苦|thanks?|thank you|please|thx|ty|亲|哈+|你好|您好|hi|hello|嗯+|哦|啊|那|了|吧|的|呢|well|um|and|but|so)+(?:了|你了|您了|啦|您|你| you| so much| a lot)?"
)
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """``kind`` is ``unclear`` where it says neither or both. ``start`` to ``end`` are the words that answer (the same
    where none do), ``rest`` the spans of what else was said; all of the original text.
    """

    kind: Reply
    start: int
    end: int
    rest: tuple[tuple[int, int], ...]
    probability: float
    rule: str


@dataclass(frozen=True, slots=True)
class _Vote:
    kind: Reply
    start: int
    end: int
    is_weak: bool
    is_whole: bool


def read_answer(text: Normalised) -> Answer:
    """What a message answers. A weak yes (好的, ok) gives way to a no beside it; a yes and a no are unclear."""
    votes: list[_Vote] = []
    rest: list[tuple[int, int]] = []
    for start, end, is_asked in _clauses(text.text[:_LONGEST]):
        place = start
        while place < end and (vote := _vote(text.text, place, end, is_asked=is_asked)) is not None:
            votes.append(vote)
            place = vote.end + len(text.text[vote.end : end]) - len(text.text[vote.end : end].lstrip())
        if place < end and not _COURTESY.fullmatch(text.text[place:end]):
            rest.append((place, end))
    kind, rule, probability = _decide(votes)
    said = [vote for vote in votes if vote.kind == kind]
    spans = tuple(text.to_source(first, last) for first, last in rest if first < last)
    if not said:
        return Answer("unclear", 0, 0, spans, probability, rule)
    first, last = text.to_source(said[0].start, said[-1].end)
    return Answer(
        kind, first, last, spans, min(probability, LIKELY) if spans and kind == "unclear" else probability, rule
    )


def answer_patterns(kind: Literal["yes", "no"]) -> tuple[re.Pattern[str], ...]:
    """Patterns of whole clauses, for who looks for an answer without a question."""
    return (*_patterns()[kind]["weak"], *_patterns()[kind]["clause"])


def _clauses(plain: str) -> Iterator[tuple[int, int, bool]]:
    for match in _CLAUSE.finditer(plain):
        raw = match.group()
        start = match.start() + len(raw) - len(raw.lstrip())
        end = match.end() - len(raw) + len(raw.rstrip())
        mark = _MARK.match(plain, match.end())
        if start < end:
            yield start, end, mark is not None and any(sign in mark.group() for sign in "?？")


def _vote(plain: str, start: int, end: int, *, is_asked: bool) -> _Vote | None:
    table = _patterns()
    if _whole(table["question"]["clause"], plain, start, end):
        return _Vote(
            "question" if is_asked or not plain[start:end].isascii() else _plain_yes(plain, start, end),
            start,
            end,
            is_weak=False,
            is_whole=True,
        )
    if _whole(table["unclear"]["clause"], plain, start, end):
        return _Vote("unclear", start, end, is_weak=False, is_whole=True)
    kinds: tuple[Reply, ...] = ("no", "yes")
    for kind in kinds:
        is_weak = _whole(table[kind]["weak"], plain, start, end)
        if is_weak or _whole((*table[kind]["clause"], *table[kind]["sign"]), plain, start, end):
            return _Vote("question" if is_asked else kind, start, end, is_weak=is_weak, is_whole=True)
    for kind in kinds:
        for pattern in table[kind]["start"]:
            match = pattern.match(plain, start, end)
            if match and match.end() < end:
                is_weak = any(weak.match(plain, start, match.end()) for weak in table[kind]["weak"])
                return _Vote(kind, start, match.end(), is_weak=is_weak, is_whole=False)
    return None


def _plain_yes(plain: str, start: int, end: int) -> Reply:
    """«ok» and «right» ask only with a question mark; "is that ok" asks without one."""
    table = _patterns()
    is_yes = _whole(table["yes"]["clause"], plain, start, end) or _whole(table["yes"]["weak"], plain, start, end)
    return "yes" if is_yes else "question"


def _whole(patterns: tuple[re.Pattern[str], ...], plain: str, start: int, end: int) -> bool:
    return any(pattern.fullmatch(plain, start, end) for pattern in patterns)


def _decide(votes: list[_Vote]) -> tuple[Reply, str, float]:
    strong = [vote for vote in votes if not vote.is_weak and vote.kind in {"yes", "no"}]
    kinds = {vote.kind for vote in strong}
    if len(kinds) > 1:
        return "unclear", "both", LIKELY
    if any(vote.kind == "unclear" for vote in votes):
        return "unclear", "hesitates", CLEAR
    if not strong:
        weak = {vote.kind for vote in votes if vote.is_weak and vote.kind in {"yes", "no"}}
        if len(weak) == 1:
            return weak.pop(), "courtesy", CLEAR
        is_asked = any(vote.kind == "question" for vote in votes)
        return ("question", "asks", CLEAR) if is_asked else ("unclear", "none" if not weak else "both", LIKELY)
    return strong[0].kind, "clause" if strong[0].is_whole else "start", EXACT if strong[0].is_whole else CLEAR


@cache
def _patterns() -> dict[str, dict[str, tuple[re.Pattern[str], ...]]]:
    data = tomllib.loads(files("kefu.dialogue.slots").joinpath("answers.toml").read_text(encoding="utf-8"))
    return {
        kind: {
            name: tuple(re.compile(pattern) for pattern in entries.get(name, ()))
            for name in ("weak", "clause", "start", "sign")
        }
        for kind, entries in data.items()
    }
