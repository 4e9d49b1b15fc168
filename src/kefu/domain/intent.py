"""What customers want to get done: examples of it, and models that were trained on them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kefu.kit.jsonvalue import JsonObject


class ExampleSource(StrEnum):
    """Who brought an example. ``correction``: a person, of a customer's message; ``cluster``: of what was not understood."""

    FILE = "file"
    AGENT = "agent"
    PLUGIN = "plugin"
    CORRECTION = "correction"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class IntentExample:
    """Something a customer may write, and the intent of it; None: out of scope. A text has one intent at a time.

    ``given_by``: the agent, or else the key, that said so; ``message_id``: the customer's message that it was.
    """

    text: str
    intent: str | None
    source: ExampleSource
    added_at: datetime
    given_by: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class IntentModel:
    """One training's result. ``card`` says what it was trained on and how good it is; the artefact is kept apart."""

    id: str
    version: int
    sha256: str
    size: int
    card: JsonObject
    created_at: datetime
