"""Step 5: what the clauses of one message ask to be done, taken together."""

import re
from collections.abc import Sequence
from dataclasses import replace

from kefu.dialogue.commands import Clarify, Command, SmallTalk, SmallTalkKind, Span, StartFlow
from kefu.dialogue.propose.clauses import Clause
from kefu.dialogue.propose.reading import Placed, Reading, overlaps
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.propose.wishes import Wish, find_wish, rest_of_denial
from kefu.dialogue.slots import Residue, read_correction, residual
from kefu.kit.text import normalise

_SURE_OF_ONE = 0.6
"""How sure a piece of a clause must be, so that the clause is cut there."""
_BESIDE_READ, _BESIDE_ANSWER, _AFTER_CANCEL = 0.75, 0.8, 0.9
"""How sure a wish must be where the same words were read as well or free text was asked for, where they answer the open
question, and where the message takes something back: what it says about that (就寄原来的) is no new wish.
"""
_MORE = re.compile(
    r"顺便|另外|还(?:要|想|有|得)|同时|然后|再(?:帮|给|开|改|查|约)|也(?:要|想|帮)|先|\b(?:also|as well|and then|then|another thing|first (?:get|give|send|tell|check|cancel|track))\b|\btoo$"
)
"""A second wish, and not the first one in other words."""
_JOINT = re.compile(
    r"还有|另外|顺便|然后|同时|以及|再(?=帮|给|开|改|查|约)|\b(?:and also|and then|also|and|then|plus)\b"
)
_SHORTEST = 3
_SLIP = re.compile(r"[发打写说填]错|手滑|不对|\b(?:oops|my bad|i meant?|typo|sorry)\b")
_OR = re.compile(r"还是|或者?|要么|\b(?:either|or)\b")


def find_wishes(
    clauses: Sequence[Clause], said: Placed, reading: Reading, situation: Situation, *, has_cancelled: bool
) -> dict[Clause, Command | None]:
    """The wish of each clause that has one. None for a clause whose wish gives way to another one.

    ``has_cancelled``: the message takes something back too.
    """
    found: dict[Clause, Command] = {}
    for clause in clauses:
        command = _find(clause, said, reading, situation)
        if command is not None and (not has_cancelled or command.probability >= _AFTER_CANCEL):
            found[clause] = command
    return _settle(found, said, situation)


def has_wish(clauses: Sequence[Clause], situation: Situation) -> bool:
    """Whether one of these clauses alone surely asks for a flow."""
    return any(_sure_of(clause.text, situation, is_question=clause.is_question) for clause in clauses)


def cut_wishes(clause: Clause, said: Placed, situation: Situation) -> list[Clause]:
    """The clause, cut where it goes on from one flow to another (return the keyboard and get an invoice for …)."""
    for joint in _JOINT.finditer(clause.text):
        before, after = clause.text[: joint.start()].strip(), clause.text[joint.end() :].strip()
        if min(len(before), len(after)) < _SHORTEST:
            continue
        first = _sure_of(before, situation, is_question=False)
        second = first and _sure_of(after, situation, is_question=False)
        if first and second and first != second:
            return _cut(clause, said, (joint.start(), joint.end()))
    return [clause]


def is_wish_of_open(clause: Clause, situation: Situation) -> bool:
    """Whether a clause asks for what the uppermost flow does ("cancel it", while an order is cancelled)."""
    wish = _classify(clause.text, situation, is_question=False) if situation.open_flows else None
    return wish is not None and wish.action == StartFlow(situation.open_flows[0].name)


def takes_back(text: str) -> bool:
    """Whether a message corrects what was said before it (发错了, oops)."""
    return _SLIP.search(text) is not None


def leftover(clause: Clause, said: Placed, reading: Reading) -> list[Residue]:
    """What a clause says beside the words that were read."""
    left = residual(said.text, reading.consumed)
    return [one for one in left if one.start < clause.span.end and clause.span.start < one.end]


def _find(clause: Clause, said: Placed, reading: Reading, situation: Situation) -> Command | None:
    is_read = reading.covers((clause.span.start, clause.span.end))
    if is_read and _is_only_read(clause, said, reading, situation):
        return None
    text = clause.text
    if is_denied(text, situation):
        correction = read_correction(normalise(text))
        if correction is None or correction.wrong is None:
            return None if is_read or situation.is_busy else _as_courtesy(clause)
        text = text[correction.right[0] : correction.right[1]]
    wish = _either(text, situation) or _classify(text, situation, is_question=clause.is_question)
    if wish is None:
        return None
    if is_read or situation.asks_text:
        is_new = isinstance(wish.action, StartFlow) and not situation.is_open(wish.action.flow)
        enough = _BESIDE_ANSWER if is_read and _is_answer(clause, reading) else _BESIDE_READ
        if not is_new or wish.probability < enough:
            return None
    return Command(wish.action, "classifier", "intent", clause.span, wish.probability)


def _is_only_read(clause: Clause, said: Placed, reading: Reading, situation: Situation) -> bool:
    """Whether what was read in a clause leaves no room for a wish in it."""
    is_corrected = read_correction(said.text) is not None
    return situation.is_strict or is_corrected or not leftover(clause, said, reading)


def is_denied(text: str, situation: Situation) -> bool:
    """Whether a clause says of something that it is not wanted: a deed of the flows' own, or what one of them does."""
    rest = rest_of_denial(text)
    return rest is not None and (rest == "" or _sure_of(rest, situation, is_question=False) != "")


def _is_answer(clause: Clause, reading: Reading) -> bool:
    """Whether the open question was answered by words of a clause, and not only a slot was named."""
    return any(
        command.source == "question" and overlaps(place, [(clause.span.start, clause.span.end)])
        for command, place in zip(reading.commands, reading.consumed, strict=True)
    )


def _either(text: str, situation: Situation) -> Wish | None:
    """Two flows of which one is to be done (退还是换都行): ask which."""
    parts = [part for part in _OR.split(text) if part.strip()]
    if len(parts) < 2:  # noqa: PLR2004 - one thing, or another
        return None
    wishes = [_classify(part, situation, is_question=False) for part in parts]
    flows = [wish.action.flow for wish in wishes if wish is not None and isinstance(wish.action, StartFlow)]
    return Wish(Clarify(tuple(dict.fromkeys(flows))), 1.0) if len(set(flows)) > 1 else None


def _sure_of(text: str, situation: Situation, *, is_question: bool) -> str:
    """The flow that words surely ask for; empty: none."""
    wish = _classify(text, situation, is_question=is_question)
    is_sure = wish is not None and isinstance(wish.action, StartFlow) and wish.probability >= _SURE_OF_ONE
    return wish.action.flow if is_sure and wish is not None and isinstance(wish.action, StartFlow) else ""


def _classify(text: str, situation: Situation, *, is_question: bool) -> Wish | None:
    if situation.classifier is None:
        return None
    return find_wish(text, situation.flows, situation.classifier, is_question=is_question)


def _as_courtesy(clause: Clause) -> Command:
    """What is not wanted is heard, and no question."""
    return Command(SmallTalk(SmallTalkKind.ACKNOWLEDGED), "rule", "denied_wish", clause.span, 1.0)


def _cut(clause: Clause, said: Placed, joint: tuple[int, int]) -> list[Clause]:
    """Both sides, each with its place in the original; the joint belongs to the second."""
    source = said.text.source[clause.span.start : clause.span.end]
    middle = clause.span.start + normalise(source).to_source(*joint)[0]
    first = Span(clause.span.message, clause.span.start, middle)
    second = Span(clause.span.message, middle, clause.span.end)
    before, after = clause.text[: joint[0]].strip(), clause.text[joint[0] :].strip()
    return [
        replace(clause, text=before, span=first, is_question=False, is_marked=False),
        replace(clause, text=after, span=second),
    ]


def _settle(found: dict[Clause, Command], said: Placed, situation: Situation) -> dict[Clause, Command | None]:
    """One wish of a message, unless it says that there are more: clauses that tell why are like other wishes. A doubt
    about two flows counts only where nothing else is wished for, and once.
    """
    either = [clause for clause, one in found.items() if isinstance(one.action, Clarify) and one.probability == 1.0]
    starts = {clause: one for clause, one in found.items() if isinstance(one.action, StartFlow)}
    if either or not starts:
        kept = either[:1] or list(found)[:1]
        return {clause: one if clause in kept else None for clause, one in found.items()}
    first = next(iter(starts))
    further = {clause for clause in starts if clause != first and _MORE.search(clause.text)}
    best = _best({clause: one for clause, one in starts.items() if clause not in further}, said, situation)
    is_kept = {*further, *(clause for clause, one in starts.items() if one.action == best)}
    return {clause: one if clause in is_kept else None for clause, one in found.items()}


def _best(starts: dict[Clause, Command], said: Placed, situation: Situation) -> object:
    """What the message as a whole asks for, else the surest of these clauses."""
    flows = {one.action for one in starts.values()}
    whole = _classify(said.text.text, situation, is_question=False) if len(flows) > 1 else None
    if whole is not None and whole.action in flows:
        return whole.action
    return max(starts.values(), key=lambda one: one.probability).action
