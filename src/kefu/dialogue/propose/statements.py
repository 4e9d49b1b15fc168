"""What customers say of themselves on purpose: a first person, a cue, a value that the slot's grammar reads whole."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from kefu.dialogue.commands import Command, ForgetFacts, KeepFact
from kefu.dialogue.flows.slot_types import KINDS
from kefu.dialogue.propose.clauses import Clause
from kefu.dialogue.propose.statement_words import FORGET_ONE, PATTERNS, SPARE
from kefu.dialogue.slots import Choice, Found, SlotContext, SlotType, find_sensitive, read_expected
from kefu.domain.conversation import Language
from kefu.domain.profile import AllowedFact
from kefu.kit.jsonvalue import JsonValue
from kefu.kit.text import normalise

SURE = 0.8
MOST_SPARE = 3
"""Code points that may stand beside the value."""
LONGEST_TEXT = 20
_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def read_statement(clause: Clause, allowed: tuple[AllowedFact, ...], *, written: str = "") -> Command | None:
    """A fact that the clause states, or that it wants forgotten; None for anything else, and for a question.

    ``written`` is the clause as the customer wrote it: free text is kept in these letters.
    """
    one = _read_forget(clause, allowed)
    if one is not None or clause.is_question:
        return one
    for fact in allowed:
        for language in _LANGUAGES:
            found = _read(clause.text, fact, language, written=written.strip())
            if found is not None:
                value, display = found
                action = KeepFact(fact.name, value, display)
                return Command(action, "rule", f"states:{fact.name}", clause.span, 1.0)
    return None


def _read_forget(clause: Clause, allowed: tuple[AllowedFact, ...]) -> Command | None:
    match = next(filter(None, (pattern.fullmatch(clause.text) for pattern in FORGET_ONE)), None)
    if match is None:
        return None
    what = match["what"].strip()
    fact = next((fact for fact in allowed if _is_called(what, fact)), None)
    return None if fact is None else Command(ForgetFacts(fact.name), "rule", "forget_fact", clause.span, 1.0)


def _is_called(what: str, fact: AllowedFact) -> bool:
    names = {normalise(name).text for name in (*fact.title.values(), fact.name.replace("_", " "))}
    cues = {normalise(cue).text for cues in fact.cues.values() for cue in cues if len(cue) > 1}
    return what in names | cues


def _read(text: str, fact: AllowedFact, language: Language, *, written: str) -> tuple[JsonValue, str] | None:
    cues = [normalise(cue).text for cue in (*fact.cues.get(language, ()), fact.title[language])]
    if not cues:
        return None
    cue = "|".join(map(re.escape, sorted(cues, key=len, reverse=True)))
    for pattern in PATTERNS[language]:
        match = re.fullmatch(pattern.replace("CUE", cue), text)
        if match is not None:
            is_same = fact.type == "text" and len(written) == len(text)
            value = written[slice(*match.span("value"))] if is_same else match["value"]
            return _read_value(value.strip(), fact, language)
    return None


def _read_value(words: str, fact: AllowedFact, language: Language) -> tuple[JsonValue, str] | None:
    if fact.type == "text":
        value = SPARE.sub("", words)
        is_fit = 0 < len(value) <= LONGEST_TEXT and not find_sensitive(normalise(value))
        return (value, value) if is_fit else None
    words = SPARE.sub("", words)
    text = normalise(words)
    found = _best(read_expected(_to_type(fact), text, SlotContext(_ANY_TIME, language)))
    if found is None:
        return None
    spare = SPARE.sub("", words[: found.start] + words[found.end :])
    return (found.value, found.display) if len(spare) <= MOST_SPARE else None


def _best(found: Sequence[Found]) -> Found | None:
    sure = [one for one in found if one.problem == "" and one.probability >= SURE]
    return sure[0] if sure else None


def _to_type(fact: AllowedFact) -> SlotType:
    choices = tuple(Choice(value, words[0] if words else value, words) for value, words in fact.values.items())
    return SlotType(KINDS[fact.type], choices=choices)
