"""Step 5: the open question first, then rules and wishes; what is left over becomes questions (the residual rule)."""

from dataclasses import dataclass, field, replace

from kefu.dialogue.commands import (
    Action,
    Affirm,
    AskKB,
    Cancel,
    CannotHandle,
    Command,
    Deny,
    Handoff,
    Repeat,
    SetLanguage,
    SetSlot,
    SmallTalk,
    SmallTalkKind,
    Span,
    StartFlow,
)
from kefu.dialogue.hearing import Heard
from kefu.dialogue.propose.clauses import Clause, cut_at_spaces, split_clauses
from kefu.dialogue.propose.mentions import read_mentions, read_named
from kefu.dialogue.propose.opened import read_left_over, read_opened, read_pressed
from kefu.dialogue.propose.questions import continues, leans
from kefu.dialogue.propose.reading import Place, Placed, Reading
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.statements import read_statement
from kefu.dialogue.propose.wished import find_wishes, has_wish, is_wish_of_open, leftover, takes_back
from kefu.domain.conversation import Message
from kefu.domain.profile import AllowedFact
from kefu.kit.text import normalise

MAX_QUESTIONS = 3
ASKED, LEFT_OVER = "residual_question", "residual_statement"
"""Rules of questions of the customer's own, and of words that nothing else explains."""
_MOST_OF = 0.6
"""Share of a clause that an answer takes up."""
_CHOICES: dict[str, Action] = {
    "handoff:yes": Affirm(),
    "handoff:no": Deny(),
    "profile:yes": Affirm(),
    "profile:no": Deny(),
}


@dataclass(slots=True)
class _Draft:
    """What was found so far, in the order of the text."""

    commands: list[Command] = field(default_factory=list)
    residual: list[Clause] = field(default_factory=list)
    read: list[Placed] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    has_text: bool = False
    """Whether the open question's free text was given: one message answers it."""

    def add(self, command: Command, situation: Situation | None) -> None:
        """算了，不退了 takes one thing back, not two; and if it was wished in the same turn, nothing else."""
        match command.action:
            case Cancel() if self.started:
                wished = {StartFlow(flow) for flow in self.started}
                self.commands = [one for one in self.commands if one.action not in wished]
                self.started = []
                command = replace(command, action=SmallTalk(SmallTalkKind.ACKNOWLEDGED))
            case StartFlow(flow) if situation is not None and not situation.is_open(flow):
                self.started.append(flow)
        is_single = isinstance(command.action, Cancel | StartFlow)
        if is_single and any(type(one.action) is type(command.action) and _same(one, command) for one in self.commands):
            return
        self.commands.append(command)


def _same(one: Command, other: Command) -> bool:
    return isinstance(one.action, Cancel) or one.action == other.action


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
        if situation is not None and draft.started:
            _read_started(draft, situation)
        draft.commands.extend(_to_questions(draft.residual, heard))
        return tuple(draft.commands) or (_nothing(),)

    def _read(self, said: Placed, situation: Situation | None, draft: _Draft, allowed: tuple[AllowedFact, ...]) -> None:
        draft.read.append(said)
        clauses = split_clauses(said.message, said.number)
        is_busy = situation is not None and (situation.is_busy or bool(draft.started))
        units = [
            unit for clause in clauses for unit in self._cut(clause, said, situation, is_busy=is_busy, allowed=allowed)
        ]
        reading = Reading() if situation is None else _read_slots(said, situation)
        controls = [
            clause for clause, rule in units if _is_control(rule) and not _is_answer(clause, reading, situation)
        ]
        reading = reading.without(_place(clause) for clause in controls)
        cancelled = any(rule is not None and isinstance(rule.action, Cancel) for _, rule in units)
        is_correcting = bool(draft.started) and takes_back(said.text.text)
        asked = [clause for clause, rule in units if rule is None and not is_correcting]
        wishes = {} if situation is None else find_wishes(asked, said, reading, situation, has_cancelled=cancelled)
        reading = reading.without(_place(clause) for clause, found in wishes.items() if found is not None)
        draft.commands.extend(reading.commands)
        left: list[Clause] = []
        for clause, rule in units:
            if clause in wishes:
                found = wishes[clause]
            elif clause not in controls and (_is_control(rule) or _is_explained(clause, said, reading)):
                continue
            elif rule is None:
                left.append(_without_read(clause, said, reading))
                continue
            else:
                found = rule
            if found is not None:
                draft.add(found, situation)
        if situation is not None and not draft.has_text and not controls:
            more = read_left_over(left, said, situation)
            draft.has_text = bool(more.commands)
            draft.commands.extend(more.commands)
            left = [clause for clause in left if not _is_explained(clause, said, more)]
        draft.residual.extend(left)

    def _cut(
        self,
        clause: Clause,
        said: Placed,
        situation: Situation | None,
        *,
        is_busy: bool,
        allowed: tuple[AllowedFact, ...],
    ) -> list[tuple[Clause, Command | None]]:
        """A clause with its rule; where spaces stand for marks and a piece has a rule, piece by piece."""
        whole = read_statement(clause, allowed) or self._rules.propose(clause, has_flow=is_busy)
        if whole is not None or situation is None:
            return [(clause, whole)]
        pieces = [(one, self._rules.propose(one, has_flow=is_busy)) for one in cut_at_spaces(clause, said.message)]
        if any(rule is not None for _, rule in pieces):
            return _joined(pieces, said)
        is_cut = (
            len(pieces) > 1 and not has_wish([clause], situation) and has_wish([one for one, _ in pieces], situation)
        )
        return pieces if is_cut else [(clause, None)]


def _joined(pieces: list[tuple[Clause, Command | None]], said: Placed) -> list[tuple[Clause, Command | None]]:
    """Pieces without a rule that stand together are one clause again."""
    joined: list[tuple[Clause, Command | None]] = []
    for piece, rule in pieces:
        if rule is None and joined and joined[-1][1] is None:
            before = joined.pop()[0]
            span = Span(piece.span.message, before.span.start, piece.span.end)
            text = normalise(said.text.source[span.start : span.end]).text
            joined.append(
                (replace(piece, text=text, span=span, is_question=before.is_question or piece.is_question), None)
            )
        else:
            joined.append((piece, rule))
    return joined


def _place(clause: Clause) -> Place:
    return clause.span.start, clause.span.end


def _is_control(rule: Command | None) -> bool:
    """Whether a clause speaks about the conversation itself: it is no answer, whatever words are in it."""
    return rule is not None and isinstance(rule.action, Cancel | Repeat | SetLanguage | Handoff)


def _is_answer(clause: Clause, reading: Reading, situation: Situation | None) -> bool:
    """Whether a whole clause was read as an answer ("I changed my mind" to why), or says again what a yes is for."""
    if situation is not None and any(isinstance(command.action, Affirm) for command in reading.commands):
        return is_wish_of_open(clause, situation)
    expected = None if situation is None else situation.expectation
    may_deny = expected is not None and expected.kind in {"offer", "resume"}
    length = clause.span.end - clause.span.start
    return any(
        (min(end, clause.span.end) - max(start, clause.span.start)) >= _MOST_OF * length
        and ((may_deny and isinstance(command.action, Deny)) or "choice_name" in command.rule)
        for command, (start, end) in zip(reading.commands, reading.consumed, strict=True)
    )


def _read_slots(said: Placed, situation: Situation) -> Reading:
    """The open question first, then whatever else the message says for the uppermost flow."""
    reading = read_opened(said, situation)
    return reading | read_mentions(said, situation.slots(), situation, consumed=reading.consumed)


def _read_started(draft: _Draft, situation: Situation) -> None:
    """What the messages of a turn that starts flows say for their slots."""
    consumed: dict[int, tuple[Place, ...]] = {}
    for flow in dict.fromkeys(draft.started):
        specs = tuple(situation.flows[flow].slots.values())
        taken: set[str] = set()
        is_correcting = False
        for said in draft.read:
            is_correcting = is_correcting or (said is not draft.read[0] and takes_back(said.text.text))
            free = [spec for spec in specs if spec.name not in taken or is_correcting]
            found = read_mentions(said, free, situation, consumed=consumed.get(said.number, ()))
            again = {one.action.slot for one in found.commands if isinstance(one.action, SetSlot)} & taken
            draft.commands = [
                one for one in draft.commands if not (isinstance(one.action, SetSlot) and one.action.slot in again)
            ]
            consumed[said.number] = (*consumed.get(said.number, ()), *found.consumed)
            taken |= {one.action.slot for one in found.commands if isinstance(one.action, SetSlot)}
            draft.commands.extend(found.commands)
            draft.residual = [
                clause
                for clause in draft.residual
                if clause.span.message != said.number or not _is_explained(clause, said, found)
            ]
        draft.commands.extend(read_named(draft.read, specs, situation, taken=frozenset(taken)).commands)


def read_for(flow: str, heard: Heard, situation: Situation) -> tuple[Command, ...]:
    """What the messages of a turn say for the slots of a flow that they start without its rules having seen it."""
    draft = _Draft(read=[Placed(message, number) for number, message in enumerate(heard.messages)], started=[flow])
    _read_started(draft, situation)
    return tuple(draft.commands)


def _is_explained(clause: Clause, said: Placed, reading: Reading) -> bool:
    """Whether the words that were read leave nothing of a clause but courtesy. A question is left over as a whole."""
    if not reading.covers(_place(clause)):
        return False
    return not clause.is_question or not leftover(clause, said, reading)


def _without_read(clause: Clause, said: Placed, reading: Reading) -> Clause:
    """A question without the answer before it (下周一 那保修多久)."""
    left = leftover(clause, said, reading) if reading.covers(_place(clause)) else []
    if not left:
        return clause
    start, end = left[0].start, left[-1].end
    return replace(clause, text=normalise(said.text.source[start:end]).text, span=Span(clause.span.message, start, end))


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
    is_same = before.span.message == clause.span.message
    return continues(clause.text) or (is_same and not before.is_marked and leans(clause.text))


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
