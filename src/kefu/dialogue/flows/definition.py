"""What a flow is, once its file has been read. Nothing here knows YAML; all texts are by language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from kefu.dialogue.flows.expr import Expression
from kefu.dialogue.slots.types import Direction
from kefu.domain.conversation import Language
from kefu.kit.jsonvalue import JsonValue

HANDOFF = "handoff"
"""What ``offer`` may name beside a flow."""
OTHER = "other"
"""The branch of ``on_error`` for codes that have none of their own."""
UNKNOWN_OUTCOME, DECLINED = "unknown_outcome", "declined"
"""Codes that any write may come to: nobody knows whether it was done; the customer did not confirm it."""
LANGUAGES: tuple[Language, ...] = ("zh", "en")
Auth = Literal["anonymous", "identified", "verified"]
AUTH_LEVELS: tuple[Auth, ...] = ("anonymous", "identified", "verified")


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in both languages; a language that its author left out is empty, which the linter reports."""

    zh: str = ""
    en: str = ""

    def get(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a tool: an expression, or else a literal."""

    expression: Expression | None
    literal: JsonValue = None


@dataclass(frozen=True, slots=True)
class ChoiceSource:
    """Where a slot's choices come from: the rows of a read tool. ``path`` is the rows' place in its result."""

    tool: str
    arguments: Mapping[str, Argument]
    where: Expression | None
    path: str
    identity: str
    """Field of a row that is the slot's value; empty: ``id``, or the singular of ``path`` with ``_id``."""
    label: str
    """Template of what the customer reads; empty: the row's ``label``, ``name`` or ``title``, else its value."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an enum slot: its words by language (the first is shown), and its points in a questionnaire."""

    value: str
    words: Mapping[Language, tuple[str, ...]]
    score: Decimal | None = None

    def label(self, language: Language) -> str:
        return next(iter(self.words.get(language, ())), self.value)


@dataclass(frozen=True, slots=True)
class Parse:
    """How a spoken quantity becomes an option: the first whose upper limit is not below it; None has no limit."""

    type: str
    limits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """A value that the flow needs. Attribute names follow the words of the file."""

    name: str
    type: str
    ask: Wording | None
    line: int
    title: Wording | None = None
    """What the value is called where it is shown for confirmation."""
    when: Expression | None = None
    choices: ChoiceSource | None = None
    values: tuple[Option, ...] = ()
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    direction: Direction = "any"
    """On which side of now a day lies that its words leave open."""
    skip: Wording | None = None
    is_auto_if_single: bool = False
    keep: Literal["flow", "conversation", "profile"] = "flow"
    """``profile``: for the conversation, and offered to the contact's profile under the slot's name."""
    per: str = ""
    """Name of the ``for_each`` variable for each of whose keys this slot is asked; empty: once."""
    parse: Parse | None = None
    scores: Mapping[str, Decimal] = field(default_factory=dict)
    """Points of ``yes`` and ``no`` of a bool slot in a questionnaire."""

    def score_of(self, value: JsonValue) -> Decimal | None:
        if self.type == "bool":
            return self.scores.get("yes" if value is True else "no")
        return next((option.score for option in self.values if option.value == value), None)


@dataclass(frozen=True, slots=True)
class Call:
    id: str
    line: int
    tool: str
    arguments: Mapping[str, Argument]
    name: str
    """The fact under which the result is read; empty: it is not."""
    on_error: Mapping[str, tuple["Step", ...]]
    fresh_for: timedelta | None


@dataclass(frozen=True, slots=True)
class Collect:
    id: str
    line: int
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class When:
    id: str
    line: int
    condition: Expression
    do: tuple["Step", ...]
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class ForEach:
    """``key`` names each round, so that a list may grow or change its order."""

    id: str
    line: int
    over: Expression
    name: str
    key: Expression
    do: tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A text of its own, or the key of one in ``texts`` or in the strings. ``facts`` are what it may show."""

    id: str
    line: int
    text: Wording | None
    key: str
    facts: tuple[str, ...] = ()
    cite: str = ""
    card: Expression | None = None
    """What is shown beside the text where cards are shown."""


@dataclass(frozen=True, slots=True)
class Offer:
    id: str
    line: int
    target: str
    """``handoff`` or the name of a flow."""
    ask: Wording | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    id: str
    line: int
    detail: str


@dataclass(frozen=True, slots=True)
class End:
    id: str
    line: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Review:
    """All these answers are shown together and confirmed before the flow goes on."""

    id: str
    line: int
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Forget these answers, say why, and ask them again; a person is wanted when they come back unchanged."""

    id: str
    line: int
    slots: tuple[str, ...]
    say: Say | None


@dataclass(frozen=True, slots=True)
class Band:
    name: str
    least: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of the points of these answers, and the band it is in; a cap keeps the band from being higher."""

    id: str
    line: int
    slots: tuple[str, ...]
    bands: tuple[Band, ...]
    caps: tuple[tuple[Expression, str], ...]
    labels: Mapping[str, Wording] = field(default_factory=dict)
    """What customers read for a band; the fact ``band_label``."""


Step = Call | Collect | When | ForEach | Say | Offer | Handoff | End | Review | AskAgain | Score


@dataclass(frozen=True, slots=True)
class Start:
    """How customers begin the flow; ``not_examples`` are questions about it, for the knowledge base."""

    intents: tuple[str, ...] = ()
    examples: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    not_examples: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Needs:
    """What must hold before the first step."""

    auth: Auth = "anonymous"
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Mode:
    """How strictly a flow is run. A strict one asks in order, word for word, and lets nothing be skipped."""

    wording: Literal["free", "verbatim"] = "free"
    llm: Literal["full", "understand_only", "none"] = "full"
    order: Literal["free", "strict"] = "free"
    skip: Literal["allow", "deny"] = "allow"
    digressions: Literal["flows", "answer_then_resume"] = "flows"
    expires: timedelta = timedelta(days=1)
    audit: Literal["normal", "full"] = "normal"
    min_confidence: float = 0.0

    @property
    def is_strict(self) -> bool:
        return self.order == "strict"


@dataclass(frozen=True, slots=True)
class Flow:
    """One procedure. ``content_hash`` changes when anything in its file does but comments and layout."""

    name: str
    version: str
    title: Wording
    start: Start
    needs: Needs
    mode: Mode
    slots: Mapping[str, SlotSpec]
    steps: tuple[Step, ...]
    texts: Mapping[str, Wording]
    cancel: Wording | None
    content_hash: str
    file: str
    questions: tuple[str, ...] = ()
    """The slots of a questionnaire in their order: what ``$all`` gives and ``review: all`` shows."""


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps, outer before inner, in the order of the file."""
    for step in steps:
        yield step
        for branch in branches(step):
            yield from walk(branch)


def branches(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The lists of steps inside a step."""
    match step:
        case Call(on_error=on_error):
            return tuple(on_error.values())
        case When(do=do, otherwise=otherwise):
            return (do, otherwise)
        case ForEach(do=do):
            return (do,)
        case AskAgain(say=Say() as say):
            return ((say,),)
    return ()
