"""What customers want to get done: examples of it, and models that were trained on them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kefu.kit.jsonvalue import JsonObject


class ExampleSource(StrEnum):
    """Who brought an example."""

    FILE = "file"
    AGENT = "agent"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class IntentExample:
    """Something a customer may write, and the intent of it; None: out of scope. A text has one intent at a time."""

    text: str
    intent: str | None
    source: ExampleSource
    added_at: datetime


@dataclass(frozen=True, slots=True)
class IntentModel:
    """One training's result. ``card`` says what it was trained on and how good it is; the artefact is kept apart."""

    id: str
    version: int
    sha256: str
    size: int
    card: JsonObject
    created_at: datetime
