"""What is said to a language model and what comes back, in neutral words (no provider's names)."""

from dataclasses import dataclass
from enum import StrEnum

from kefu.kit.jsonvalue import JsonObject


class Tier(StrEnum):
    ECONOMY = "economy"
    STANDARD = "standard"
    COMPLEX = "complex"


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One message of a prompt."""

    role: Role
    text: str


class ReplyForm(StrEnum):
    """How firmly a provider is held to JSON, the firmest first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ReplySchema:
    """The JSON that a reply has to be. ``name`` says what it is for (letters, digits, underscores)."""

    name: str
    schema: JsonObject


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A call: the prompt, the tier it may cost, and its bounds. ``temperature`` 0 by default: service, not poetry.

    ``schema`` None: the reply is text. ``form`` is how the provider is asked to keep to the schema.
    """

    prompts: tuple[Prompt, ...]
    tier: Tier = Tier.STANDARD
    max_tokens: int = 800
    temperature: float = 0.0
    schema: ReplySchema | None = None
    form: ReplyForm = ReplyForm.SCHEMA


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; ``is_estimated`` when the provider sent none."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a turn asked of models: ``is_hard`` says whether it needed one, ``calls`` how often one was asked.

    ``ms`` is the time that the turn waited for commands and for steps of a tool loop.
    """

    is_hard: bool = False
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    ms: int = 0


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    FILTERED = "filtered"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Some more text of a streamed completion."""

    text: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The last item of every whole stream. A stream that ends without it raised a ModelError."""

    model: str
    finish: FinishReason
    usage: Usage


ModelChunk = TextDelta | Completed
