"""Steps 7 to 10: carry out the plan, command by command, and close the turn."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from kefu.dialogue.acting import Acting
from kefu.dialogue.answer.composing import Composer, Composition
from kefu.dialogue.answer.finding import Finder, Finding
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
from kefu.dialogue.events import Batch, Finished, HandoffRequested, Said, TurnEvent
from kefu.dialogue.flow_voice import FlowVoice
from kefu.dialogue.flows.errors import FlowTooLongError
from kefu.dialogue.handoff import is_upset_by_failure, reason_to_hand_off
from kefu.dialogue.memory.known import past_of
from kefu.dialogue.outlook import tell_place, tell_queued
from kefu.dialogue.ports import Look, Ports
from kefu.dialogue.processing import OFFER_HANDOFF
from kefu.dialogue.propose.left_over import LEFT_OVER
from kefu.dialogue.query.understanding import Before, Understanding
from kefu.dialogue.tracing import trace_acted, trace_composition, trace_finding, trace_said, trace_understanding
from kefu.dialogue.uncovered import Uncovered
from kefu.dialogue.work import Work
from kefu.domain.conversation import Language
from kefu.domain.trace import Stage
from kefu.domain.turn import Decision, DeltaKind, HandoffReason, QuickReply
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.knowledge.port import KnowledgePort

_QUESTION_SHOWN = 40
"""Characters of a question that are shown back in an abstention."""
_SHORT: dict[Language, int] = {"zh": 8, "en": 28}
"""Characters of a question that may lack its subject while a flow is open."""


class Answering:
    """Speaks for the assistant, always from a template, a quote or a verified sentence."""

    def __init__(
        self,
        finder: Finder,
        composer: Composer,
        strings: Strings,
        *,
        understanding: Understanding,
        uncovered: Uncovered,
        look: Look,
    ) -> None:
        self._understanding = understanding
        self._uncovered = uncovered
        self._look = look
        self._finder = finder
        self._composer = composer
        self._strings = strings

    @property
    def memory_tokens(self) -> int:
        """The budget of what a model sees of the past."""
        return self._composer.recall.budget

    def ports(self, clock: Clock) -> Ports:
        """What the process asks through."""
        return Ports(self._composer.model, self._finder.reader, self._composer.recall.meter, self._look, clock)

    def using(self, ports: Ports) -> "Answering":
        """The same for one turn, which asks through its own ports."""
        return Answering(
            self._finder.using(ports.reader),
            self._composer.using(ports.model, ports.meter),
            self._strings,
            understanding=self._understanding.using(ports.model),
            uncovered=self._uncovered.using(ports.model),
            look=ports.look,
        )

    async def carry_out(self, plan: Plan, work: Work) -> AsyncGenerator[Batch, None]:
        """Yield batches; consecutive events that need no waiting are in one batch: command by command, then what the
        flows, the queue and the profile have to say.
        """
        outcome, acting = work.outcome, work.acting
        ready: list[TurnEvent] = []
        for command in plan.commands:
            match command.action:
                case AskKB(query):
                    is_left_over = command.rule == LEFT_OVER
                    async with aclosing(self._answer(query, work, is_left_over=is_left_over)) as batches:
                        async for batch in batches:
                            if any(isinstance(event, Said) and event.kind is DeltaKind.MODEL for event in batch):
                                # A model's next sentence may take long: send what is there.
                                yield outcome.sent((*ready, *batch))
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
        yield (*outcome.sent(ready), self._finish(work))

    def _remember(self, work: Work) -> list[TurnEvent]:
        """What the profile has to say since it was last asked, each a paragraph."""
        texts, work.remembering.texts = work.remembering.texts, []
        if texts:
            work.outcome.decide(Decision.ANSWER)
        return list[TurnEvent](self._told(text, work) for text in texts)

    def _ask_about_profile(self, work: Work) -> list[TurnEvent]:
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

    async def _act(self, acting: Acting, work: Work) -> list[TurnEvent]:
        """What the flows say and do, behind the answers: acknowledgements, results, and the one question."""
        outcome = work.outcome
        try:
            acted = await acting.go_on(outcome.language)
        except FlowTooLongError as error:
            work.trace.add(Stage.EVALUATE, "TooLong", reason="too_many_steps", facts={"detail": error.detail})
            return await self._hand_off(Handoff(HandoffReason.TOOL_FAILURE), work)
        trace_acted(work.trace, acted, acting.flows)
        voice = FlowVoice(acting.speaking(self._strings), work.index, work.citations)
        spoken = voice.say(acted, outcome.language, has_spoken=outcome.has_spoken)
        outcome.has_spoken = outcome.has_spoken or any(isinstance(event, Said) for event in spoken.events)
        outcome.dialogue, outcome.withdrawn = acted.dialogue, acted.withdrawn
        for fact in acted.kept:
            work.remembering.keep(fact.name, fact.value, fact.display)
        for problem in spoken.problems:
            work.trace.add(Stage.EVALUATE, "NoCard", reason="card_unfit", facts={"detail": problem})
        events = list(spoken.events)
        if spoken.decision is not None:
            outcome.flow_replies = spoken.replies
            outcome.offers_handoff = outcome.offers_handoff and not spoken.replies
            outcome.decide_for_flow(spoken.decision)
        if spoken.handoff is not None:
            events.extend(await self._hand_off(Handoff(spoken.handoff), work))
        is_waiting = work.remembering.ask() is not None
        return events if outcome.has_spoken or is_waiting else [*events, *self._respond(CannotHandle(), work)]

    async def _answer(self, query: str, work: Work, *, is_left_over: bool) -> AsyncGenerator[Batch, None]:
        outcome = work.outcome
        question = await self._stand_alone(query, work)
        finding = work.found.get(question)
        if finding is None or not finding.is_answerable or finding.language != outcome.language:
            finding = await self._find(question, work)
        trace_finding(work.trace, finding)
        if work.acting is not None and not (finding.is_answerable or (is_left_over and work.is_in_flow)):
            work.spending.is_hard = True
        if not finding.is_answerable and is_left_over and work.is_in_flow:
            return  # no question, and nothing that the flow understood: it asks again
        opening = self._opening(query, work)
        if not finding.is_answerable and (looked := await self._look_in_tools(question, work)):
            yield (*opening, *looked)
            return
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
            screen=work.screen,
        )
        async for sentences in reply:
            yield (*opening, *sentences)
            opening = ()
        trace_composition(work.trace, report)
        if report.completed is not None:
            work.spending.add_completed(report.completed)

    async def _find(self, question: str, work: Work) -> Finding:
        """What is known of a question; one that is too short for that is meant of what the open flow is about."""
        language, index = work.outcome.language, work.index
        finding = await self.look_up(question, language, index)
        subject = "" if work.acting is None else work.acting.subject(language)
        if finding.is_answerable or not subject or len(question) > _SHORT[language]:
            return finding
        nearer = await self.look_up(f"{subject} {question}", language, index)
        return nearer if nearer.is_answerable else finding

    async def look_up(self, question: str, language: Language, index: KnowledgePort) -> Finding:
        """What the knowledge base has on a question that stands alone."""
        return await self._finder.find(question, language=language, index=index)

    async def _look_in_tools(self, question: str, work: Work) -> tuple[TurnEvent, ...]:
        """What a model finds with reading tools, once a turn and outside of flows; nothing where that is not wanted."""
        acting, outcome = work.acting, work.outcome
        if acting is None or not (work.is_trusted and work.may_reach_model) or work.is_in_flow or outcome.has_looped:
            return ()
        outcome.has_looped = True
        looked = await self._uncovered.look(
            question,
            acting,
            language=outcome.language,
            trace=work.trace,
            spending=work.spending,
            screen=work.screen,
        )
        if looked:
            outcome.decide(Decision.ANSWER)
        return looked

    async def _stand_alone(self, query: str, work: Work) -> str:
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
        if found.proposed is not None and found.proposed.completed is not None:
            work.spending.add_completed(found.proposed.completed)
        outcome.asked = found.text if work.is_trusted else outcome.asked
        trace_understanding(work.trace, query, found)
        return found.text

    def _opening(self, query: str, work: Work) -> tuple[Said, ...]:
        """What stands before an answer: a line break after earlier text, and its question when there are several."""
        outcome = work.outcome
        gap = "\n\n" if outcome.has_spoken else ""
        outcome.has_spoken = True
        shown = self._get("about_part", work, question=_shorten(query)) if work.is_multiple else ""
        return (Said(gap + shown, DeltaKind.TEMPLATE, is_lead=True),) if gap or shown else ()

    def _abstain(self, query: str, work: Work, *, question: str) -> Said:
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

    async def _hand_off(self, handoff: Handoff, work: Work) -> list[TurnEvent]:
        """To the queue, at once; who waits already keeps the place, and only what is graver is passed on."""
        outcome, is_queued = work.outcome, work.context.is_queued
        outcome.decision, outcome.offers_handoff = Decision.HANDOFF, False
        reason = f"policy_{handoff.policy}" if handoff.policy else "person_wanted"
        work.trace.add(Stage.HANDOFF, handoff.reason.value, reason=reason)
        said = self._tell_policy(handoff.policy, work) if handoff.policy else []
        if is_queued and handoff.policy is None:
            return self._spaced("queue_already", work)
        if is_queued:
            return [*said, HandoffRequested(handoff.reason, handoff.policy)]
        outlook = await self._look(work.context, outcome.language)
        told = self._told(tell_queued(outlook, self._strings, outcome.language), work)
        return [*said, told, HandoffRequested(handoff.reason, handoff.policy, outlook.promised_at)]

    def _tell_policy(self, policy: str, work: Work) -> list[TurnEvent]:
        """The words that fit, and whom the workspace says to call: no number is known to kefu itself."""
        numbers = work.context.hotlines.get(policy, {}).get(work.outcome.language)
        said = self._spaced(f"policy_{policy}", work)
        return [*said, self._told(self._get("hotline", work, numbers=numbers), work)] if numbers else said

    async def _follow_up(self, work: Work) -> list[TurnEvent]:
        """What the whole turn calls for: the place of who waits, a person after failures in a row, one for the angry."""
        outcome, state = work.outcome, work.context.state
        if work.context.is_queued:
            outlook = await self._look(work.context, outcome.language)
            return [self._told(tell_place(outlook, self._strings, outcome.language), work)]
        reason = reason_to_hand_off(outcome.decision, state)
        if reason is not None:
            return await self._hand_off(Handoff(reason), work)
        if outcome.decision is not Decision.HANDOFF and is_upset_by_failure(work.context.mood, outcome.decision, state):
            work.trace.add(Stage.HANDOFF, "offer", reason="upset_by_failure")
            outcome.offers_handoff = True
            return self._spaced("offer_upset", work)
        return []

    def _respond(
        self, action: SmallTalk | Deny | Repeat | SetLanguage | CannotHandle | object, work: Work
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

    def _repeat(self, work: Work) -> list[TurnEvent]:
        work.outcome.decide(Decision.ANSWER)
        state = work.context.state
        if state.last_reply is None:
            return self._spaced("nothing_to_repeat", work)
        work.outcome.has_spoken = True
        return [Said(state.last_reply, DeltaKind.AGENT if state.is_agents_reply else DeltaKind.TEMPLATE)]

    def _finish(self, work: Work) -> Finished:
        outcome = work.outcome
        offers_handoff = outcome.offers_handoff and not work.context.is_queued
        replies = self._offer(outcome.language) if offers_handoff else outcome.flow_replies
        decision = outcome.decision or Decision.CLARIFY
        trace_said(work.trace, outcome.kinds)
        work.trace.add(Stage.FINISH, decision.value, reason="complete")
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
            withdrawn=outcome.withdrawn,
            asked=outcome.asked,
            dialogue=work.context.state.dialogue if outcome.dialogue is None else outcome.dialogue,
            model=work.spending.to_use(),
        )

    def _offer(self, language: Language) -> tuple[QuickReply, ...]:
        return (
            QuickReply(self._strings.get("handoff_yes", language), "handoff:yes"),
            QuickReply(self._strings.get("handoff_no", language), "handoff:no"),
        )

    def _spaced(self, key: str, work: Work) -> list[TurnEvent]:
        return [self._told(self._get(key, work), work)]

    def _told(self, text: str, work: Work) -> Said:
        """A paragraph of its own."""
        gap = "\n\n" if work.outcome.has_spoken else ""
        work.outcome.has_spoken = True
        return Said(gap + text, DeltaKind.TEMPLATE)

    def _say(self, key: str, work: Work, **fields: object) -> Said:
        return Said(self._get(key, work, **fields), DeltaKind.TEMPLATE)

    def _get(self, key: str, work: Work, **fields: object) -> str:
        return self._strings.get(key, work.outcome.language, inbox=work.context.inbox_name, **fields)


def _shorten(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _QUESTION_SHOWN else line[:_QUESTION_SHOWN] + "…"
