"""The edges of one language, ready to be asked: which things a question names, what is said of them, who belongs to a class."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kefu.domain.conversation import Language
from kefu.domain.graph import Edge, Extractor
from kefu.domain.knowledge import Chunk, TermKind
from kefu.kit.text import is_han, normalise
from kefu.knowledge.graph.asking import ListQuestion
from kefu.knowledge.graph.comparing import Coverage, Shares, Wanted, given_terms, wanted_terms
from kefu.knowledge.graph.drafts import key_of
from kefu.knowledge.graph.values import is_no, quantities_of
from kefu.knowledge.graph.words import graph_words
from kefu.knowledge.phrases import PhraseTable, to_units
from kefu.knowledge.quantities import Quantity
from kefu.knowledge.tokens import stop_words
from kefu.knowledge.vocabulary import Vocabulary

IS_A = "is_a"
_MOST_EDGES = 200
"""Of one entity that are looked at; a thing with more is in everything."""
_HUB = 60
"""Nothing is reached through a thing with more edges than this."""
_MOST_MATCHES = 400
_COVERED = 0.6
"""Share of what is asked that an edge must say."""
_BY_CONTEXT = 0.85
_ANYTHING = 0.8
_FLAT = 0.2
_SECOND_HOP = 0.6
_MOST_BEYOND = 100
"""Things that are one step away and are looked beyond."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A chunk that the graph leads to: how surely, and by which way."""

    chunk_id: str
    score: float
    way: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A member of the class that is asked for, with the edge that says what is asked of it, and the edge's chunk."""

    edge: Edge
    chunk: Chunk
    score: float


@dataclass(frozen=True, slots=True)
class _Member:
    edge: Edge
    score: float
    belonging: float
    rank: float
    """The score, and more where the edge says flatly that there is none."""


class GraphSide:
    """Immutable. ``chunks`` are those of this snapshot: an edge whose proof lies in another is left out."""

    def __init__(self, edges: Sequence[Edge], chunks: Mapping[str, Chunk], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._edges = tuple(edge for edge in edges if edge.proof is None or edge.proof.chunk_id in chunks)
        self._chunks = {edge.proof.chunk_id: chunks[edge.proof.chunk_id] for edge in self._edges if edge.proof}
        self._context = _contexts(self._edges, chunks, vocabulary)
        self._coverage = Coverage([given_terms(_said(edge), vocabulary) for edge in self._edges], self._context)
        self._quantities = [_quantities(edge) for edge in self._edges]
        self._of_entity = _incident(self._edges)
        self._classes = _classes(self._edges)
        self._kinds = _kinds(self._edges, self._classes, vocabulary.language)
        self._names = self._named()
        self._links = PhraseTable(self._phrases())
        self._beyond = [self._reached(edge) for edge in self._edges]
        self.classes = PhraseTable((name, name) for name in self._class_names())
        """What a question may ask the members of."""

    @property
    def size(self) -> int:
        return len(self._edges)

    def leads(self, question: str, *, hidden: frozenset[str]) -> list[Lead]:
        """Chunks by one step from what the question names, and by two; of one chunk the best way."""
        plain = normalise(question).text
        linked = self.link(plain)
        if not linked:
            return []
        named = " ".join(name for name in linked.values())
        wanted = wanted_terms(plain, self._vocabulary, without=named)
        if not wanted:
            return []
        shares = self._coverage.score(wanted)
        best: dict[str, Lead] = {}
        for lead in self._ways(linked, shares, hidden):
            known = best.get(lead.chunk_id)
            if lead.score > 0 and (known is None or known.score < lead.score):
                best[lead.chunk_id] = lead
        return list(best.values())

    def link(self, plain: str) -> dict[str, str]:
        """Ids of the entities that a normalised text names, with the words that name them."""
        units = to_units(plain, self._vocabulary.language)
        found: dict[str, str] = {}
        for first, last, ids in self._links.find(units):
            shown = "".join(units[first:last]) if isinstance(units, str) else " ".join(units[first:last])
            found |= dict.fromkeys(ids.split(), shown)
        return found

    def members(self, asked: ListQuestion, *, hidden: frozenset[str]) -> list[Listed]:
        """The things of a class for which the predicate is said, in the order of their documents."""
        found: dict[str, _Member] = {}
        denied: dict[str, float] = {}
        for member in self._candidates(asked, hidden):
            key = _key_of(member)
            if self._is_denied(member.edge, asked):
                denied[key] = max(denied.get(key, 0.0), member.rank)
            elif key not in found or found[key].rank < member.rank:
                found[key] = member
        kept = [one for key, one in found.items() if denied.get(key, 0.0) <= one.rank]
        surest = max((one.belonging for one in kept), default=0.0)
        listed = [
            Listed(one.edge, self._chunks[one.edge.proof.chunk_id], one.score)
            for one in kept
            if one.belonging == surest and one.edge.proof
        ]
        return sorted(listed, key=lambda one: _place_of(one.edge))

    def _candidates(self, asked: ListQuestion, hidden: frozenset[str]) -> Iterator["_Member"]:
        """Edges of the class's members that say, or deny, what is asked."""
        wanted = wanted_terms(asked.asked, self._vocabulary)
        kind = _kind_called(asked.asked, self._vocabulary.language)
        itself = key_of(asked.asked, self._vocabulary.language)
        for place, share in self._matches(asked):
            edge = self._edges[place]
            if edge.relation == IS_A or edge.proof is None or edge.proof.document_id in hidden:
                continue
            if not asked.predicate.admits(self._quantities[place]):
                continue
            belonging = self._belonging(place, wanted, kind)
            if belonging and key_of(edge.subject.name, self._vocabulary.language) != itself:
                yield _Member(edge, share * belonging, belonging, share * belonging + _FLAT * is_no(edge.value))

    def _is_denied(self, edge: Edge, asked: ListQuestion) -> bool:
        predicate = asked.predicate
        return bool(predicate.terms) and not predicate.quantities and edge.is_negated != predicate.is_negated

    def _matches(self, asked: ListQuestion) -> Iterator[tuple[int, float]]:
        if asked.predicate.terms:
            shares = self._coverage.score(asked.predicate.terms)
        else:
            shares = np.array([float(bool(one)) for one in self._quantities], dtype=np.float32)
        best = np.argsort(-shares, kind="stable")[:_MOST_MATCHES]
        yield from ((int(place), float(shares[place])) for place in best if shares[place] >= _COVERED)

    def _belonging(self, place: int, wanted: Sequence[Wanted], kind: TermKind | None) -> float:
        """How surely an edge's subject is of a class: by its name or what it is said to be, by its kind, by its page."""
        subject = self._edges[place].subject.id
        if wanted and all(self._names[subject].intersection(one) for one in wanted):
            return 1.0
        if kind is not None and kind in self._kinds.get(subject, ()):
            return 1.0
        if wanted and all(self._context[place].intersection(one) for one in wanted):
            return _BY_CONTEXT
        return _ANYTHING if kind is TermKind.PRODUCT else 0.0

    def _named(self) -> dict[str, frozenset[str]]:
        """The terms of each subject's names and of what it is said to be."""
        names: dict[str, frozenset[str]] = {}
        for edge in self._edges:
            if edge.subject.id not in names:
                called = (edge.subject.name, *edge.subject.aliases, *self._classes.get(edge.subject.id, ()))
                names[edge.subject.id] = given_terms("\n".join(called), self._vocabulary)
        return names

    def _class_names(self) -> Iterator[str]:
        language = self._vocabulary.language
        for names in self._classes.values():
            yield from (normalise(name).text for name in names)
        for words in graph_words(language).classes.values():
            yield from words
        for group in self._vocabulary.groups:
            yield from group

    def _reached(self, edge: Edge) -> tuple[str, ...]:
        """Other things that an edge speaks of: its ends, and what its relation and value name."""
        said = normalise(f"{edge.relation} {edge.value.text if edge.value else ''}").text
        ends = {one.id for one in (edge.subject, edge.object) if one is not None}
        return tuple(dict.fromkeys([*ends, *self.link(said)]))

    def _ways(self, linked: Mapping[str, str], shares: Shares, hidden: frozenset[str]) -> Iterator[Lead]:
        beyond: dict[str, int] = {}
        for entity_id in linked:
            for place in self._seen(entity_id, hidden):
                yield self._lead(place, float(shares[place]), _shown(self._edges[place]))
                beyond |= {other: place for other in self._beyond[place] if other not in linked}
        for other, first in list(beyond.items())[:_MOST_BEYOND]:
            if len(self._of_entity.get(other, ())) <= _HUB:
                for place in self._seen(other, hidden):
                    way = f"{_shown(self._edges[first])} ⇒ {_shown(self._edges[place])}"
                    yield self._lead(place, _SECOND_HOP * float(shares[place]), way)

    def _lead(self, place: int, share: float, way: str) -> Lead:
        edge = self._edges[place]
        return Lead(
            "" if edge.proof is None else edge.proof.chunk_id, share * edge.confidence if edge.proof else 0.0, way
        )

    def _seen(self, entity_id: str, hidden: frozenset[str]) -> Iterator[int]:
        for place in self._of_entity.get(entity_id, ())[:_MOST_EDGES]:
            proof = self._edges[place].proof
            if proof is None or proof.document_id not in hidden:
                yield place

    def _phrases(self) -> Iterator[tuple[Sequence[str], str]]:
        """Names, aliases and synonyms; a name of several entities leads to each."""
        synonyms = {phrase: group for group in self._vocabulary.groups for phrase in group}
        ids: dict[str, dict[str, None]] = {}
        entities = {one.id: one for edge in self._edges for one in (edge.subject, edge.object) if one is not None}
        for entity in entities.values():
            for name in (entity.name, *entity.aliases):
                plain = normalise(name).text.strip()
                for phrase in (plain, *synonyms.get(plain, ())):
                    if _is_name(phrase, self._vocabulary):
                        ids.setdefault(phrase, {})[entity.id] = None
        for phrase, found in ids.items():
            yield to_units(phrase, self._vocabulary.language), " ".join(found)


def _key_of(member: _Member) -> str:
    """One member of a class: a subject that belongs to it, or what a page of the class is about."""
    proof = member.edge.proof
    is_named = member.belonging == 1.0 or member.edge.extractor is Extractor.TABLE
    return member.edge.subject.id if is_named or proof is None else proof.document_id


def _said(edge: Edge) -> str:
    """The words of an edge, its subject's too: of the ear cushions it may be said what is asked of headphones."""
    meaning = graph_words(edge.subject.language).meanings.get(edge.relation, edge.relation)
    value = "" if edge.value is None else edge.value.text
    return f"{edge.subject.name} {meaning} {value} {edge.object.name if edge.object else ''}"


def _shown(edge: Edge) -> str:
    said = edge.object.name if edge.object else edge.value.text[:40] if edge.value else ""
    return f"{edge.subject.name} –{'not ' if edge.is_negated else ''}{edge.relation}→ {said}"


def _contexts(edges: Sequence[Edge], chunks: Mapping[str, Chunk], vocabulary: Vocabulary) -> list[frozenset[str]]:
    """The terms of the headings above each edge, one object a chunk."""
    above: dict[str, frozenset[str]] = {"": frozenset()}
    for edge in edges:
        if edge.proof is not None and edge.proof.chunk_id not in above:
            chunk = chunks[edge.proof.chunk_id]
            above[chunk.id] = given_terms("\n".join((chunk.title, *chunk.heading_path)), vocabulary)
    return [above[edge.proof.chunk_id if edge.proof else ""] for edge in edges]


def _kinds(
    edges: Sequence[Edge], classes: Mapping[str, frozenset[str]], language: Language
) -> dict[str, frozenset[TermKind]]:
    """Of which kinds a subject is: its own, and those of the words for what it is said to be."""
    found: dict[str, frozenset[TermKind]] = {}
    for edge in edges:
        if edge.subject.id not in found:
            said = (_kind_called(name, language) for name in classes.get(edge.subject.id, ()))
            kinds = {edge.subject.kind, *(kind for kind in said if kind is not None)}
            found[edge.subject.id] = frozenset(kinds - {TermKind.TOPIC})
    return found


@lru_cache(maxsize=1024)
def _kind_called(name: str, language: Language) -> TermKind | None:
    key = key_of(name, language)
    for kind, words in graph_words(language).classes.items():
        if any(key_of(word, language) == key for word in words):
            return kind
    return None


def _quantities(edge: Edge) -> frozenset[Quantity]:
    return frozenset() if edge.value is None else quantities_of(edge.value.text)


def _incident(edges: Sequence[Edge]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, edge in enumerate(edges):
        for entity in {edge.subject.id, edge.object.id if edge.object else edge.subject.id}:
            places.setdefault(entity, []).append(place)
    return places


def _classes(edges: Sequence[Edge]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for edge in edges:
        if edge.relation == IS_A and not edge.is_negated:
            said = edge.object.name if edge.object else edge.value.text if edge.value else ""
            found.setdefault(edge.subject.id, set()).add(said)
    return {entity: frozenset(names) for entity, names in found.items()}


def _place_of(edge: Edge) -> tuple[str, int]:
    return ("", 0) if edge.proof is None else (edge.proof.document_key, edge.proof.start)


def _is_name(phrase: str, vocabulary: Vocabulary) -> bool:
    units = to_units(phrase, vocabulary.language)
    if vocabulary.language == "zh" and all(map(is_han, phrase)):
        return len(phrase) > 1
    return bool(units) and any(unit not in stop_words(vocabulary.language) for unit in units)
