"""Step 5: the open question first, then rules, and what is left over becomes questions (the residual rule)."""

from kefu.dialogue.commands import Action, Affirm, AskKB, CannotHandle, Command, Deny, Span
from kefu.dialogue.hearing import Heard
from kefu.dialogue.propose.clauses import Clause, split_clauses
from kefu.dialogue.propose.questions import continues, leans
from kefu.dialogue.propose.rules import RuleProposer
from kefu.domain.conversation import Message

MAX_QUESTIONS = 3
_CHOICES: dict[str, Action] = {"handoff:yes": Affirm(), "handoff:no": Deny()}


class Proposer:
    """Reads all messages of a turn and proposes commands, in the order of the text."""

    def __init__(self, rules: RuleProposer) -> None:
        self._rules = rules

    def propose(self, heard: Heard) -> tuple[Command, ...]:
        commands: list[Command] = []
        residual: list[Clause] = []
        for number, message in enumerate(heard.messages):
            pressed = _from_choice(message.message, number)
            if pressed is not None:
                commands.append(pressed)
                continue
            for clause in split_clauses(message, number):
                found = self._rules.propose(clause)
                if found is None:
                    residual.append(clause)
                else:
                    commands.append(found)
        commands.extend(_to_questions(residual, heard))
        return tuple(commands) or (_nothing(),)


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
    return Command(AskKB("\n".join(texts)), source="residual", rule="residual_question", span=span, probability=0.5)


def _nothing() -> Command:
    return Command(CannotHandle(), source="rule", rule="no_content", span=None, probability=1.0)
