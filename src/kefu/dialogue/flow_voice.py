"""What flows want said, as sentences with their provenance, quick replies, and events of what tools did."""

from dataclasses import dataclass

from kefu.dialogue.acting import Acted
from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.events import GateReported, Said, TurnEvent
from kefu.dialogue.flows.outputs import Ask, HandoffWanted, Offer, Output, Preview, Required, Say
from kefu.dialogue.flows.speaking import Speaking
from kefu.dialogue.guard.output import without_markup
from kefu.dialogue.tools.recording import to_event
from kefu.dialogue.tools.results import ConfirmationRequested, ToolCalled
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Citation
from kefu.domain.turn import Decision, DeltaKind, EventType, HandoffReason, QuickReply
from kefu.knowledge.port import KnowledgePort
from kefu.plugins.cards import read_card

_KNOWLEDGE = "kb:"


@dataclass(frozen=True, slots=True)
class Spoken:
    """``events`` in their order; ``decision`` None: the flows had nothing to say."""

    events: tuple[TurnEvent, ...]
    replies: tuple[QuickReply, ...]
    decision: Decision | None
    handoff: HandoffReason | None = None
    problems: tuple[str, ...] = ()
    """Why cards are not shown."""


class FlowVoice:
    """Words what the flows of one turn came to. Each output is a paragraph."""

    def __init__(self, speaking: Speaking, index: KnowledgePort, citations: CitationList) -> None:
        self._speaking = speaking
        self._index = index
        self._citations = citations

    def say(self, acted: Acted, language: Language, *, has_spoken: bool) -> Spoken:
        events: list[TurnEvent] = [
            GateReported(*to_event(fact)) for fact in acted.facts if isinstance(fact, ToolCalled)
        ]
        replies: tuple[QuickReply, ...] = ()
        handoff: HandoffReason | None = None
        problems: list[str] = []
        for output in acted.outputs:
            text = without_markup(self._speaking.text(output, language))
            if text:
                gap = "\n\n" if has_spoken else ""
                events.append(self._said(output, gap + text, language))
                has_spoken = True
            if isinstance(output, Say) and output.card is not None:
                try:
                    events.append(GateReported(EventType.CARD_ADDED, {"card": read_card(output.card)}))
                except ValueError as error:
                    problems.append(f"{output.flow}.{output.step}: {error}")
            replies = self._speaking.replies(output, language) or replies
            if isinstance(output, HandoffWanted):
                handoff = output.reason
        asked = [fact for fact in acted.facts if isinstance(fact, ConfirmationRequested)]
        events.extend(GateReported(*to_event(fact)) for fact in asked[-1:])
        return Spoken(tuple(events), replies, _decision(acted, handoff), handoff, tuple(problems))

    def _said(self, output: Output, text: str, language: Language) -> Said:
        if not isinstance(output, Say):
            kind = DeltaKind.FACT if isinstance(output, Preview) else DeltaKind.TEMPLATE
            return Said(text, kind, asks=isinstance(output, Ask | Offer | Preview | Required))
        cited, is_new = self._cite(output.cite, language)
        mark = f" [{cited.number}]" if cited is not None else ""
        kind = DeltaKind.FACT if output.fields else DeltaKind.TEMPLATE
        return Said(text + mark, kind, (cited,) if is_new and cited is not None else ())

    def _cite(self, source: str, language: Language) -> tuple[Citation | None, bool]:
        """The document that a flow names for what it says (``kb:KEY``): its first chunk. None when it is not there."""
        if not source.startswith(_KNOWLEDGE):
            return None, False
        chunk = self._index.find_first(source.removeprefix(_KNOWLEDGE), language=language)
        return (None, False) if chunk is None else self._citations.cite_chunk(chunk)


def _decision(acted: Acted, handoff: HandoffReason | None) -> Decision | None:
    if handoff is not None:
        return Decision.HANDOFF
    writes = [fact for fact in acted.facts if isinstance(fact, ToolCalled) and fact.effect == "write"]
    if any(fact.status == "succeeded" and not fact.is_recorded for fact in writes):
        return Decision.ACT
    questions = [one for one in acted.outputs if isinstance(one, Ask | Offer | Preview | Required)]
    if questions:
        last = questions[-1]
        return Decision.CLARIFY if isinstance(last, Ask) and last.kind in {"clarify", "close"} else Decision.ASK
    return Decision.ANSWER if any(isinstance(one, Say) for one in acted.outputs) else None
