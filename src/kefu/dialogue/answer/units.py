"""A passage cut into what may be quoted: sentences, list items, table rows, procedures, whole FAQ answers.

A unit is never less than a sentence, so a condition inside it stays. An exception that follows comes along, a sentence
that leans on the one before it (this, it) brings it along, and the steps of a procedure stay together up to LIMITS.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from kefu.dialogue.answer.lexicon import lexicon
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk
from kefu.kit.text import normalise, split_sentences

LIMITS: dict[Language, int] = {"zh": 350, "en": 700}
"""Characters a quote should not exceed; a longer single sentence is still quoted whole."""
_BULLET = re.compile(r"\s*[-*+•·]\s+")
_NUMBERED = re.compile(r"\s*(?:\d{1,2}[.)、）]|[(（]\d{1,2}[)）])\s*(?=\S)")
_ROW = re.compile(r"[^：；:;。]{1,40}(?:：|: )[^；;]*(?:(?:；|; )[^：；:;]{1,40}(?:：|: )[^；;]*)+")
_LEADS = ("：", ":")


class UnitKind(StrEnum):
    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"
    STEPS = "steps"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Unit:
    """``text`` is the passage's text from ``start`` to ``end``; ``lead`` is the line that introduces it."""

    kind: UnitKind
    text: str
    start: int
    end: int
    lead: str = ""


def units_of(chunk: Chunk) -> tuple[Unit, ...]:
    """What of a chunk may be quoted."""
    return cut_units(chunk.text, chunk.language, is_faq=bool(chunk.questions))


def quotable(chunk: Chunk) -> tuple[str, ...]:
    """The texts that a question to this chunk is compared with, so that the index can know their vectors."""
    return tuple(unit.text for unit in units_of(chunk))


def stands_under(chunk: Chunk, start: int) -> tuple[str, ...]:
    """What makes the list item that begins at ``start`` of the document a statement: the heading above it and the line
    that introduces it, as far as there are any. Empty for anything but a list item, which says by itself what it says.
    """
    place = start - chunk.start
    before = chunk.text[:place].rpartition("\n")[2]
    if chunk.questions or not _BULLET.fullmatch(before):
        return ()
    lead = next((unit.lead for unit in units_of(chunk) if unit.start == place), "")
    heading = chunk.heading_path[-1:] if chunk.heading_path[-1:] != (chunk.title,) else ()
    return (*heading, lead.rstrip("".join(_LEADS))) if lead else heading


@lru_cache(maxsize=4096)
def cut_units(text: str, language: Language, *, is_faq: bool = False) -> tuple[Unit, ...]:
    """Units in the order of the text."""
    if is_faq and len(text) <= LIMITS[language]:
        core = text.strip()
        start = text.index(core)
        return (Unit(UnitKind.ANSWER, core, start, start + len(core)),) if core else ()
    units = list(_simple(text))
    units = _gather_steps(text, units, language)
    units = _with_leads(units)
    return tuple(_joined(text, units, language))


def _simple(text: str) -> Iterator[Unit]:
    offset = 0
    for line in text.split("\n"):
        yield from _of_line(text, line, offset)
        offset += len(line) + 1


def _of_line(text: str, line: str, offset: int) -> Iterator[Unit]:
    if not line.strip():
        return
    if match := _NUMBERED.match(line):
        yield _unit(UnitKind.STEPS, text, offset + len(line) - len(line.lstrip()), offset + len(line.rstrip()))
    elif match := _BULLET.match(line):
        yield _unit(UnitKind.ITEM, text, offset + match.end(), offset + len(line.rstrip()))
    elif _ROW.fullmatch(line.strip()):
        start = offset + len(line) - len(line.lstrip())
        yield _unit(UnitKind.ROW, text, start, start + len(line.strip()))
    else:
        for sentence in split_sentences(line):
            yield _unit(UnitKind.SENTENCE, text, offset + sentence.start, offset + sentence.end)


def _unit(kind: UnitKind, text: str, start: int, end: int) -> Unit:
    return Unit(kind, text[start:end], start, end)


def _gather_steps(text: str, units: list[Unit], language: Language) -> list[Unit]:
    gathered: list[Unit] = []
    for unit in units:
        last = gathered[-1] if gathered else None
        if last and unit.kind is last.kind is UnitKind.STEPS and unit.end - last.start <= LIMITS[language]:
            gathered[-1] = _unit(UnitKind.STEPS, text, last.start, unit.end)
        else:
            gathered.append(unit)
    return gathered


def _with_leads(units: list[Unit]) -> list[Unit]:
    """Lists know the line that introduces them ("… :"), and the line itself is no answer."""
    kept: list[Unit] = []
    lead = ""
    for unit in units:
        if unit.kind is UnitKind.SENTENCE:
            lead = unit.text if unit.text.endswith(_LEADS) else ""
            if lead:
                continue
        kept.append(replace(unit, lead=lead))
    return kept


def _joined(text: str, units: list[Unit], language: Language) -> Iterator[Unit]:
    """Each unit with the exception after it and the sentence it leans on before it, as far as the limit allows."""
    words = lexicon(language)
    for index, unit in enumerate(units):
        start, end = unit.start, unit.end
        before = units[index - 1] if index else None
        if before and _is_prose(before, unit) and words.starts_anaphora.match(normalise(unit.text).text):
            start = before.start
        for after in units[index + 1 :]:
            is_exception = _is_prose(unit, after) and words.starts_exception.match(normalise(after.text).text)
            if not is_exception or after.end - start > LIMITS[language]:
                break
            end = after.end
        yield replace(unit, text=text[start:end], start=start, end=end)


def _is_prose(one: Unit, other: Unit) -> bool:
    return one.kind is other.kind is UnitKind.SENTENCE
