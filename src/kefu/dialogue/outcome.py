"""What a turn has come to while it is carried out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kefu.dialogue.events import Contradiction, Said, TurnEvent
from kefu.domain.conversation import Language
from kefu.domain.turn import Decision, QuickReply
from kefu.kit.jsonvalue import JsonObject

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
    kinds: Counter[str] = field(default_factory=Counter)
    """Sentences that were sent, by where they come from."""
    asked: str | None = None
    has_asked_model: bool = False
    has_looped: bool = False
    dialogue: JsonObject | None = None
    flow_replies: tuple[QuickReply, ...] = ()
    profile_question: str | None = None
    withdrawn: tuple[str, ...] = ()
    """Pending actions that were taken back."""

    def sent(self, events: Iterable[TurnEvent]) -> tuple[TurnEvent, ...]:
        """The events as a batch, counted."""
        batch = tuple(events)
        self.kinds.update(event.kind.value for event in batch if isinstance(event, Said))
        return batch

    def decide(self, decision: Decision) -> None:
        """An answer outranks an abstention beside it; the first decision of equals stays."""
        if self.decision is None or (self.decision is Decision.ABSTAIN and decision is Decision.ANSWER):
            self.decision = decision

    def decide_for_flow(self, decision: Decision) -> None:
        """What a flow does outranks an answer beside it; its question does not."""
        if decision in _OUTRANKING or self.decision in {None, Decision.ABSTAIN, Decision.CLARIFY}:
            self.decision = decision
