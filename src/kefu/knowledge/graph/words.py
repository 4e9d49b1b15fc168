"""Word lists of the graph, one TOML file a language: data, so that a trade can correct them without code."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kefu.domain.conversation import Language
from kefu.domain.knowledge import TermKind


@dataclass(frozen=True, slots=True)
class EntityWords:
    """How a name is cut out of a sentence, and which words name no thing of their own."""

    strip_before: re.Pattern[str]
    strip_after: re.Pattern[str]
    attributes: frozenset[str]
    """Words for a part or a side: a sentence that begins with one speaks of what its document is about."""
    breaks: re.Pattern[str]
    separators: re.Pattern[str]
    generic_heads: frozenset[str]
    """Headings of a table's first column that name no class."""
    transposed_heads: frozenset[str]
    """Headings of a first column whose cells are attributes; the things stand in the table's head."""


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """How a question that asks for a list is read."""

    list: re.Pattern[str]
    quantifiers: re.Pattern[str]
    aux: re.Pattern[str]
    """Where the class that is asked for ends and what is said of it begins."""
    noise: re.Pattern[str]
    at_least: re.Pattern[str]
    at_most: re.Pattern[str]
    free: re.Pattern[str]
    free_means: str


@dataclass(frozen=True, slots=True)
class GraphWords:
    """Patterns and phrases over normalised text (kit.text.normalise)."""

    relations: tuple[tuple[str, str], ...]
    """(phrase, name of the relation)."""
    negated_before: tuple[str, ...]
    negation: re.Pattern[str]
    conditions: tuple[str, ...]
    meanings: dict[str, str]
    """Words that a relation of ours stands for, as questions use them."""
    entities: EntityWords
    yes: frozenset[str]
    no: frozenset[str]
    free: frozenset[str]
    questions: QuestionWords
    classes: dict[TermKind, tuple[str, ...]]


@cache
def graph_words(language: Language) -> GraphWords:
    name = f"words.{language}.toml"
    data = tomllib.loads(files("kefu.knowledge.graph").joinpath(name).read_text(encoding="utf-8"))
    entities, values, questions = data["entities"], data["values"], data["questions"]
    aux = _whole(questions["aux"], language)
    return GraphWords(
        relations=tuple((phrase, name) for name, phrases in data["relations"].items() for phrase in phrases),
        negated_before=tuple(data["negation"]["before"]),
        negation=re.compile(data["negation"]["cues"]),
        conditions=tuple(data["conditions"]["leading"]),
        meanings=data["meanings"],
        entities=EntityWords(
            strip_before=re.compile(entities["strip_before"]),
            strip_after=re.compile(entities["strip_after"]),
            attributes=frozenset(entities["attributes"]),
            breaks=re.compile(entities["breaks"]),
            separators=re.compile(entities["separators"]),
            generic_heads=frozenset(entities["generic_heads"]),
            transposed_heads=frozenset(entities["transposed_heads"]),
        ),
        yes=frozenset(values["yes"]),
        no=frozenset(values["no"]),
        free=frozenset(values["free"]),
        questions=QuestionWords(
            list=re.compile(questions["list"]),
            quantifiers=re.compile(questions["quantifiers"]),
            aux=re.compile(aux),
            noise=re.compile(questions["noise"]),
            at_least=re.compile(_whole(questions["at_least"], language)),
            at_most=re.compile(_whole(questions["at_most"], language)),
            free=re.compile(questions["free"]),
            free_means=questions["free_means"],
        ),
        classes={TermKind(kind): tuple(words) for kind, words in data["classes"].items()},
    )


def _whole(pattern: str, language: Language) -> str:
    """Whole words only, where a language has spaces."""
    return pattern if language == "zh" else rf"\b(?:{pattern})\b"
