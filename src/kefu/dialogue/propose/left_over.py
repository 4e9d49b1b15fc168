"""Step 5, last: the residual rule. What was said beside all that was understood is looked up."""

from kefu.dialogue.commands import AskKB, Command, Span
from kefu.dialogue.hearing import Heard
from kefu.dialogue.propose.clauses import Clause
from kefu.dialogue.propose.questions import continues, leans

MAX_QUESTIONS = 3
ASKED, LEFT_OVER = "residual_question", "residual_statement"
"""Rules of questions of the customer's own, and of words that nothing else explains."""


def to_questions(residual: list[Clause], heard: Heard) -> list[Command]:
    """What nothing else explains: questions of the customer's own, or words of which the knowledge base may make sense."""
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
