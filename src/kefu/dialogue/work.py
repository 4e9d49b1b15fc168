"""What one turn has decided so far, and what each of its commands needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Contradiction
from kefu.dialogue.hearing import Heard
from kefu.dialogue.memory.profile import Remembering
from kefu.dialogue.spending import Spending
from kefu.dialogue.trace import Trace
from kefu.domain.conversation import Language
from kefu.domain.turn import Decision, QuickReply
from kefu.kit.jsonvalue import JsonObject
from kefu.knowledge.index import KnowledgeIndex

_OUTRANKING = frozenset({Decision.ACT, Decision.HANDOFF})


@dataclass(slots=True)
class Outcome:
    """What the turn has decided so far."""

    language: Language
    decision: Decision | None = None
    confidences: list[float] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    offers_handoff: bool = False
    has_spoken: bool = False
    asked: str | None = None
    has_asked_model: bool = False
    has_looped: bool = False
    dialogue: JsonObject | None = None
    flow_replies: tuple[QuickReply, ...] = ()
    profile_question: str | None = None

    def decide(self, decision: Decision) -> None:
        """An answer outranks an abstention beside it; the first decision of equals stays."""
        if self.decision is None or (self.decision is Decision.ABSTAIN and decision is Decision.ANSWER):
            self.decision = decision

    def decide_for_flow(self, decision: Decision) -> None:
        """What a flow does outranks an answer beside it; its question does not."""
        if decision in _OUTRANKING or self.decision in {None, Decision.ABSTAIN, Decision.CLARIFY}:
            self.decision = decision


@dataclass(frozen=True, slots=True)
class Work:
    """What every command of one turn needs."""

    context: TurnContext
    heard: Heard
    index: KnowledgeIndex
    is_trusted: bool
    trace: Trace
    citations: CitationList
    outcome: Outcome
    is_multiple: bool
    remembering: Remembering
    acting: Acting | None
    found: Mapping[str, Finding]
    spending: Spending

    @property
    def is_in_flow(self) -> bool:
        """Whether a flow will have the last word: then nothing else may ask a question."""
        return self.acting is not None and self.acting.is_busy
