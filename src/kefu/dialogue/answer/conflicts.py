"""Whether two sentences of different documents say opposite things about one thing.

Precision goes first: who is told of ten contradictions that are none does not read the eleventh. So both must be about the
same things (their words, and every thing that one of them names), speak of the same case, and then differ in a figure of
one unit, a date or time, in who pays or whether it costs, or in a plain yes and no.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from kefu.dialogue.answer.claims import Clause, Statement, nearest, read_statements
from kefu.dialogue.answer.lexicon import lexicon
from kefu.dialogue.answer.terms import Indexed, Term, indexed, named_things, question_terms, strength
from kefu.domain.conversation import Language
from kefu.kit.text import normalise
from kefu.knowledge.quantities import Facts, read_facts
from kefu.knowledge.stems import stem
from kefu.knowledge.vocabulary import Vocabulary

SAME_TOPIC = 0.6
"""Share of the words of either sentence, its heading included, that the other must have, ..."""
SAME_CLAUSE = 0.65
"""... and of the words of the clauses that differ."""
SAME_WORDS = 0.8
"""The same for opposites and a yes against a no, which one more word can turn."""
_PRESENT = 0.5
_FEW, _MOST_TIMES = 2, 2
Pattern = re.Pattern[str]
_CLOCK = re.compile(r"\d{2}:\d{2}")
_CODE = re.compile(r"(?<!['\w])(?:x{0,3}[sml]|[a-z]+-?\d[a-z0-9-]*)(?![a-z0-9])")
"""Sizes and models: M and L are two things, P100 and P200 too."""
_DATE = re.compile(r"(?:\d{4}-)?\d{2}-\d{2}")


class ConflictKind(StrEnum):
    FIGURE = "figure"
    TIME = "time"
    OPPOSITE = "opposite"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A sentence, what stands above it (title, headings, the first question of a FAQ), and the passage around it."""

    text: str
    heading: str
    around: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The two clauses that cannot both hold; ``one_says`` and ``other_says`` are what differs."""

    kind: ConflictKind
    one: str
    other: str
    one_says: str
    other_says: str


@dataclass(frozen=True, slots=True)
class _Side:
    claimed: Claimed
    plain: str
    index: Indexed
    terms: tuple[Term, ...]
    things: tuple[Term, ...]
    statement: Statement


@dataclass(frozen=True, slots=True)
class _Words:
    generic: frozenset[str]
    """Words (English: stems) whose absence says nothing."""
    free: Pattern
    """What reads like a negation and is a price."""
    claims: tuple[tuple[Pattern, Pattern], ...]
    cases: tuple[tuple[Pattern, Pattern], ...]


def find_conflict(one: Claimed, other: Claimed, vocabulary: Vocabulary) -> Conflict | None:
    """The first contradiction between two sentences in the vocabulary's language; the order does not matter."""
    for left in _sides(one, vocabulary):
        for right in _sides(other, vocabulary):
            if _is_same_topic(left, right) and not _are_other_cases(left.plain, right.plain, vocabulary.language):
                for clause in left.statement.clauses:
                    for against in right.statement.clauses:
                        found = _compare((clause, against), (left, right), vocabulary)
                        if found is not None:
                            return found
    return None


def _sides(claimed: Claimed, vocabulary: Vocabulary) -> Iterator[_Side]:
    for statement in read_statements(claimed.text, vocabulary):
        whole = f"{claimed.heading}\n{statement.text}"
        said = read_facts(statement.text).rest
        yield _Side(
            claimed,
            normalise(statement.text).text,
            indexed(whole),
            _telling(question_terms(said, vocabulary), vocabulary.language),
            _things(claimed.heading, vocabulary) + _things(said, vocabulary),
            statement,
        )


def _things(text: str, vocabulary: Vocabulary) -> tuple[Term, ...]:
    return _telling(named_things(text, vocabulary), vocabulary.language)


def _telling(terms: tuple[Term, ...], language: Language) -> tuple[Term, ...]:
    return tuple(term for term in terms if term.text not in _words(language).generic)


def _is_same_topic(one: _Side, other: _Side) -> bool:
    return (
        _share(one.terms, other.index) >= SAME_TOPIC
        and _share(other.terms, one.index) >= SAME_TOPIC
        and all(strength(thing, other.index) >= _PRESENT for thing in _named(one))
        and all(strength(thing, one.index) >= _PRESENT for thing in _named(other))
    )


def _named(side: _Side) -> Iterator[Term]:
    """What must not be missing on the other side. English has no tagger here: there it is every telling word."""
    yield from side.things
    yield from (term for term in side.terms if not term.is_han and term.topic >= 1)


def _share(terms: tuple[Term, ...], text: Indexed) -> float:
    total = sum(term.topic for term in terms)
    return sum(term.topic * strength(term, text) for term in terms) / total if total else 0.0


def _are_other_cases(one: str, other: str, language: Language) -> bool:
    return set(_CODE.findall(one)) != set(_CODE.findall(other)) or any(
        (first.search(one) and second.search(other) and not first.search(other) and not second.search(one))
        or (second.search(one) and first.search(other) and not second.search(other) and not first.search(one))
        for first, second in _words(language).cases
    )


def _compare(pair: tuple[Clause, Clause], sides: tuple[_Side, _Side], vocabulary: Vocabulary) -> Conflict | None:
    """Two clauses: each must have its words in the other, or in what stands above it, and nothing around may agree."""
    (clause, against), (one, other) = pair, sides
    shared = _shared(pair, sides, vocabulary.language)
    if shared < SAME_CLAUSE or _are_other_cases(clause.text, against.text, vocabulary.language):
        return None
    said, meant = read_facts(clause.text), read_facts(against.text)
    near, far = read_facts(one.claimed.around), read_facts(other.claimed.around)
    texts = clause.text.strip(), against.text.strip()
    differ = _figures(said, meant, near, far)
    if differ is not None:
        return Conflict(ConflictKind.FIGURE, *texts, *differ)
    differ = _times(said, meant, near, far)
    if differ is not None:
        return Conflict(ConflictKind.TIME, *texts, *differ)
    if shared < SAME_WORDS or _agrees(clause, other, vocabulary) or _agrees(against, one, vocabulary):
        return None
    differ = _opposite(clause.text, against.text, vocabulary.language)
    if differ is not None:
        return Conflict(ConflictKind.OPPOSITE, *texts, *differ)
    differ = _negation(clause, against, vocabulary.language)
    return None if differ is None else Conflict(ConflictKind.NEGATION, *texts, *differ)


def _shared(pair: tuple[Clause, Clause], sides: tuple[_Side, _Side], language: Language) -> float:
    """0 when a clause has too few words to say what it is about."""
    (clause, against), (one, other) = pair, sides
    said, meant = _telling(clause.terms, language), _telling(against.terms, language)
    if min(len(clause.terms), len(against.terms)) < _FEW or not said or not meant:
        return 0.0
    return min(_share(said, _with(other, against)), _share(meant, _with(one, clause)))


def _agrees(clause: Clause, other: _Side, vocabulary: Vocabulary) -> bool:
    """Whether the passage of the other side says the same somewhere: one clause that agrees is enough."""
    around = [each for statement in read_statements(other.claimed.around, vocabulary) for each in statement.clauses]
    near = nearest(clause, [each for each in around if each.text != clause.text])
    said = _claims_of(clause.text, vocabulary.language)
    return any(each.text == clause.text for each in around) or (
        len(near) > 1
        and any(
            each.is_negative == clause.is_negative and _claims_of(each.text, vocabulary.language) == said
            for each in near
        )
    )


def _claims_of(plain: str, language: Language) -> tuple[bool, ...]:
    return tuple(bool(pattern.search(plain)) for pair in _words(language).claims for pattern in pair)


def _with(side: _Side, clause: Clause) -> Indexed:
    return indexed(f"{side.claimed.heading}\n{clause.text}")


def _figures(one: Facts, other: Facts, near: Facts, far: Facts) -> tuple[str, str] | None:
    """One figure on each side differs, of one unit; all others agree, and neither side's passage has the other's.

    Where two differ (225 mm is 35, 240 mm is 38), the first may be what the second depends on.
    """
    first, second = one.quantities - other.quantities, other.quantities - one.quantities
    if len(first) != 1 or len(second) != 1:
        return None
    (said,), (meant,) = first, second
    if not said.unit or said.unit != meant.unit or said in far.quantities or meant in near.quantities:
        return None
    return f"{said.value:g} {said.unit}", f"{meant.value:g} {meant.unit}"


def _times(one: Facts, other: Facts, near: Facts, far: Facts) -> tuple[str, str] | None:
    """As many times of day, or dates, on each side, and none in common, nor in the passages."""
    for pattern in (_CLOCK, _DATE):
        first = sorted(text for text in one.literals if pattern.fullmatch(text))
        second = sorted(text for text in other.literals if pattern.fullmatch(text))
        if not first or len(first) != len(second) or len(first) > _MOST_TIMES:
            continue
        if not set(first) & (set(second) | far.literals) and not set(second) & near.literals:
            return "–".join(first), "–".join(second)
    return None


def _opposite(one: str, other: str, language: Language) -> tuple[str, str] | None:
    for first, second in _words(language).claims:
        for said, meant in ((first, second), (second, first)):
            left, right = said.search(one), meant.search(other)
            if left and right and not meant.search(one) and not said.search(other):
                return left.group(), right.group()
    return None


def _negation(one: Clause, other: Clause, language: Language) -> tuple[str, str] | None:
    """One no against a plain yes, under the same conditions, without a figure that could make the difference: what
    comes after a figure is often cut off.
    """
    cues = _count_negations(one.text, language), _count_negations(other.text, language)
    if sorted(cues) != [0, 1] or one.conditions != other.conditions:
        return None
    if read_facts(one.text).quantities or read_facts(other.text).quantities:
        return None
    return ("no", "yes") if cues[0] else ("yes", "no")


def _count_negations(plain: str, language: Language) -> int:
    words = lexicon(language)
    kept = words.negation_exempt.sub(" ", _words(language).free.sub(" ", plain))
    return len(words.negation.findall(kept))


@cache
def _words(language: Language) -> _Words:
    data = tomllib.loads(files("kefu.dialogue.answer").joinpath("conflicts.toml").read_text(encoding="utf-8"))[language]
    claims, cases = (
        tuple((re.compile(one), re.compile(other)) for one, other in data[name]) for name in ("claims", "cases")
    )
    generic = data["generic"].split()
    return _Words(
        frozenset(generic if language == "zh" else map(stem, generic)), re.compile(data["free"]), claims, cases
    )
