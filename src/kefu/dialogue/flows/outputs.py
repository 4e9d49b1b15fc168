"""What applying commands and evaluating flows want said or done, in order. How it is worded is in speaking.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kefu.dialogue.flows.definition import Wording
from kefu.dialogue.flows.port import Pending
from kefu.dialogue.flows.state import DialogueState, OpenKind, Shown
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonObject, JsonValue

Fields = Mapping[str, str]
"""What stands for the ``{fields}`` of a wording, ready to be shown."""


@dataclass(frozen=True, slots=True)
class Say:
    """A text of the flow, or a key of the strings. ``version`` is the flow's: which wording the customer read."""

    step: str
    wording: Wording | None
    key: str
    fields: Fields = field(default_factory=dict)
    cite: str = ""
    flow: str = ""
    version: str = ""
    is_verbatim: bool = False
    card: JsonValue = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer in a review, with the question that it answers."""

    slot: str
    question: Wording | None
    display: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The one question of a turn. ``repeats``: how often it was asked before without an answer; ``rejected``: what the
    customer named that is not among the choices.
    """

    kind: OpenKind
    flow: str
    slot: str = ""
    wording: Wording | None = None
    key: str = ""
    fields: Fields = field(default_factory=dict)
    choices: tuple[Shown, ...] = ()
    skip: Wording | None = None
    answers: tuple[Answer, ...] = ()
    rejected: str = ""
    type: str = ""
    """The type of the asked slot."""
    repeats: int = 0
    version: str = ""
    is_verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A yes-or-no question whether to go on with ``target``: a flow or ``handoff``."""

    flow: str
    target: str
    wording: Wording | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be written, to be confirmed in a later turn, with the answers that it was made from when the flow
    has them reviewed.
    """

    flow: str
    pending: Pending
    answers: tuple[Answer, ...] = ()
    lines: tuple[Answer, ...] = ()
    """The slots that the arguments were made of, as the customer reads them."""
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Required:
    """The flow waits until the customer is identified or verified, or has given a consent."""

    flow: str
    kind: Literal["auth", "consent"]
    name: str


@dataclass(frozen=True, slots=True)
class HandoffWanted:
    """A person is wanted. ``card`` holds the flow, its slots and the tools that were tried."""

    reason: HandoffReason
    detail: str
    flow: str
    card: JsonObject


@dataclass(frozen=True, slots=True)
class Finished:
    """A flow is over. Outcomes of our own: done, cancelled, declined, expired, removed, handoff, no_choices."""

    flow: str
    frame_id: str
    outcome: str


Output = Say | Ask | Offer | Preview | Required | HandoffWanted | Finished


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``voided`` are pending actions that must not be carried out any more."""

    state: DialogueState
    outputs: tuple[Output, ...]
    voided: tuple[str, ...] = ()
