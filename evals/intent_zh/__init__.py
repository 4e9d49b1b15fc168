"""Own messages to a shop and a securities firm with what their writers want: ``load``. CC0, see the data card."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson
import yaml

from kefu.domain.conversation import Language

HERE = Path(__file__).parent

Split = Literal["train", "validation", "test"]
Domain = Literal["shop", "securities", "both"]
Risk = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """``intent`` is None when none of the thirty is meant; ``style`` says how it is written, see the data card."""

    text: str
    intent: str | None
    split: Split
    style: frozenset[str]


class IntentSet(NamedTuple):
    """The messages of one language. Nothing is learned, chosen or tuned on ``test``."""

    train: list[LabelledMessage]
    validation: list[LabelledMessage]
    test: list[LabelledMessage]


@dataclass(frozen=True, slots=True)
class DeclaredIntent:
    """What makes a message one of this intent, and what is another's. ``risk``: what acting on a wrong one costs."""

    id: str
    title: dict[Language, str]
    domain: Domain
    definition: str
    excluded: str
    risk: Risk


def load(language: Language) -> IntentSet:
    """Read one language: train, validation, test."""
    return IntentSet(
        train=_read(language, "train"), validation=_read(language, "validation"), test=_read(language, "test")
    )


def load_further(language: Language) -> list[LabelledMessage]:
    """More messages to learn from, written later in a wider register; empty where there are none. See the data card."""
    return _read(language, "further") if (HERE / "data" / f"{language}.further.jsonl").exists() else []


@cache
def declared_intents() -> dict[str, DeclaredIntent]:
    """The thirty intents by id, in the order of ``intents.yaml``."""
    rows = yaml.safe_load((HERE / "intents.yaml").read_text(encoding="utf-8"))["intents"]
    return {row["id"]: _declared(row) for row in rows}


def _declared(row: dict[str, Any]) -> DeclaredIntent:
    return DeclaredIntent(
        id=row["id"],
        title=row["title"],
        domain=row["domain"],
        definition=row["definition"],
        excluded=row["not"],
        risk=row["risk"],
    )


def _read(language: Language, part: str) -> list[LabelledMessage]:
    lines = (HERE / "data" / f"{language}.{part}.jsonl").read_bytes().splitlines()
    rows = [orjson.loads(line) for line in lines]
    return [LabelledMessage(row["text"], row["intent"], row["split"], frozenset(row["style"])) for row in rows]
