"""What each command of one turn needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.composing import Screen
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.context import TurnContext
from kefu.dialogue.hearing import Heard
from kefu.dialogue.memory.profile import Remembering
from kefu.dialogue.outcome import Outcome
from kefu.dialogue.spending import Spending
from kefu.dialogue.trace import Trace
from kefu.knowledge.port import KnowledgePort


@dataclass(frozen=True, slots=True)
class Work:
    """What every command of one turn needs."""

    context: TurnContext
    heard: Heard
    index: KnowledgePort
    is_trusted: bool
    trace: Trace
    citations: CitationList
    outcome: Outcome
    is_multiple: bool
    remembering: Remembering
    acting: Acting | None
    found: Mapping[str, Finding]
    """What was looked up already, by question."""
    spending: Spending
    screen: Screen
    may_reach_model: bool
    """Whether a model may see the customer's words."""

    @property
    def is_in_flow(self) -> bool:
        """Whether a flow will have the last word: then nothing else may ask a question."""
        return self.acting is not None and self.acting.is_busy
