"""Step 5: the open question first, then rules and wishes; what is left over becomes questions (the residual rule)."""

from dataclasses import dataclass, field, replace

from kefu.dialogue.commands import (
    Action,
    Affirm,
    Cancel,
    CannotHandle,
    Clarify,
    Command,
    Deny,
    Handoff,
    Repeat,
    SetLanguage,
    SmallTalk,
    SmallTalkKind,
    Span,
    StartFlow,
)
from kefu.dialogue.hearing import Heard
from kefu.dialogue.propose.amended import find_amended, find_undone
from kefu.dialogue.propose.clauses import Clause, cut_at_spaces, split_clauses
from kefu.dialogue.propose.going_ahead import read_go_ahead
from kefu.dialogue.propose.left_over import to_questions
from kefu.dialogue.propose.mentions import read_mentions
from kefu.dialogue.propose.opened import read_left_over, read_opened, read_pressed
from kefu.dialogue.propose.reading import Place, Placed, Reading, overlaps
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.started import BEGINNING, Mark, Part, divide, find_chosen, read_started, said_before
from kefu.dialogue.propose.statements import read_statement
from kefu.dialogue.propose.wished import cut_wishes, find_wishes, has_wish, is_wish_of_open, leftover, takes_back
from kefu.domain.conversation import Message
from kefu.domain.profile import AllowedFact
from kefu.kit.text import normalise

_LONGEST_WORDS = 1_000
_BARE_CANCEL = frozenset({"取消", "cancel"})
"""After a yes in a message before, these alone take it back, also where something is to be cancelled."""
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
    started: dict[str, Mark] = field(default_factory=dict)
    """Flows that are wished for, with the places of the wishes."""
    has_text: bool = False
    """Whether the open question's free text was given: one message answers it."""

    @property
    def has_affirmed(self) -> bool:
        return any(isinstance(one.action, Affirm) for one in self.commands)

    def add(self, command: Command, situation: Situation | None) -> None:
        """算了，不退了 takes one thing back, not two; and if it was wished in the same turn, nothing else."""
        match command.action:
            case Cancel() if self.started:
                wished = {StartFlow(flow) for flow in self.started}
                self.commands = [one for one in self.commands if one.action not in wished]
                self.started = {}
                command = replace(command, action=SmallTalk(SmallTalkKind.ACKNOWLEDGED))
            case Cancel("all"):
                self.commands = [one for one in self.commands if not isinstance(one.action, Cancel)]
            case StartFlow(flow) if situation is not None and not situation.is_open(flow):
                span = command.span
                self.started.setdefault(flow, BEGINNING if span is None else (span.message, span.start))
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
        if situation is not None:
            _fill_started(draft, situation)
        draft.commands.extend(to_questions(draft.residual, heard))
        return tuple(_with_words(command, heard, situation) for command in draft.commands) or (_nothing(),)

    def _read(self, said: Placed, situation: Situation | None, draft: _Draft, allowed: tuple[AllowedFact, ...]) -> None:
        draft.read.append(said)
        units = self._units(said, situation, draft, allowed)
        reading = Reading() if situation is None else _read_slots(said, situation)
        if situation is not None and draft.has_affirmed:
            reading = reading.without(_places_of_no(reading, [clause for clause, _ in units], situation))
        controls = [
            clause
            for clause, rule in units
            if _is_control(rule) and not _is_answer(clause, reading, situation, has_affirmed=draft.has_affirmed)
        ]
        reading = reading.without(_place(clause) for clause in controls)
        wishes = _find_wishes(units, said, reading, situation, draft=draft)
        reading = reading.without(_place(clause) for clause, found in wishes.items() if found is not None)
        draft.commands.extend(reading.commands)
        left: list[Clause] = []
        for clause, rule in units:
            is_settled = clause in wishes or clause in controls
            if not is_settled and (_is_control(rule) or _is_explained(clause, said, reading)):
                continue
            found = wishes.get(clause, rule)
            if found is not None:
                draft.add(found, situation)
            elif clause not in wishes:
                left.append(_without_read(clause, said, reading))
        if situation is not None and not draft.has_text and not controls:
            left = _take_text(left, said, situation, draft)
        draft.residual.extend(left)

    def _units(
        self, said: Placed, situation: Situation | None, draft: _Draft, allowed: tuple[AllowedFact, ...]
    ) -> list[tuple[Clause, Command | None]]:
        """The clauses of a message, each with the rule that it falls under."""
        is_busy = situation is not None and (situation.is_busy or bool(draft.started))
        clauses = split_clauses(said.message, said.number)
        cut = (self._cut(clause, said, situation, is_busy=is_busy, allowed=allowed) for clause in clauses)
        return [unit for units in cut for unit in units]

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
        written = said.text.source[clause.span.start : clause.span.end]
        whole = (
            read_statement(clause, allowed, written=written)
            or self._rules.propose(clause, has_flow=is_busy)
            or find_undone(clause, self._rules, situation)
            or _go_ahead(clause, situation)
        )
        if whole is not None or situation is None:
            return [(clause, whole)]
        pieces = [(one, self._rules.propose(one, has_flow=is_busy)) for one in cut_at_spaces(clause, said.message)]
        if any(rule is not None for _, rule in pieces):
            return _joined(pieces, said)
        is_cut = (
            len(pieces) > 1 and not has_wish([clause], situation) and has_wish([one for one, _ in pieces], situation)
        )
        return pieces if is_cut else [(one, None) for one in cut_wishes(clause, said, situation)]


def _find_wishes(
    units: list[tuple[Clause, Command | None]],
    said: Placed,
    reading: Reading,
    situation: Situation | None,
    *,
    draft: _Draft,
) -> dict[Clause, Command | None]:
    """What the clauses without a rule ask to be done, or to be changed of what is done."""
    if situation is None or (draft.started and takes_back(said.text.text)):
        return {}
    cancelled = any(rule is not None and isinstance(rule.action, Cancel) for _, rule in units)
    asked = [clause for clause, rule in units if rule is None]
    wishes = find_wishes(asked, said, reading, situation, has_cancelled=cancelled)
    return wishes if draft.started else wishes | find_amended(asked, wishes, said, situation)


def _take_text(left: list[Clause], said: Placed, situation: Situation, draft: _Draft) -> list[Clause]:
    """What is left when the open question's free text is taken from it."""
    found = read_left_over(left, said, situation)
    draft.has_text = bool(found.commands)
    draft.commands.extend(found.commands)
    return [clause for clause in left if not _is_explained(clause, said, found)]


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


def _go_ahead(clause: Clause, situation: Situation | None) -> Command | None:
    """A clause that tells the assistant to do what its preview shows."""
    expected = None if situation is None else situation.expectation
    if situation is None or expected is None or expected.kind != "confirmation" or not situation.open_flows:
        return None
    match "" if clause.is_question else read_go_ahead(clause.text, situation.open_flows[0]):
        case "yes":
            return Command(Affirm(), "question", "go_ahead", clause.span, 1.0)
        case "nothing":
            return Command(SmallTalk(SmallTalkKind.ACKNOWLEDGED), "rule", "go_ahead", clause.span, 1.0)
    return None


def _says_again(clause: Clause, situation: Situation) -> bool:
    """Whether a clause, after a yes in a message before, only says what that was for (嗯 | 取消吧)."""
    return clause.text not in _BARE_CANCEL and is_wish_of_open(clause, situation)


def _places_of_no(reading: Reading, clauses: list[Clause], situation: Situation) -> list[Place]:
    """Where a no was read in words that only say again what the yes before them was for."""
    denied = [
        place
        for command, place in zip(reading.commands, reading.consumed, strict=True)
        if isinstance(command.action, Deny)
    ]
    again = [_place(clause) for clause in clauses if denied and _says_again(clause, situation)]
    return [place for place in denied if overlaps(place, again)]


def _is_answer(clause: Clause, reading: Reading, situation: Situation | None, *, has_affirmed: bool) -> bool:
    """Whether a whole clause was read as an answer ("I changed my mind" to why), or says again what a yes is for."""
    if situation is not None and any(isinstance(command.action, Affirm) for command in reading.commands):
        return is_wish_of_open(clause, situation)
    if situation is not None and has_affirmed and _says_again(clause, situation):
        return True
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


def _fill_started(draft: _Draft, situation: Situation) -> None:
    """Values for the slots of the flows that this turn starts. Who asks for several things at once gets the first one
    first: it is opened last, above the others.
    """
    chosen = find_chosen(draft.commands, situation)
    for flow in chosen:
        draft.started.setdefault(flow, BEGINNING)
    words = [*draft.read, *(said_before(situation) if chosen else ())]
    for flow, parts in divide(words, draft.started):
        found = read_started(flow, parts, situation)
        draft.commands.extend(found.commands)
        draft.residual = [clause for clause in draft.residual if not _explains(found, clause, parts)]
    if len(draft.started) > 1:
        starts = [one for one in draft.commands if isinstance(one.action, StartFlow)]
        draft.commands = [*reversed(starts), *(one for one in draft.commands if one not in starts)]


def _explains(found: Reading, clause: Clause, parts: list[Part]) -> bool:
    said = next((part.said for part in parts if part.said.number == clause.span.message), None)
    ours = [
        (command, place)
        for command, place in zip(found.commands, found.consumed, strict=True)
        if command.span is not None and command.span.message == clause.span.message and command.source != "mention"
    ]
    own = Reading(tuple(command for command, _ in ours), tuple(place for _, place in ours))
    return said is not None and _is_explained(clause, said, own)


def _with_words(command: Command, heard: Heard, situation: Situation | None) -> Command:
    """Which flow is meant is asked about these words; they count for the one that will be chosen."""
    if not isinstance(command.action, Clarify):
        return command
    expected = None if situation is None else situation.expectation
    before = "" if expected is None else expected.said
    said = "\n".join(filter(None, (before, heard.original)))[-_LONGEST_WORDS:]
    return replace(command, action=replace(command.action, said=said))


def read_for(flow: str, heard: Heard, situation: Situation) -> tuple[Command, ...]:
    """What the messages of a turn say for the slots of a flow that they start without its rules having seen it."""
    words = [Placed(message, number) for number, message in enumerate(heard.messages)]
    ((_, parts),) = divide(words, {flow: BEGINNING})
    return read_started(flow, parts, situation).commands


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


def _nothing() -> Command:
    return Command(CannotHandle(), source="rule", rule="no_content", span=None, probability=1.0)
