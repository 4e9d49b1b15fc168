"""Step 5: the open question first, then rules and wishes; what is left over becomes questions (the residual rule)."""

from dataclasses import dataclass, field

from kefu.dialogue.commands import Action, Affirm, AskKB, Cancel, CannotHandle, Command, Deny, SetSlot, Span, StartFlow
from kefu.dialogue.hearing import Heard
from kefu.dialogue.propose.clauses import Clause, split_clauses
from kefu.dialogue.propose.mentions import read_mentions, read_named
from kefu.dialogue.propose.opened import read_left_over, read_opened, read_pressed
from kefu.dialogue.propose.questions import continues, leans
from kefu.dialogue.propose.reading import Placed, Reading
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.statements import read_statement
from kefu.dialogue.propose.wishes import find_wish
from kefu.dialogue.slots import residual
from kefu.domain.conversation import Message
from kefu.domain.profile import AllowedFact

MAX_QUESTIONS = 3
ASKED, LEFT_OVER = "residual_question", "residual_statement"
"""Rules of questions of the customer's own, and of words that nothing else explains."""
_CHOICES: dict[str, Action] = {"handoff:yes": Affirm(), "handoff:no": Deny(), "profile:yes": Affirm(), "profile:no": Deny()}


@dataclass(slots=True)
class _Draft:
    """What was found so far, in the order of the text."""

    commands: list[Command] = field(default_factory=list)
    residual: list[Clause] = field(default_factory=list)


class Proposer:
    """Reads all messages of a turn and proposes commands, in the order of the text."""

    def __init__(self, rules: RuleProposer) -> None:
        self._rules = rules

    def propose(
        self, heard: Heard, situation: Situation | None = None, *, allowed: tuple[AllowedFact, ...] = ()
    ) -> tuple[Command, ...]:
        """``situation`` None: this workspace has no flows. ``allowed`` are facts of the customer that may be kept."""
        draft = _Draft()
        for number, message in enumerate(heard.messages):
            said = Placed(message, number)
            pressed = _from_choice(message.message, number)
            of_flow = None if situation is None or pressed is not None else read_pressed(said, situation)
            if pressed is not None:
                draft.commands.append(pressed)
            elif of_flow is not None:
                draft.commands.extend(of_flow.commands)
            else:
                self._read(said, situation, draft, allowed)
        draft.commands.extend(_to_questions(draft.residual, heard))
        return tuple(draft.commands) or (_nothing(),)

    def _read(
        self, said: Placed, situation: Situation | None, draft: _Draft, allowed: tuple[AllowedFact, ...]
    ) -> None:
        reading = Reading() if situation is None else _read_slots(said, situation)
        draft.commands.extend(reading.commands)
        started: list[str] = []
        left: list[Clause] = []
        for clause in split_clauses(said.message, said.number):
            if _is_explained(clause, said, reading):
                continue
            found = read_statement(clause, allowed) or self._rules.propose(
                clause, has_flow=situation is not None and situation.is_busy
            )
            if found is None and situation is not None:
                found = _wish(clause, situation)
            if found is None:
                left.append(clause)
                continue
            if any(isinstance(found.action, Cancel | StartFlow) and one.action == found.action for one in draft.commands):
                continue  # 算了，不退了 takes one thing back, not two
            draft.commands.append(found)
            if isinstance(found.action, StartFlow):
                started.append(found.action.flow)
        if situation is not None:
            more = _read_started(started, said, situation, reading) | read_left_over(left, said, situation)
            draft.commands.extend(more.commands)
            left = [clause for clause in left if not _is_explained(clause, said, more)]
        draft.residual.extend(left)


def _read_slots(said: Placed, situation: Situation) -> Reading:
    """The open question first, then whatever else the message says for the uppermost flow."""
    reading = read_opened(said, situation)
    return reading | read_mentions(said, situation.slots(), situation, consumed=reading.consumed)


def _read_started(flows: list[str], said: Placed, situation: Situation, reading: Reading) -> Reading:
    """What the message that starts flows says for their slots."""
    found = Reading()
    for flow in flows:
        specs = tuple(situation.flows[flow].slots.values())
        consumed = (*reading.consumed, *found.consumed)
        values = read_mentions(said, specs, situation, consumed=consumed)
        taken = frozenset(one.action.slot for one in values.commands if isinstance(one.action, SetSlot))
        found = found | values | read_named(said, specs, taken=taken)
    return found


def _is_explained(clause: Clause, said: Placed, reading: Reading) -> bool:
    """Whether the words that were read leave nothing of a clause but courtesy. A question is left over as a whole."""
    place = (clause.span.start, clause.span.end)
    if not reading.covers(place):
        return False
    if not clause.is_question:
        return True
    left = residual(said.text, reading.consumed)
    return not any(one.start < place[1] and place[0] < one.end for one in left)


def _wish(clause: Clause, situation: Situation) -> Command | None:
    if situation.classifier is None:
        return None
    found = find_wish(clause.text, situation.flows, situation.classifier, is_question=clause.is_question)
    if found is None:
        return None
    return Command(found.action, "classifier", "intent", clause.span, found.probability)


def _from_choice(message: Message, number: int) -> Command | None:
    """A pressed button says exactly what it says; an unknown value is read as text."""
    action = _CHOICES.get(message.choice or "")
    if action is None:
        return None
    span = Span(number, 0, len(message.text))
    return Command(action, source="payload", rule=f"choice:{message.choice}", span=span, probability=1.0)


def _to_questions(residual: list[Clause], heard: Heard) -> list[Command]:
    groups: list[list[Clause]] = [[]]
    for clause in residual:
        if not groups[-1] and len(groups) > 1 and _goes_on(groups[-2][-1], clause):
            groups.pop()
        groups[-1].append(clause)
        if clause.is_question and len(groups) < MAX_QUESTIONS:
            groups.append([])
    if len(groups) > 1 and not any(clause.is_question for clause in groups[-1]):
        groups[-2].extend(groups.pop())  # an afterthought belongs to the question before it
    return [_to_question(group, heard) for group in groups if group]


def _goes_on(before: Clause, clause: Clause) -> bool:
    """Whether a clause belongs to the question that seemed to end before it."""
    return continues(clause.text) or (not before.is_marked and leans(clause.text))


def _to_question(group: list[Clause], heard: Heard) -> Command:
    parts: dict[int, tuple[int, int]] = {}
    for clause in group:
        start, _ = parts.get(clause.span.message, (clause.span.start, 0))
        parts[clause.span.message] = (start, clause.span.end)
    texts = [heard.messages[number].message.text[start:end] for number, (start, end) in parts.items()]
    first = group[0].span
    span = Span(first.message, *parts[first.message])
    rule = ASKED if any(clause.is_question for clause in group) else LEFT_OVER
    return Command(AskKB("\n".join(texts)), source="residual", rule=rule, span=span, probability=0.5)


def _nothing() -> Command:
    return Command(CannotHandle(), source="rule", rule="no_content", span=None, probability=1.0)
