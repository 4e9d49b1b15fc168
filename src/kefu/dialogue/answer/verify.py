"""Whether a sentence written by a model says no more than its sources.

Every check can only refuse: cited numbers must exist, the words must stand in the source, figures, dates, links and
quoted names must be the source's (or the customer's own), no thing may be named that neither has, and negation, duty, comparison and condition must agree.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kefu.dialogue.answer.claims import Clause, Statement, nearest, opposed, read_statements
from kefu.dialogue.answer.terms import CERTAIN, Term, indexed, named_things, question_terms, strength
from kefu.domain.conversation import Language
from kefu.kit.text import normalise
from kefu.knowledge.quantities import Facts, read_facts
from kefu.knowledge.vocabulary import Vocabulary, built_in

COVERED = 0.6
"""Share of a sentence's content words that its cited sources must have."""
COVERED_UNCITED = 0.75
"""The same for a sentence without a marker, which is given to the source that covers it best."""
_CONDITION_KNOWN = 0.5
_MARKER = re.compile(r"\s*[\[\u3010]\s*(\d{1,2}(?:\s*[,\uff0c\u3001]\s*\d{1,2})*)\s*[\]\u3011]")
_QUOTED = re.compile(r"[\u201c\"\u300c\u300e\u300a]([^\u201d\"\u300d\u300f\u300b]{2,60})[\u201d\"\u300d\u300f\u300b]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``cited`` are the sources the sentence stands on; ``reasons`` say what was wrong (code, colon, detail)."""

    is_supported: bool
    cited: tuple[int, ...]
    reasons: tuple[str, ...]


def verify(
    sentence: str,
    *,
    sources: Mapping[int, str],
    question: str,
    language: Language,
    vocabulary: Vocabulary | None = None,
) -> Verdict:
    """Check one sentence. ``sources`` are the numbered passages the model was given, ``question`` the customer's."""
    vocabulary = vocabulary or built_in(language)
    marked = _markers(sentence)
    claim = _MARKER.sub("", sentence).strip()
    unknown = tuple(number for number in marked if number not in sources)
    if unknown:
        return Verdict(False, (), tuple(f"unknown_source:{number}" for number in unknown))
    cited = marked or _best_source(claim, sources, vocabulary)
    if not cited:
        return Verdict(False, (), ("no_source",))
    source = "\n".join(sources[number] for number in cited)
    needed = COVERED if marked else COVERED_UNCITED
    reasons = (
        *_uncovered(claim, source, needed, vocabulary),
        *_invented(claim, source, question),
        *_unnamed(claim, source, question, vocabulary),
        *_contradicted(claim, source, vocabulary),
        *_unconditioned(claim, source, question, vocabulary),
    )
    return Verdict(not reasons, cited, reasons)


def _markers(sentence: str) -> tuple[int, ...]:
    found = (int(number) for match in _MARKER.finditer(sentence) for number in re.findall(r"\d+", match[1]))
    return tuple(dict.fromkeys(found))


def _best_source(claim: str, sources: Mapping[int, str], vocabulary: Vocabulary) -> tuple[int, ...]:
    ranked = sorted(sources, key=lambda number: (-_covered(claim, sources[number], vocabulary), number))
    best = ranked[:1]
    return tuple(number for number in best if _covered(claim, sources[number], vocabulary) >= COVERED_UNCITED)


def _covered(claim: str, source: str, vocabulary: Vocabulary) -> float:
    """Share of the claim's content words in the source; a claim without any must stand there as it is."""
    terms = _words(claim, vocabulary)
    if not terms:
        return float(_squeezed(claim) in _squeezed(source))
    return sum(strength(term, indexed(source)) for term in terms) / len(terms)


def _words(claim: str, vocabulary: Vocabulary) -> tuple[Term, ...]:
    """Content words beside times, dates and addresses, which have a check of their own."""
    return question_terms(read_facts(claim).rest, vocabulary)


def _uncovered(claim: str, source: str, needed: float, vocabulary: Vocabulary) -> Iterator[str]:
    share = _covered(claim, source, vocabulary)
    if share < needed:
        missing = [term.text for term in _words(claim, vocabulary) if strength(term, indexed(source)) < CERTAIN]
        yield f"uncovered:{share:.2f}:{' '.join(missing)}"


def _invented(claim: str, source: str, question: str) -> Iterator[str]:
    said, known, asked = read_facts(claim), read_facts(source), read_facts(question)
    for literal in sorted(said.literals - known.literals - asked.literals):
        yield f"invented:{literal}"
    for quantity in sorted(said.quantities, key=lambda one: (one.value, one.unit)):
        if not (_has(known, quantity.value, quantity.unit) or _has(asked, quantity.value, quantity.unit)):
            yield f"invented:{quantity.value:g} {quantity.unit}".rstrip()
    plain = _squeezed(source) + _squeezed(question)
    for name in _QUOTED.findall(claim):
        if _squeezed(name) not in plain:
            yield f"invented_name:{name}"


def _unnamed(claim: str, source: str, question: str, vocabulary: Vocabulary) -> Iterator[str]:
    """One thing put in the place of another (alcohol for a damp cloth) leaves nearly all words covered."""
    known, asked = indexed(source), indexed(question)
    for thing in named_things(read_facts(claim).rest, vocabulary):
        if not strength(thing, known) and not strength(thing, asked):
            yield f"unnamed:{thing.text}"


def _has(facts: Facts, value: float, unit: str) -> bool:
    """The same value with the same unit; a unit that either side leaves out is taken to agree."""
    return any(
        math.isclose(one.value, value) and (one.unit == unit or not one.unit or not unit) for one in facts.quantities
    )


def _squeezed(text: str) -> str:
    return _SPACE.sub("", normalise(text).text)


def _contradicted(claim: str, source: str, vocabulary: Vocabulary) -> Iterator[str]:
    clauses = [clause for statement in read_statements(source, vocabulary) for clause in statement.clauses]
    for statement in read_statements(claim, vocabulary):
        for clause in statement.clauses:
            yield from _conflicts(clause, statement, clauses, vocabulary)


def _conflicts(clause: Clause, said: Statement, clauses: list[Clause], vocabulary: Vocabulary) -> Iterator[str]:
    """Compare a clause with those of the source that speak of the same thing; one that agrees is enough.

    A claim may spread over two clauses what its source says in one, so the parity of the whole claim may agree too.
    """
    near = nearest(clause, clauses)
    if not near:
        return
    if all(other.is_negative not in (clause.is_negative, said.is_negative) for other in near):
        yield f"negation:{clause.text.strip()}"
    elif all(_clashes(clause, other) for other in near):
        yield f"modality:{clause.text.strip()}"
    word = opposed(clause, clauses, vocabulary.language)
    if word is not None:
        yield f"opposite:{word}"


def _clashes(one: Clause, other: Clause) -> bool:
    return bool(one.modality and other.modality) and one.modality != other.modality


def _unconditioned(claim: str, source: str, question: str, vocabulary: Vocabulary) -> Iterator[str]:
    """A condition of the sentence that supports the claim must be in the claim, or be what the customer said."""
    statements = read_statements(source, vocabulary)
    for said in read_statements(claim, vocabulary):
        base = _support(said, statements)
        if base is None:
            continue
        missing = _unsaid(base, said) - said.conditions
        if missing and not _is_stated(base, f"{claim}\n{question}", vocabulary):
            yield f"condition:{'/'.join(sorted(missing))}"


def _unsaid(base: Statement, said: Statement) -> frozenset[str]:
    """Conditions of the source sentence; an exception that is itself what the claim says needs no exception."""
    repeated = {clause for part in said.clauses for clause in nearest(part, base.clauses)}
    kept = (clause.conditions - ({"except"} if clause in repeated else set()) for clause in base.clauses)
    return frozenset().union(*kept)


def _support(said: Statement, statements: tuple[Statement, ...]) -> Statement | None:
    terms = [term for clause in said.clauses for term in clause.terms]
    if not terms:
        return None
    return max(statements, key=lambda one: sum(strength(term, one.index) for term in terms), default=None)


def _is_stated(base: Statement, said: str, vocabulary: Vocabulary) -> bool:
    """Whether the words of the source sentence are known from the claim and the question together."""
    terms = question_terms(base.text, vocabulary)
    known = indexed(said)
    return (
        bool(terms) and sum(strength(term, known) >= CERTAIN for term in terms) / len(terms) >= 1 - _CONDITION_KNOWN / 2
    )
