"""Steps 7 to 10: carry out the plan, command by command, and close the turn."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.composing import Composer, Composition, Screen, screen_nothing
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.answer.settling import to_contradiction
from kefu.dialogue.commands import (
    AskKB,
    CannotHandle,
    Deny,
    Handoff,
    Plan,
    Repeat,
    SetLanguage,
    SmallTalk,
)
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Batch, Contradiction, Finished, HandoffRequested, Said, TurnEvent
from kefu.dialogue.flow_voice import FlowVoice
from kefu.dialogue.flows.errors import FlowTooLongError
from kefu.dialogue.handoff import is_upset_by_failure, reason_to_hand_off
from kefu.dialogue.hearing import Heard
from kefu.dialogue.memory.known import past_of
from kefu.dialogue.memory.profile import Remembering
from kefu.dialogue.outlook import Outlook, tell_place, tell_queued
from kefu.dialogue.processing import OFFER_HANDOFF
from kefu.dialogue.propose.merge import LEFT_OVER
from kefu.dialogue.query.understanding import Before, Understanding
from kefu.dialogue.trace import Trace
from kefu.dialogue.tracing import trace_acted, trace_composition, trace_finding, trace_understanding
from kefu.domain.conversation import Language
from kefu.domain.turn import Decision, DeltaKind, HandoffReason, QuickReply
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.strings import Strings
from kefu.knowledge.index import KnowledgeIndex

Look = Callable[[TurnContext, Language], Awaitable[Outlook]]
"""Where a conversation stands in the queue, or would stand; asked by turns that hand off or that are waited in."""

_QUESTION_SHOWN = 40
"""Characters of a question that are shown back in an abstention."""
_OUTRANKING = frozenset({Decision.ACT, Decision.HANDOFF})


@dataclass(slots=True)
class _Outcome:
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
class Manner:
    """What plugins ask of how a turn speaks. ``is_masked`` False: personal words may have been overlooked in what was
    said, so that no model sees it.
    """

    screen: Screen = screen_nothing
    is_masked: bool = True


FREELY = Manner()


@dataclass(frozen=True, slots=True)
class _Work:
    """What every command of one turn needs."""

    context: TurnContext
    heard: Heard
    index: KnowledgeIndex
    is_trusted: bool
    trace: Trace
    citations: CitationList
    outcome: _Outcome
    is_multiple: bool
    remembering: Remembering
    acting: Acting | None
    manner: Manner

    @property
    def may_reach_model(self) -> bool:
        """Whether a model may see the customer's words."""
        return self.is_trusted and self.manner.is_masked

    @property
    def is_in_flow(self) -> bool:
        """Whether a flow will have the last word: then nothing else may ask a question."""
        return self.acting is not None and self.acting.is_busy


class Answering:
    """Speaks for the assistant, always from a template, a quote or a verified sentence."""

    def __init__(
        self, finder: Finder, composer: Composer, strings: Strings, *, understanding: Understanding, look: Look
    ) -> None:
        self._understanding = understanding
        self._look = look
        self._finder = finder
        self._composer = composer
        self._strings = strings

    async def carry_out(
        self,
        plan: Plan,
        *,
        context: TurnContext,
        heard: Heard,
        index: KnowledgeIndex,
        is_trusted: bool,
        trace: Trace,
        remembering: Remembering,
        acting: Acting | None = None,
        manner: Manner = FREELY,
    ) -> AsyncGenerator[Batch, None]:
        """Yield batches; consecutive events that need no waiting are in one batch."""
        outcome = _Outcome(heard.language)
        work = _Work(
            context,
            heard,
            index,
            is_trusted,
            trace,
            CitationList(context.turn_id),
            outcome,
            is_multiple=sum(isinstance(command.action, AskKB) for command in plan.commands) > 1,
            remembering=remembering,
            acting=acting,
            manner=manner,
        )
        ready: list[TurnEvent] = []
        for command in plan.commands:
            match command.action:
                case AskKB(query):
                    is_left_over = command.rule == LEFT_OVER
                    async with aclosing(self._answer(query, work, is_left_over=is_left_over)) as batches:
                        async for batch in batches:
                            if any(said.kind is DeltaKind.MODEL for said in batch):
                                yield (*ready, *batch)  # a model's next sentence may take long: send what is there
                                ready = []
                            else:
                                ready.extend(batch)
                case Handoff() as handoff:
                    ready.extend(await self._hand_off(handoff, work))
                case action:
                    ready.extend(self._respond(action, work))
        ready.extend(self._remember(work))
        if acting is not None and outcome.decision is not Decision.HANDOFF:
            ready.extend(await self._act(acting, work))
        ready.extend(await self._follow_up(work))
        ready.extend(self._ask_about_profile(work))
        yield (*ready, self._finish(work))

    def _remember(self, work: _Work) -> list[TurnEvent]:
        """What the profile has to say since it was last asked, each a paragraph."""
        texts, work.remembering.texts = work.remembering.texts, []
        if texts:
            work.outcome.decide(Decision.ANSWER)
        return list[TurnEvent](self._told(text, work) for text in texts)

    def _ask_about_profile(self, work: _Work) -> list[TurnEvent]:
        """Put the profile's question, unless another one is open: a turn asks one thing."""
        outcome, remembering = work.outcome, work.remembering
        events = self._remember(work)
        is_asking = outcome.decision in {Decision.ASK, Decision.CLARIFY, Decision.HANDOFF} or outcome.flow_replies
        asked = None if is_asking or outcome.offers_handoff else remembering.ask()
        if asked is None:
            return events
        outcome.flow_replies, outcome.profile_question = asked.replies, asked.key
        outcome.decision = outcome.decision or Decision.ASK
        return [*events, self._told(asked.text, work)]

    async def _act(self, acting: Acting, work: _Work) -> list[TurnEvent]:
        """What the flows say and do, behind the answers: acknowledgements, results, and the one question."""
        outcome = work.outcome
        try:
            acted = await acting.go_on(outcome.language)
        except FlowTooLongError as error:
            work.trace.add("evaluate", "too long", reason=error.detail)
            return await self._hand_off(Handoff(HandoffReason.TOOL_FAILURE), work)
        trace_acted(work.trace, acted)
        voice = FlowVoice(acting.speaking(self._strings), work.index, work.citations)
        spoken = voice.say(acted, outcome.language, has_spoken=outcome.has_spoken)
        outcome.has_spoken = outcome.has_spoken or any(isinstance(event, Said) for event in spoken.events)
        outcome.dialogue = acted.dialogue
        for fact in acted.kept:
            work.remembering.keep(fact.name, fact.value, fact.display)
        for problem in spoken.problems:
            work.trace.add("compose", "no card", reason=problem)
        events = list(spoken.events)
        if spoken.decision is not None:
            outcome.flow_replies = spoken.replies
            outcome.offers_handoff = outcome.offers_handoff and not spoken.replies
            outcome.decide_for_flow(spoken.decision)
        if spoken.handoff is not None:
            events.extend(await self._hand_off(Handoff(spoken.handoff), work))
        is_waiting = work.remembering.ask() is not None
        return events if outcome.has_spoken or is_waiting else [*events, *self._respond(CannotHandle(), work)]

    async def _answer(self, query: str, work: _Work, *, is_left_over: bool) -> AsyncGenerator[tuple[Said, ...], None]:
        outcome = work.outcome
        question = await self._stand_alone(query, work)
        finding = await self._finder.find(question, language=outcome.language, index=work.index)
        trace_finding(work.trace, finding)
        if not finding.is_answerable and is_left_over and work.is_in_flow:
            return  # no question, and nothing that the flow understood: it asks again
        opening = self._opening(query, work)
        if not finding.is_answerable:
            outcome.confidences.append(finding.probability)
            yield (*opening, self._abstain(query, work, question=question))
            return
        outcome.decide(Decision.ANSWER)
        outcome.confidences.append(finding.probability)
        if finding.disagreement is not None:
            outcome.contradictions.append(to_contradiction(finding.disagreement))
            outcome.offers_handoff = True
        report = Composition()
        reply = self._composer.compose(
            finding,
            citations=work.citations,
            past=past_of(work.context),
            is_trusted=work.may_reach_model,
            report=report,
            screen=work.manner.screen,
        )
        async for sentences in reply:
            yield (*opening, *sentences)
            opening = ()
        trace_composition(work.trace, report)

    async def _stand_alone(self, query: str, work: _Work) -> str:
        """The question to look up; a model is asked for it at most once a turn."""
        outcome, state = work.outcome, work.context.state
        found = await self._understanding.stand_alone(
            query,
            before=Before(outcome.asked or state.asked, state.last_reply),
            vocabulary=work.index.vocabulary(outcome.language),
            is_trusted=work.is_trusted,
            may_ask_model=not outcome.has_asked_model and work.may_reach_model,
        )
        outcome.has_asked_model = outcome.has_asked_model or found.proposed is not None
        outcome.asked = found.text if work.is_trusted else outcome.asked
        trace_understanding(work.trace, query, found)
        return found.text

    def _opening(self, query: str, work: _Work) -> tuple[Said, ...]:
        """What stands before an answer: a line break after earlier text, and its question when there are several."""
        outcome = work.outcome
        gap = "\n\n" if outcome.has_spoken else ""
        outcome.has_spoken = True
        shown = self._get("about_part", work, question=_shorten(query)) if work.is_multiple else ""
        return (Said(gap + shown, DeltaKind.TEMPLATE, is_lead=True),) if gap or shown else ()

    def _abstain(self, query: str, work: _Work, *, question: str) -> Said:
        outcome = work.outcome
        if not work.is_trusted:
            outcome.decide(Decision.REFUSE)
            return self._say("refuse_instructions", work)
        outcome.decide(Decision.ABSTAIN)
        outcome.unanswered.append(question)
        if work.context.is_queued:
            return self._say("queue_noted", work, question=_shorten(question))
        outcome.offers_handoff = True
        key = "abstain_again" if work.context.state.abstentions else "abstain"
        key = "abstain_in_flow" if work.is_in_flow else key
        return self._say(key, work, question=_shorten(query))

    async def _hand_off(self, handoff: Handoff, work: _Work) -> list[TurnEvent]:
        """To the queue, at once; who waits already keeps the place, and only what is graver is passed on."""
        outcome, is_queued = work.outcome, work.context.is_queued
        outcome.decision, outcome.offers_handoff = Decision.HANDOFF, False
        work.trace.add("handoff", handoff.reason, reason=f"policy: {handoff.policy}" if handoff.policy else "a person")
        said = self._spaced(f"policy_{handoff.policy}", work) if handoff.policy else []
        if is_queued and handoff.policy is None:
            return self._spaced("queue_already", work)
        if is_queued:
            return [*said, HandoffRequested(handoff.reason, handoff.policy)]
        outlook = await self._look(work.context, outcome.language)
        told = self._told(tell_queued(outlook, self._strings, outcome.language), work)
        return [*said, told, HandoffRequested(handoff.reason, handoff.policy, outlook.promised_at)]

    async def _follow_up(self, work: _Work) -> list[TurnEvent]:
        """What the whole turn calls for: the place of who waits, a person after failures in a row, one for the angry."""
        outcome, state = work.outcome, work.context.state
        if work.context.is_queued:
            outlook = await self._look(work.context, outcome.language)
            return [self._told(tell_place(outlook, self._strings, outcome.language), work)]
        reason = reason_to_hand_off(outcome.decision, state)
        if reason is not None:
            return await self._hand_off(Handoff(reason), work)
        if outcome.decision is not Decision.HANDOFF and is_upset_by_failure(work.context.mood, outcome.decision, state):
            work.trace.add("handoff", "offer", reason="an angry customer was failed")
            outcome.offers_handoff = True
            return self._spaced("offer_upset", work)
        return []

    def _respond(
        self, action: SmallTalk | Deny | Repeat | SetLanguage | CannotHandle | object, work: _Work
    ) -> list[TurnEvent]:
        outcome = work.outcome
        match action:
            case SmallTalk(kind):
                outcome.decide(Decision.ANSWER)
                return self._spaced("stopped" if kind == "stop" else kind, work)
            case Deny():
                outcome.decide(Decision.ANSWER)
                return self._spaced("declined", work)
            case SetLanguage(language):
                outcome.language = language
                outcome.decide(Decision.ANSWER)
                return self._spaced("language_set", work)
            case Repeat():
                return self._repeat(work)
        outcome.decide(Decision.CLARIFY)
        if work.context.is_queued:
            return self._spaced("queue_noted_other", work)
        outcome.offers_handoff = True
        return self._spaced("not_understood", work)

    def _repeat(self, work: _Work) -> list[TurnEvent]:
        work.outcome.decide(Decision.ANSWER)
        last = work.context.state.last_reply
        if last is None:
            return self._spaced("nothing_to_repeat", work)
        work.outcome.has_spoken = True
        return [Said(last, DeltaKind.TEMPLATE)]

    def _finish(self, work: _Work) -> Finished:
        outcome = work.outcome
        offers_handoff = outcome.offers_handoff and not work.context.is_queued
        replies = self._offer(outcome.language) if offers_handoff else outcome.flow_replies
        decision = outcome.decision or Decision.CLARIFY
        work.trace.add("finish", decision, reason="the turn is complete")
        return Finished(
            decision=decision,
            confidence=min(outcome.confidences, default=None),
            language=outcome.language,
            quick_replies=replies,
            open_question=OFFER_HANDOFF if offers_handoff else outcome.profile_question,
            profile=work.remembering.change(),
            unanswered="\n".join(outcome.unanswered) or None,
            trace=work.trace.to_json(),
            contradictions=tuple(outcome.contradictions),
            asked=outcome.asked,
            dialogue=work.context.state.dialogue if outcome.dialogue is None else outcome.dialogue,
        )

    def _offer(self, language: Language) -> tuple[QuickReply, ...]:
        return (
            QuickReply(self._strings.get("handoff_yes", language), "handoff:yes"),
            QuickReply(self._strings.get("handoff_no", language), "handoff:no"),
        )

    def _spaced(self, key: str, work: _Work) -> list[TurnEvent]:
        return [self._told(self._get(key, work), work)]

    def _told(self, text: str, work: _Work) -> Said:
        """A paragraph of its own."""
        gap = "\n\n" if work.outcome.has_spoken else ""
        work.outcome.has_spoken = True
        return Said(gap + text, DeltaKind.TEMPLATE)

    def _say(self, key: str, work: _Work, **fields: object) -> Said:
        return Said(self._get(key, work, **fields), DeltaKind.TEMPLATE)

    def _get(self, key: str, work: _Work, **fields: object) -> str:
        return self._strings.get(key, work.outcome.language, inbox=work.context.inbox_name, **fields)


def _shorten(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _QUESTION_SHOWN else line[:_QUESTION_SHOWN] + "…"
