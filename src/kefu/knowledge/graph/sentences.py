"""Edges that sentences say: subject, relation and object of each clause, its negation, its condition."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from kefu.domain.graph import Extractor
from kefu.domain.knowledge import TermKind
from kefu.kit.text import Normalised, Sentence, normalise
from kefu.knowledge.graph.drafts import EdgeDraft, Name, Text
from kefu.knowledge.graph.pipelines import Spots, Spotted, Spotter
from kefu.knowledge.graph.values import is_no, read_value
from kefu.knowledge.graph.words import GraphWords, graph_words
from kefu.knowledge.tokens import stop_words

_LONGEST = {"zh": 14, "en": 40}
"""Characters of a subject that nothing else names; what is longer is no name."""
_MOST_NEAR = 3
_BY_NAME, _BY_PARSE, _BY_PHRASE, _NEAR = 0.8, 0.75, 0.6, 0.3


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    end: int
    is_condition: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """One sentence with everything that is known of it."""

    text: Text
    sentence: Sentence
    plain: Normalised
    spots: Spots
    topic: Name | None
    extractor: Extractor

    @property
    def words(self) -> GraphWords:
        return graph_words(self.text.language)

    def shown(self, start: int, end: int) -> str:
        """The sentence's own writing of a place in its normalised form."""
        first, last = self.plain.to_source(start, end)
        return self.sentence.text[first:last].strip()


@dataclass(frozen=True, slots=True)
class _Subject:
    name: Name
    extractor: Extractor
    confidence: float
    part: str = ""
    """The word for a side of the topic that the sentence begins with: 质保期, fabric."""


def read_sentence(text: Text, sentence: Sentence, *, spotter: Spotter, topic: Name | None) -> list[EdgeDraft]:
    """``topic``: what the document is about, for sentences that name no thing of their own."""
    plain = normalise(sentence.text)
    by = Extractor.FAQ if text.questions else Extractor.SENTENCE
    said = _Said(text, sentence, plain, spotter.spot(plain.text), topic, by)
    clauses = list(_clauses(said))
    qualifier = "; ".join(said.shown(one.start, one.end) for one in clauses if one.is_condition)
    found: list[EdgeDraft] = []
    subjects: list[_Subject] = []
    for clause in clauses:
        if not clause.is_condition:
            subjects = _subjects(said, clause) or subjects
            for subject in subjects or _topic(said):
                found += _edges(said, clause, subject, qualifier)
    return found or list(_near(said))


def _clauses(said: _Said) -> Iterator[_Clause]:
    plain, start = said.plain.text, 0
    for match in [*said.words.entities.breaks.finditer(plain), None]:
        end = len(plain) if match is None else match.start()
        core = plain[start:end].strip()
        if core:
            first = start + plain[start:end].index(core)
            yield _Clause(first, first + len(core), _is_condition(core, said))
        start = end if match is None else match.end()


def _is_condition(clause: str, said: _Said) -> bool:
    lead = "" if said.text.language == "zh" else " "
    return any(clause.startswith(f"{word}{lead}") for word in said.words.conditions)


def _relation(said: _Said, clause: _Clause) -> Spotted | None:
    return next((one for one in said.spots.relations if clause.start <= one.start and one.end <= clause.end), None)


def _subjects(said: _Said, clause: _Clause) -> list[_Subject]:
    """Names before the relation, or what stands there if it is short; none where the clause goes on with another's."""
    relation = _relation(said, clause)
    if relation is None:
        return []
    named = [one for one in said.spots.names if clause.start <= one.start and one.end <= relation.start]
    if named and not _is_qualified(said, named):
        return [
            _Subject(Name(said.shown(one.start, one.end), one.kind or TermKind.TOPIC), said.extractor, _BY_NAME)
            for one in named
        ]
    parsed = [one for one in said.spots.subjects if clause.start <= one.start and one.end <= relation.start]
    if parsed:
        return _cut(said, (parsed[-1].start, parsed[-1].end), Extractor.PARSE, _BY_PARSE)
    return _cut(said, (clause.start, relation.start), said.extractor, _BY_PHRASE)


def _is_qualified(said: _Said, named: list[Spotted]) -> bool:
    """Whether several names stand before the relation without being a list: 金穗会员的退货运费 is one thing, not two."""
    if len(named) == 1:
        return False
    between = [said.plain.text[one.end : other.start] for one, other in pairwise(named)]
    return not all(said.words.entities.separators.search(gap) for gap in between)


def _cut(said: _Said, place: tuple[int, int], by: Extractor, confidence: float) -> list[_Subject]:
    """Names out of the words that stand where the subject is; a word for a part means the document's own topic."""
    start, end = place
    words = said.words.entities
    core = said.plain.text[start:end].rstrip()
    for before in said.words.negated_before:
        core = core.removesuffix(before).rstrip()
    lead = words.strip_before.match(core)
    begin = lead.end() if lead else 0
    tail = words.strip_after.search(core, begin)
    whole = core[begin : tail.start() if tail else len(core)].strip()
    if not whole:
        return []
    if any(whole == one or (len(one) > 1 and whole.startswith(one)) for one in words.attributes):
        part = "" if whole in stop_words(said.text.language) else whole
        return [replace(one, part=part) for one in _topic(said)]
    names = [name.strip() for name in words.separators.split(whole)]
    if not all(0 < len(name) <= _LONGEST[said.text.language] for name in names):
        return []
    places = [start + said.plain.text[start:end].index(name) for name in names]
    return [
        _Subject(Name(said.shown(first, first + len(name))), by, confidence)
        for first, name in zip(places, names, strict=True)
    ]


def _topic(said: _Said) -> list[_Subject]:
    return [] if said.topic is None else [_Subject(said.topic, said.extractor, _BY_PHRASE)]


def _edges(said: _Said, clause: _Clause, subject: _Subject, qualifier: str) -> Iterator[EdgeDraft]:
    relation = _relation(said, clause)
    if relation is None:
        return
    rest = said.shown(relation.end, clause.end)
    if not rest and relation.relation != "costs":
        return
    told = said.plain.text[_after_subject(said, clause, relation) : clause.end]
    value = read_value(rest or said.shown(relation.start, clause.end), said.text.language)
    is_negated = is_no(value) or len(said.words.negation.findall(told)) % 2 == 1
    objects = [one for one in said.spots.names if relation.end <= one.start and one.end <= clause.end]
    names: list[Name | None] = [Name(said.shown(one.start, one.end), one.kind or TermKind.TOPIC) for one in objects]
    for name in names or [None]:
        if name is None or name.text != subject.name.text:
            yield EdgeDraft(
                chunk_id=said.text.chunk_id,
                language=said.text.language,
                subject=subject.name,
                relation=f"{subject.part} {relation.relation}".strip()[:80] if subject.part else relation.relation,
                object=name,
                value=value,
                is_negated=is_negated,
                qualifier=qualifier[:300],
                start=said.sentence.start,
                end=said.sentence.end,
                sentence=said.sentence.text,
                extractor=subject.extractor,
                confidence=subject.confidence,
            )


def _after_subject(said: _Said, clause: _Clause, relation: Spotted) -> int:
    """Where the predicate begins, with the words of negation that stand before the relation."""
    ends = [one.end for one in said.spots.names if clause.start <= one.start and one.end <= relation.start]
    return max(ends, default=clause.start)


def _near(said: _Said) -> Iterator[EdgeDraft]:
    """Two names in a sentence that says no relation: enough to go from one to the other, too little to answer."""
    names = [Name(said.shown(one.start, one.end), one.kind or TermKind.TOPIC) for one in said.spots.names]
    unique = list(dict.fromkeys([*names, *([said.topic] if said.topic and not names else [])]))
    for first, second in list(combinations(unique, 2))[:_MOST_NEAR]:
        yield EdgeDraft(
            chunk_id=said.text.chunk_id,
            language=said.text.language,
            subject=first,
            relation="mentions",
            object=second,
            value=None,
            is_negated=False,
            qualifier="",
            start=said.sentence.start,
            end=said.sentence.end,
            sentence=said.sentence.text,
            extractor=Extractor.NEARNESS,
            confidence=_NEAR,
        )
