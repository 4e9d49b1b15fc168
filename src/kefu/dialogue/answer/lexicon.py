"""Word lists of the answer core, one TOML file a language: data, so that a trade can correct them without code."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kefu.domain.conversation import Language


@dataclass(frozen=True, slots=True)
class AnswerType:
    """What kind of answer a question wants (``ask``) and what such an answer looks like (``answer``)."""

    name: str
    ask: re.Pattern[str]
    answer: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Patterns over normalised text (kit.text.normalise)."""

    stop: frozenset[str]
    light: frozenset[str]
    """Words that say little about the topic."""
    parts_of_speech: dict[str, float]
    """How much a word says about the topic, by kind."""
    types: tuple[AnswerType, ...]
    conditions: dict[str, re.Pattern[str]]
    starts_exception: re.Pattern[str]
    starts_anaphora: re.Pattern[str]
    negation: re.Pattern[str]
    negation_exempt: re.Pattern[str]
    modality: dict[str, re.Pattern[str]]
    opposites: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


@cache
def lexicon(language: Language) -> Lexicon:
    data = tomllib.loads(files("kefu.dialogue.answer").joinpath(f"lexicon.{language}.toml").read_text(encoding="utf-8"))
    conditions = data["conditions"]
    negation = data["negation"]
    return Lexicon(
        stop=frozenset(data["words"]["stop"].split()),
        light=frozenset(data["words"].get("light", "").split()),
        parts_of_speech=data["words"]["parts_of_speech"],
        types=tuple(_answer_type(name, entry) for name, entry in data["types"].items()),
        conditions={name: _any_of(conditions[name]) for name in ("if", "only", "except")},
        starts_exception=_any_of(conditions["starts_exception"]),
        starts_anaphora=_any_of(conditions["starts_anaphora"]),
        negation=_any_of(negation["cues"]),
        negation_exempt=_any_of(negation["exempt"] + negation["doubled"]),
        modality={name: _any_of(patterns) for name, patterns in data["modality"].items()},
        opposites=tuple((re.compile(one), re.compile(other)) for one, other in data["opposites"]["pairs"]),
    )


def _answer_type(name: str, entry: dict[str, list[str]]) -> AnswerType:
    return AnswerType(name, _any_of(entry["ask"]), _any_of(entry["answer"]))


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
