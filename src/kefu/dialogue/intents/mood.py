"""How angry and how content a message sounds, with the words that say so, in two languages.

Word lists with log odds set by hand (``moods.toml``), and a logistic regression on the sentence vector
(``moods.vectors.json``, by ``python -m evals.intent.mood``), which hears what is said without a strong word. It holds for one
version of the encoder; by any other, words stand alone.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from typing import Any

import numpy as np
import orjson

from kefu.kit.text import normalise
from kefu.knowledge.embedding import Vectors

_GLAD, _POLITE = "glad", "polite"
_LETTERS = re.compile(r"[A-Za-z]")
_FEWEST_LETTERS = 8
_SENTENCE = re.compile(r"\b(?:I|MY|ME|YOU|YOUR|WHERE|WHY|WHAT|THE|IS|ARE|WAS|NOT|NO|THIS|IT|HAVE|TO)\b")
_EMPHASIS = re.compile(r"\b(?:NOW|NEVER|STILL|AGAIN|NOTHING|NOBODY|STOP|SAID|EMPTY|EVERY|WORST|REFUSE|IMMEDIATELY)\b")
_EXCLAIMING = re.compile(r"[!！]{2,}")
_DOUBTING = re.compile(r"[?？]{2,}")
_EXCLAMATIONS = 3
_FURTHER = 0.5
_ANGRY_FACES = re.compile("[\U0001f620\U0001f621\U0001f624\U0001f92c\U0001f47f\U0001f595\U0001f4a2]")
_PLEASED_FACES = re.compile("[\U0001f600-\U0001f606\U0001f60a\U0001f60d\U0001f970\U0001f44d\U0001f389\u2764]")


@dataclass(frozen=True, slots=True)
class MoodReading:
    """``anger`` in [0, 1]: that a person should step in. ``sentiment`` from -1 to 1. ``evidence``: the words for it."""

    anger: float
    sentiment: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Meant:
    """Log odds from a vector of this encoder."""

    encoder: str
    bias: float
    weights: Vectors

    def weigh(self, vector: Vectors) -> float:
        return self.bias + float(vector @ self.weights)


class Mood:
    """Stateless after loading; share one."""

    def __init__(
        self,
        kinds: Sequence[_Kind],
        *,
        bias: float,
        signs: Mapping[str, float],
        exempt: re.Pattern[str],
        irony: re.Pattern[str],
        meant: _Meant,
    ) -> None:
        self._kinds = kinds
        self._bias = bias
        self._signs = signs
        self._exempt = exempt
        self._irony = irony
        self._meant = meant

    @classmethod
    def load(cls, vector_facts: Mapping[str, Any] | None = None) -> "Mood":
        """``vector_facts``: other weights than those that ship, to try them."""
        folder = files("kefu.dialogue.intents")
        facts = vector_facts or orjson.loads(folder.joinpath("moods.vectors.json").read_bytes())
        data = tomllib.loads(folder.joinpath("moods.toml").read_text(encoding="utf-8"))
        kinds = [_Kind(name, kind["weight"], _any_of(kind["patterns"])) for name, kind in data["kinds"].items()]
        return cls(
            kinds,
            bias=data["bias"],
            signs=data["signs"],
            exempt=_any_of(data["exempt"]),
            irony=_any_of(data["irony"]["patterns"]),
            meant=_Meant(facts["encoder"], facts["bias"], np.array(facts["weights"], dtype=np.float32)),
        )

    def read(self, text: str, *, vector: Vectors | None = None, encoder: str | None = None) -> MoodReading:
        """Takes the message as it was typed: capitals and faces say something too.

        ``vector``: of the cleaned text, by the encoder of that name and version.
        """
        plain = self._exempt.sub(" ", normalise(text).text)
        found = self._find_kinds(plain)
        signs = self._find_signs(text)
        start = self._bias
        if vector is not None and encoder == self._meant.encoder:
            start += max(0.0, self._meant.weigh(vector))  # a vector can raise a doubt, never talk strong words away
        weight = start + sum(value for value, _ in found.values()) + sum(signs.values())
        anger = 1 / (1 + math.exp(-weight))
        gladness = 1.0 if _GLAD in found or _PLEASED_FACES.search(text) else 0.0
        evidence = tuple(word for name, (_, words) in found.items() if name != _POLITE for word in words)
        return MoodReading(round(anger, 4), round(gladness * (1 - anger) - anger, 4), (*evidence, *signs))

    def _find_kinds(self, plain: str) -> dict[str, tuple[float, list[str]]]:
        """The weight and the words of each kind that is there."""
        found: dict[str, tuple[float, list[str]]] = {}
        for kind in self._kinds:
            words = [match.group() for match in islice(kind.pattern.finditer(plain), 2)]
            if words and not (kind.name == _GLAD and self._irony.search(plain)):
                found[kind.name] = (kind.weight * (1 + _FURTHER * (len(words) - 1)), words)
        return found

    def _find_signs(self, text: str) -> dict[str, float]:
        letters = _LETTERS.findall(text)
        is_upper = len(letters) >= _FEWEST_LETTERS and 2 * sum(map(str.isupper, letters)) > len(letters)
        exclaims = bool(_EXCLAIMING.search(text)) or sum(text.count(mark) for mark in "!！") >= _EXCLAMATIONS
        present = {
            "exclamation": exclaims,
            "doubt": bool(_DOUBTING.search(text)),
            "capitals": is_upper and bool(_SENTENCE.search(text)),
            "emphasis": not is_upper and bool(_EMPHASIS.search(text)),
            "angry_face": bool(_ANGRY_FACES.search(text)),
        }
        return {name: self._signs[name] for name, is_there in present.items() if is_there}


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
