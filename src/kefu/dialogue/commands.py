"""What may be asked of the dialogue: one command language for all proposers (rules, classifier, a model)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kefu.domain.conversation import Language
from kefu.domain.trace import DropReason
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonValue

CancelScope = Literal["question", "flow", "all"]
Source = Literal["payload", "question", "rule", "classifier", "mention", "residual", "model"]


class SmallTalkKind(StrEnum):
    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    IDENTITY = "identity"
    STOP = "stop"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Span:
    """Code points ``start`` to ``end`` of the original text of message ``message``."""

    message: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AskKB:
    """Answer this question from the knowledge base."""

    query: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """``policy`` names the policy class that the message falls under, whoever asked for the person."""

    reason: HandoffReason
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class SmallTalk:
    kind: SmallTalkKind


@dataclass(frozen=True, slots=True)
class Affirm:
    """Yes to the open question."""


@dataclass(frozen=True, slots=True)
class Deny:
    """No to the open question."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say the last reply again."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: Language


@dataclass(frozen=True, slots=True)
class CannotHandle:
    """Nothing in the message could be understood."""


@dataclass(frozen=True, slots=True)
class StartFlow:
    flow: str


@dataclass(frozen=True, slots=True)
class SetSlot:
    """A value for a slot. ``raw`` are the customer's words; ``value`` None with them: they could not be read yet,
    because the slot's choices were not known. ``display`` is the value as the customer reads it. ``flow`` names the open
    flow that is meant; without it the asked slot is, or the uppermost flow's.
    """

    slot: str
    raw: str
    value: JsonValue
    display: str = ""
    flow: str = ""


@dataclass(frozen=True, slots=True)
class ClearSlot:
    slot: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Leave the open question, the flow, or all flows. ``flow`` names one that is not the uppermost."""

    scope: CancelScope = "flow"
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave the open question unanswered and go on."""


@dataclass(frozen=True, slots=True)
class Clarify:
    """The message could mean any of these flows: ask which. ``said`` are its words, which count for the one chosen."""

    options: tuple[str, ...]
    said: str = ""


@dataclass(frozen=True, slots=True)
class Amend:
    """What this flow has submitted is to be changed or taken back."""

    flow: str


@dataclass(frozen=True, slots=True)
class KeepFact:
    """A fact of the contact's own that may be remembered."""

    name: str
    value: JsonValue
    display: str


@dataclass(frozen=True, slots=True)
class ShowProfile:
    """Say what is remembered of the contact."""


@dataclass(frozen=True, slots=True)
class ForgetFacts:
    """Forget one fact of the contact, or, without a name, all of them."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class KeepNothing:
    """Do not remember what was said last."""


Action = (
    AskKB
    | Handoff
    | SmallTalk
    | Affirm
    | Deny
    | Repeat
    | SetLanguage
    | CannotHandle
    | StartFlow
    | SetSlot
    | ClearSlot
    | Cancel
    | Skip
    | Clarify
    | Amend
    | KeepFact
    | ShowProfile
    | ForgetFacts
    | KeepNothing
)


@dataclass(frozen=True, slots=True)
class Command:
    """An action with its evidence: who proposed it, from which words, how sure."""

    action: Action
    source: Source
    rule: str
    span: Span | None
    probability: float

    @property
    def name(self) -> str:
        return type(self.action).__name__


@dataclass(frozen=True, slots=True)
class Dropped:
    command: Command
    reason: DropReason


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left after processing: commands in the order in which they are carried out."""

    commands: tuple[Command, ...]
    dropped: tuple[Dropped, ...]
